"""The command `citas clock`: shows and moves the time of a running `citas dev`."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from rich.console import Console

from clinic.domain.instants import to_text
from console.dev.choices import ClockAction
from console.dev.control import NobodyAnswersError, ask
from console.dev.socket_path import ports, socket_file
from console.terminal.errors import InputError
from console.terminal.exit_codes import ExitCode
from console.terminal.exit_handling import guarded
from console.terminal.instants import parse_instant, parse_until
from console.terminal.screen import standard_error, standard_output
from console.terminal.text import count, printable

_EPOCH = datetime.fromisoformat("2020-01-01T00:00:00+00:00")


def clock_command(action: ClockAction, when: str | None, port: int, *, json_output: bool) -> ExitCode:
    """Ask the `citas dev` at a port."""
    with guarded(standard_error()):
        question = _question(action, when)
        path = socket_file(port)
        try:
            answer = ask(path, question) if path is not None else None
        except NobodyAnswersError:
            answer = None
        if answer is None:
            raise InputError([_nobody(port)])
        if "refusal" in answer:
            raise InputError([printable(str(answer["refusal"]))])
        screen = standard_output()
        if json_output:
            screen.print(json.dumps(answer), markup=False, soft_wrap=True)
        else:
            _show(screen, answer, moved=action is not ClockAction.SHOW)
    return ExitCode.OK


def _question(action: ClockAction, when: str | None) -> dict[str, Any]:
    if action is ClockAction.SHOW:
        if when is not None:
            raise InputError([f"show takes no time, but there is {when!r}"])
        return {"ask": "show"}
    if action is ClockAction.JUMP:
        length = _parsed(when, "a length of time like 23h, 9d or 1d12h") - _EPOCH
        return {"ask": "jump", "seconds": length.total_seconds()}
    if when is None:
        raise InputError(["until needs an instant with its zone, like 2026-11-23T15:00:00Z"])
    try:
        return {"ask": "until", "at": parse_instant(when).isoformat().replace("+00:00", "Z")}
    except ValueError as error:
        raise InputError([f"until: {when!r} {error}"]) from None


def _parsed(when: str | None, accepted: str) -> datetime:
    if when is None:
        raise InputError([f"jump needs {accepted}"])
    try:
        return parse_until(f"+{when.removeprefix('+')}", _EPOCH)
    except ValueError:
        raise InputError([f"jump: {when!r} must be {accepted}, within centuries"]) from None


def _nobody(port: int) -> str:
    others = [other for other in ports() if other != port]
    hint = f" (there may be at {', '.join(map(str, others))}: --port)" if others else ""
    return f"no `citas dev` of yours answers at port {port}{hint}"


def _show(screen: Console, answer: Mapping[str, Any], *, moved: bool) -> None:
    now = datetime.fromisoformat(answer["now"])
    local = now.astimezone(ZoneInfo(answer["zone"]))
    seconds = to_text(now.replace(microsecond=0))
    screen.print(f"{local:%A %Y-%m-%d %H:%M:%S} {answer['zone']}  ({seconds}, {answer['clock']} time)")
    parts = [
        count(answer["events"], "event"),
        f"{count(answer['runs_ended'], 'run')} ended",
        f"{count(answer['messages'], 'message')} sent",
    ]
    screen.print(f"{'on the way' if moved else 'so far'}: {', '.join(parts)}", style="dim")
