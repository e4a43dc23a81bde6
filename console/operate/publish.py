"""The command `citas publish`: an event for a deployed stage's bus."""

import json
from dataclasses import dataclass

from console.inputs.json_text import parse_json, read_bytes
from console.operate.dead_letters import starting_events
from console.operate.printing import print_done
from console.operate.stage import Stage, StageChoice, asked
from console.terminal.confirm import require_consent
from console.terminal.errors import InputError, StageError
from console.terminal.exit_codes import ExitCode

SOURCE = "citas.operator"


@dataclass(frozen=True)
class PublishArguments:
    """The command's arguments as they were typed; ``detail`` is a file, or ``-``."""

    detail_type: str
    detail: str
    yes: bool
    as_json: bool


def publish_command(arguments: PublishArguments, choice: StageChoice) -> ExitCode:
    """Put one event on the stage's bus. People may be written to, so ``prod`` asks first."""
    with asked(choice) as stage:
        known = sorted(starting_events())
        if arguments.detail_type not in known:
            raise InputError([f"no workflow begins with {arguments.detail_type!r}: {', '.join(known)}"])
        detail = parse_json(read_bytes(arguments.detail), arguments.detail)
        if not isinstance(detail, dict):
            raise InputError([f"{arguments.detail}: expected a JSON object, the event's detail"])
        if choice.stage == "prod":
            question = f"Put {arguments.detail_type} on the bus of {stage.name}?"
            require_consent(question, yes=arguments.yes)
        event_id = _put(stage, arguments.detail_type, json.dumps(detail, ensure_ascii=False))
        said = f"{arguments.detail_type} is event {event_id}"
        print_done({"event_id": event_id}, said, as_json=arguments.as_json)
    return ExitCode.OK


def _put(stage: Stage, detail_type: str, detail: str) -> str:
    events = stage.client("events")
    with stage.asking():
        answer = events.put_events(
            Entries=[
                {
                    "EventBusName": stage.bus,
                    "Source": SOURCE,
                    "DetailType": detail_type,
                    "Detail": detail,
                }
            ]
        )
    (entry,) = answer["Entries"]
    if "EventId" not in entry:
        raise StageError(f"{stage.name}: the bus says {entry.get('ErrorCode')}: {entry.get('ErrorMessage')}")
    return str(entry["EventId"])
