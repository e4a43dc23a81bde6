"""Lambda functions in this process: found by the template's handler strings, each in its own environment."""

import hashlib
import importlib
import json
import sys
import threading
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, MutableMapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from types import ModuleType
from typing import Any, Literal

from local.client_patches import ProcessDiedError, direct
from local.clock import VirtualClock
from local.emulator.services.logs import log_group
from local.emulator.session import FunctionAnswer, FunctionCall
from local.faults.plan import FaultPlan
from local.faults.rules import LambdaFault
from local.process_environment import Environments, encoded
from local.stdout_capture import captured
from local.workers import UnwoundError

Status = Literal["succeeded", "failed", "died", "throttled"]


@dataclass(frozen=True)
class Invocation:
    """One call of a function.

    Attributes:
        step, execution: what the payload names, if it does.
        error: the errorType it ended with.
        cold: whether the function's process was new.
        seconds: what it cost this machine's processor; it takes no virtual time.
    """

    at: datetime
    function: str
    step: str | None
    execution: str | None
    status: Status
    error: str | None
    cold: bool
    seconds: float = field(default=0.0, compare=False)


class LambdaContext:
    """The context object of Lambda's Python runtime."""

    def __init__(self, config: dict[str, Any], request_id: str, log_stream: str) -> None:
        self.function_name: str = config["FunctionName"]
        self.function_version: str = config.get("Version", "$LATEST")
        self.invoked_function_arn: str = config["FunctionArn"]
        self.memory_limit_in_mb = str(config.get("MemorySize", 128))
        self.aws_request_id = request_id
        self.log_group_name = log_group(config)
        self.log_stream_name = log_stream
        self.identity = None
        self.client_context = None
        self._timeout = int(config.get("Timeout", 3))

    def get_remaining_time_in_millis(self) -> int:
        """All of it: a handler takes no virtual time."""
        return self._timeout * 1000


@dataclass
class _Process:
    """A function's process: its environment, its log stream and the modules it loaded."""

    variables: MutableMapping[bytes, bytes]
    log_stream: str
    handler: Callable[[Any, LambdaContext], Any] | None = None
    modules: dict[str, ModuleType] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)


class Functions:
    """Runs the functions of one stack.

    Args:
        root: the folder the code is in, as the deployed bundle has it.
        surroundings: a function's variables beside its own: endpoint, region, credentials of its role.
    """

    def __init__(
        self,
        clock: VirtualClock,
        root: Path,
        surroundings: Callable[[dict[str, Any]], dict[str, str]],
        faults: FaultPlan | None = None,
    ) -> None:
        self.invocations: list[Invocation] = []
        self.most_at_once: dict[str, int] = {}
        self.log_lines: list[str] = []
        self._clock = clock
        self._root = root
        self._surroundings = surroundings
        self._faults = faults or FaultPlan()
        self._environments = Environments()
        self._processes: dict[str, _Process] = {}
        self._starts: Counter[str] = Counter()
        self._lock = threading.RLock()
        self._running: Counter[str] = Counter()
        self._active: str | None = None
        self._before: dict[str, ModuleType] = {}
        self._packages: set[str] = set()
        self._loaded: tuple[int, str] | None = None
        self._on_path = False

    def invoke(self, call: FunctionCall) -> FunctionAnswer:
        """Run a handler on an event and give what Lambda would answer."""
        name: str = call.config["FunctionName"]
        step, execution = _named(call.event, "step"), _run_of(call.event)
        at = self._clock.now()
        fault = self._faults.for_invocation(name, step)
        process = self._process(call.config)
        cold = process.handler is None
        begun = time.thread_time()
        log: list[str] = []
        answer, status = self._run(call, process, fault, lambda: self._faults.for_request(name, step), log)
        if status == "died":
            with self._lock:
                self._processes.pop(name, None)
        error = str(answer.payload.get("errorType")) if answer.failed else None
        seconds = time.thread_time() - begun
        self.invocations.append(Invocation(at, name, step, execution, status, error, cold, seconds))
        if answer.failed:
            log.append(_reported(answer.payload))
        return replace(answer, log=tuple(log), log_stream=process.log_stream)

    def throttled(self, function: str, event: Any) -> None:
        """Record an invocation that got no slot."""
        step, execution = _named(event, "step"), _run_of(event)
        error = "Lambda.TooManyRequestsException"
        self.invocations.append(
            Invocation(self._clock.now(), function, step, execution, "throttled", error, cold=False)
        )

    def close(self) -> None:
        """Give the program back the modules and the path it had."""
        with self._lock:
            self._forget_modules()
            sys.modules.update(self._before)
            if self._on_path:
                sys.path.remove(str(self._root))
                self._on_path = False

    # -- inside ---------------------------------------------------------------------------------

    def _run(
        self,
        call: FunctionCall,
        process: _Process,
        fault: LambdaFault | None,
        at_request: Callable[[], LambdaFault | None],
        log: list[str],
    ) -> tuple[FunctionAnswer, Status]:
        dies = fault.dies if fault is not None else None
        if dies == "before":
            return _exited(call), "died"

        def take(line: str) -> None:
            log.append(line)
            self.log_lines.append(line)

        with ExitStack() as stack:
            stack.enter_context(self._environments.lend(call.config["FunctionName"], process.variables))
            stack.enter_context(self._counted(call.config["FunctionName"]))
            stack.enter_context(captured(take))
            stack.enter_context(direct(lambda: death.dies if (death := at_request()) is not None else None))
            try:
                handler = self._handler(call.config, process)
                context = LambdaContext(call.config, call.request_id, process.log_stream)
                answer = handler(json.loads(json.dumps(call.event)), context)
                payload = json.loads(json.dumps(answer))
            except ProcessDiedError:
                return _exited(call), "died"
            except UnwoundError:
                raise
            except Exception as error:  # noqa: BLE001 - Lambda's runtime reports whatever a handler raises
                return FunctionAnswer(_described(error), failed=True), "failed"
        if dies == "after":
            return _exited(call), "died"
        return FunctionAnswer(payload, failed=False), "succeeded"

    @contextmanager
    def _counted(self, name: str) -> Iterator[None]:
        """Counts who is inside at this moment, in real time."""
        with self._lock:
            self._running[name] += 1
            self.most_at_once[name] = max(self._running[name], self.most_at_once.get(name, 0))
        try:
            yield
        finally:
            with self._lock:
                self._running[name] -= 1

    def _process(self, config: dict[str, Any]) -> _Process:
        with self._lock:
            name: str = config["FunctionName"]
            if name not in self._processes:
                own: dict[str, str] = config.get("Environment", {}).get("Variables", {})
                stream = self._new_log_stream(config)
                variables = {
                    **own,
                    **self._surroundings(config),
                    **_reserved(config, stream),
                    **_unpaced(own),
                }
                self._processes[name] = _Process(encoded(variables), stream)
            return self._processes[name]

    def _new_log_stream(self, config: dict[str, Any]) -> str:
        """As Lambda names the stream of a new process; the same in the same run."""
        name: str = config["FunctionName"]
        self._starts[name] += 1
        unique = hashlib.sha256(f"{name} {self._starts[name]}".encode()).hexdigest()[:32]
        return f"{self._clock.now():%Y/%m/%d}/[{config.get('Version', '$LATEST')}]{unique}"

    def _handler(self, config: dict[str, Any], process: _Process) -> Callable[[Any, LambdaContext], Any]:
        name: str = config["FunctionName"]
        with self._lock:
            if self._active != name or process.handler is None:
                self._put_away()
                sys.modules.update(process.modules)
                self._active, self._loaded = name, _newest_module()
            if process.handler is None:
                process.handler = self._load(config["Handler"])
                process.modules = self._modules()
                self._loaded = _newest_module()
            return process.handler

    def _load(self, handler: str) -> Callable[[Any, LambdaContext], Any]:
        """A cold start: the handler's own package is imported anew, what it shares stays loaded."""
        module_name, _, function = handler.replace("/", ".").rpartition(".")
        package = module_name.split(".", 1)[0]
        if package not in self._packages:
            self._packages.add(package)
            self._before.update(self._modules())
            self._forget_modules()
        if str(self._root) not in sys.path:
            sys.path.insert(0, str(self._root))
            self._on_path = True
        try:
            module = importlib.import_module(module_name)
        except ImportError as error:
            raise RuntimeImportModuleError(f"Unable to import module '{module_name}': {error}") from error
        try:
            found: Callable[[Any, LambdaContext], Any] = getattr(module, function)
        except AttributeError as error:
            raise RuntimeHandlerNotFoundError(
                f"Handler '{function}' missing on module '{module_name}'"
            ) from error
        return found

    def _modules(self) -> dict[str, ModuleType]:
        return {
            name: module
            for name, module in list(sys.modules.items())
            if name.split(".", 1)[0] in self._packages
        }

    def _put_away(self) -> None:
        """What the function before has loaded, late imports too, belongs to its process."""
        process = self._processes.get(self._active or "")
        if process is None or process.handler is None:
            self._forget_modules()
            return
        # Webhooks alternate with steps: to look through thousands of modules each time would show.
        if self._loaded != _newest_module():
            process.modules = self._modules()
        for name in process.modules:
            sys.modules.pop(name, None)

    def _forget_modules(self) -> None:
        for name in self._modules():
            del sys.modules[name]


class RuntimeImportModuleError(Exception):
    """The handler's module can't be imported."""

    lambda_name = "Runtime.ImportModuleError"


class RuntimeHandlerNotFoundError(Exception):
    """The handler's module has no such function."""

    lambda_name = "Runtime.HandlerNotFound"


def _newest_module() -> tuple[int, str]:
    """Changes whenever a module is imported: how many there are, and the one that came last."""
    return len(sys.modules), next(reversed(sys.modules))


def _unpaced(own: dict[str, str]) -> dict[str, str]:
    """A handler takes no virtual time, so it must spend no real time in waiting for its turn."""
    return {name: "1000" for name in ("RUN_QUESTIONS_PER_SECOND",) if name in own}


def _reserved(config: dict[str, Any], log_stream: str) -> dict[str, str]:
    """The variables Lambda sets itself."""
    return {
        "_HANDLER": config["Handler"],
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{config.get('Runtime', 'python')}",
        "AWS_LAMBDA_FUNCTION_NAME": config["FunctionName"],
        "AWS_LAMBDA_FUNCTION_VERSION": config.get("Version", "$LATEST"),
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(config.get("MemorySize", 128)),
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": log_group(config),
        "AWS_LAMBDA_LOG_STREAM_NAME": log_stream,
        "LANG": "en_US.UTF-8",
        "TZ": ":UTC",
    }


def _run_of(event: Any) -> str | None:
    """The calling run's name; a step is told its ARN."""
    arn = _named(event, "execution")
    return arn.rpartition(":")[2] if arn is not None else None


def _named(event: Any, key: str) -> str | None:
    value = event.get(key) if isinstance(event, dict) else None
    return value if isinstance(value, str) else None


def _described(error: Exception) -> dict[str, Any]:
    """An exception as Lambda's Python runtime reports it."""
    return {
        "errorMessage": str(error),
        "errorType": getattr(error, "lambda_name", type(error).__name__),
        "stackTrace": traceback.format_tb(error.__traceback__)[1:],
    }


def _reported(payload: dict[str, Any]) -> str:
    """The line in which Lambda's runtime logs how an invocation failed."""
    if "stackTrace" not in payload:
        return f"{payload['errorMessage']}\n{payload['errorType']}"
    trace = "".join(payload["stackTrace"])
    return (
        f"[ERROR] {payload['errorType']}: {payload['errorMessage']}\n"
        f"Traceback (most recent call last):\n{trace}".rstrip()
    )


def _exited(call: FunctionCall) -> FunctionAnswer:
    """What Lambda reports when the runtime's process ends in the middle of an invocation."""
    message = f"RequestId: {call.request_id} Error: Runtime exited with error: exit status 1"
    return FunctionAnswer({"errorType": "Runtime.ExitError", "errorMessage": message}, failed=True)
