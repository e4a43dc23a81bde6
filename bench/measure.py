"""Takes the measurements. Each runs what a user runs, in a process of its own."""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from resource import struct_rusage

from bench import round_trips as round_trips_of
from bench import workload
from bench.result import Measurement

ROOT = Path(__file__).resolve().parents[1]
CITAS = str(Path(sys.executable).with_name("citas"))

_APPOINTMENTS = 1000
_DEMO_REPETITIONS = 3
_COLD_STARTS = 9
_FIRST_MESSAGE = " confirmation → "

_BARE_CLIENT = "import boto3; boto3.client('dynamodb')"
_HANDLER_AND_CLIENT = """
from lambdas.appointment_reminders import handler
handler.application()
from clinic.adapters.dynamodb.base import connect
connect().client
"""
_SENDING_TOO = _HANDLER_AND_CLIENT.replace("application()", "application().delivery") + "import babel.dates"
_COLLECTOR_OFF = "import gc; gc.disable()"
_TIMED = "import time; start = time.perf_counter()\n{code}\nprint(time.perf_counter() - start)"


class BenchmarkError(Exception):
    """What was to be measured did not work; the message says how it failed."""


def thousand_appointments() -> Iterator[Measurement]:
    """``citas run`` of a thousand appointments over nine virtual days.

    Raises:
        BenchmarkError: the run failed, or a message or run is not accounted for.
    """
    with tempfile.TemporaryDirectory() as folder:
        events, out = Path(folder, "events.jsonl"), Path(folder, "out.json")
        workload.write(events, _APPOINTMENTS)
        command = [CITAS, "run", str(events), "--json", str(out), "--until", f"+{workload.DAYS}d"]
        command += ["--start", workload.START.isoformat()]
        seconds, usage = _run(command)
        executions = _check(json.loads(out.read_text(encoding="utf-8")))
    note = f"{_APPOINTMENTS:,} appointments over {workload.DAYS} virtual days, every message accounted for"
    yield Measurement("citas run", seconds, "s", 40, note)
    yield Measurement("citas run: executions", executions / seconds, "a second")
    processor = usage.ru_utime + usage.ru_stime
    yield Measurement(
        "citas run: processor time", processor, "s", note="what it would take with a core to itself"
    )
    yield Measurement("citas run: peak memory", usage.ru_maxrss / 1024, "MB")


def cancellations_in_a_burst() -> Iterator[Measurement]:
    """500 cancellations at one instant, each with its slot, refund and reminders; five steps at once.

    Raises:
        BenchmarkError: one of them is not accounted for, or more than five steps ran at once.
    """
    done = subprocess.run(
        [sys.executable, "-m", "bench.cancellations"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise BenchmarkError(done.stderr.strip()[-1000:])
    found = json.loads(done.stdout)
    note = f"{found['runs']} runs of six steps, {found['most_at_once']} steps at once, none failed"
    yield Measurement("cancellations in a burst", found["seconds"], "s", 20, note)
    yield Measurement("… executions", found["runs"] / found["seconds"], "a second")
    yield Measurement("… processor time", found["processor_seconds"], "s")


def sleepers() -> Iterator[Measurement]:
    """Each of a thousand sleeping runs with its rows, messages and history; and one cancellation alone.

    Raises:
        BenchmarkError: it did not work.
    """
    done = subprocess.run(
        [sys.executable, "-m", "bench.sleepers"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise BenchmarkError(done.stderr.strip()[-1000:])
    found = json.loads(done.stdout)
    note = f"{found['sleeping']:,} runs, with their rows in the tables, their histories and messages"
    yield Measurement("memory of a sleeping run", found["kib_each"], "KiB", 64, note)
    note = f"from its event to its last effect, median of {found['cancellations']}"
    yield Measurement("one cancellation", found["cancellation_seconds"] * 1000, "ms", 50, note)


def first_message_of_the_demo() -> Iterator[Measurement]:
    """From the start of ``citas demo`` to its first message, with the template already synthesised."""
    _first_message()
    seconds = [_first_message() for _ in range(_DEMO_REPETITIONS)]
    note = f"median of {_DEMO_REPETITIONS}, from a warm checkout"
    yield Measurement("citas demo: first message", statistics.median(seconds), "s", 6, note)


def cold_start() -> Iterator[Measurement]:
    """A handler's import, its use cases and its first client, against a boto3 client alone.

    The target is for a planning step, which loads no sending and runs without the garbage collector. What
    that leaves out is measured beside it: a step that sends, and a boto3 client without the collector too.
    """
    codes = {
        "bare": _BARE_CLIENT,
        "bare, no collector": f"{_COLLECTOR_OFF}\n{_BARE_CLIENT}",
        "planning": _HANDLER_AND_CLIENT,
        "sending": _SENDING_TOO,
    }
    seconds: dict[str, list[float]] = {name: [] for name in codes}
    for _ in range(_COLD_STARTS):
        for name, code in codes.items():
            seconds[name].append(_timed_in_a_new_process(code))
    median = {name: statistics.median(found) for name, found in seconds.items()}

    def against(name: str, bare: str) -> tuple[float, str]:
        return median[name] / median[bare], f"{median[name]:.2f} s against {median[bare]:.2f} s"

    ratio, note = against("planning", "bare")
    note = f"{note}, a planning step, medians of {_COLD_STARTS} taken in turns"
    yield Measurement("cold start against bare boto3", ratio, "×", 1.4, note)
    ratio, note = against("planning", "bare, no collector")
    yield Measurement("… with the collector off in both", ratio, "×", note=note)
    ratio, note = against("sending", "bare")
    yield Measurement("… of a step that sends", ratio, "×", note=note)


def bytecode_in_the_bundle() -> Iterator[Measurement]:
    """The same start from the bundle alone, by sources and by the bytecode that it ships."""
    from infra.bundling import build_bundle, this_machine

    architecture, python = this_machine()
    bundles = {
        compiled: build_bundle(ROOT, architecture=architecture, python=python, bytecode=compiled)
        for compiled in (False, True)
    }
    seconds: dict[bool, list[float]] = {compiled: [] for compiled in bundles}
    for _ in range(_COLD_STARTS):
        for compiled, bundle in bundles.items():
            # As on Lambda: the bundle and the standard library alone, on a disk that can't be written to.
            code = f"import sys; sys.path.insert(0, {str(bundle)!r})\n{_HANDLER_AND_CLIENT}"
            seconds[compiled].append(_timed_in_a_new_process(code, "-I", "-S", "-B"))
    sources, bytecode = (statistics.median(seconds[compiled]) for compiled in bundles)
    note = (
        f"{bytecode:.2f} s against {sources:.2f} s, Python {python}, medians of {_COLD_STARTS} taken in turns"
    )
    yield Measurement("cold start, bytecode against sources", bytecode / sources, "×", note=note)


def bundle_size() -> Iterator[Measurement]:
    """The function's bundle as Lambda unpacks it, for the processor and Python that are deployed."""
    from infra.bundling import build_bundle, size_of
    from infra.config import BuildOptions

    options = BuildOptions()
    bundle = build_bundle(ROOT, architecture=options.architecture, python=options.python)
    note = f"Python {options.python} on {options.architecture}"
    yield Measurement("Lambda bundle, unzipped", size_of(bundle) / 1e6, "MB", 20, note)


def round_trips() -> Iterator[Measurement]:
    """DynamoDB requests, counted on the local stack; `python -m bench.round_trips` prints each operation."""
    found = round_trips_of.count_round_trips()
    yield Measurement("DynamoDB requests: a reminded visit", found.lone, "", 18, "with WhatsApp's words")
    yield Measurement("… one in a slot", found.in_a_slot, "")
    for name, call in found.by_step().items():
        most = 4 if call.is_a_send else None
        yield Measurement(f"… {name}", call.total, "", most, call.operations)


def _run(command: list[str]) -> tuple[float, struct_rusage]:
    """Seconds on the wall, and what the process used."""
    with tempfile.TemporaryFile() as output:
        start = time.perf_counter()
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            output.seek(0)
            last = output.read().decode(errors="replace")[-2000:]
            raise BenchmarkError(f"{' '.join(command)} ended with {process.returncode}:\n{last}")
    return seconds, usage


def _check(result: dict[str, list[dict[str, object]]]) -> int:
    executions = [run for run in result["executions"] if run["workflow"] == "appointment-reminders"]
    messages = result["messages"]
    unsent = sum(message["status"] != "delivered" for message in messages)
    expected = _APPOINTMENTS * workload.MESSAGES_EACH
    if len(messages) != expected or unsent or len(executions) != _APPOINTMENTS:
        raise BenchmarkError(
            f"{len(messages)} messages of {expected}, {unsent} not delivered, {len(executions)} executions"
        )
    return len(executions)


def _first_message() -> float:
    start = time.perf_counter()
    with subprocess.Popen(
        [CITAS, "demo"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout is not None
        seconds = next(
            (time.perf_counter() - start for line in process.stdout if _FIRST_MESSAGE in line), None
        )
        process.stdout.read()
    if seconds is None or process.returncode != 0:
        raise BenchmarkError(f"citas demo showed no message, or failed (exit status {process.returncode})")
    return seconds


def _timed_in_a_new_process(code: str, *options: str) -> float:
    command = [sys.executable, *options, "-c", _TIMED.format(code=code)]
    done = subprocess.run(
        command, env=function_environment(), cwd=ROOT, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise BenchmarkError(done.stderr)
    return float(done.stdout)


def function_environment() -> dict[str, str]:
    """The variables of a function's process."""
    from clinic.contracts.environment import Env

    real = {
        Env.REMINDER_OFFSETS: "24h,2h",
        Env.DEFAULT_TIME_ZONE: "America/Mexico_City",
        Env.LANGUAGE: "es_MX",
        Env.LOG_LEVEL: "INFO",
        Env.CURRENCY: "MXN",
        Env.BOOKING_HORIZON_DAYS: "30",
        Env.SLOT_GENERATION_AT: "02:00",
        Env.SLOT_CLEANUP_AT: "03:00",
        Env.QUIET_HOURS: "21:00-08:00",
        Env.QUIET_HOURS_FOR_REMINDERS: "off",
        Env.WAKING_HOURS: "08:00-20:00",
        Env.MESSAGES_PER_SECOND: "80",
        Env.RUN_QUESTIONS_PER_SECOND: "4",
    }
    credentials = dict.fromkeys(("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"), "bench")
    return {
        **{str(name): real.get(name, "bench") for name in Env},
        **credentials,
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_REGION": "us-east-1",
        "PATH": os.environ["PATH"],
    }
