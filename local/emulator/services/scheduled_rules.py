"""EventBridge: a rule with a schedule fires when it is told to.

MiniStack's own loop looks every ten seconds of real time; the server here never starts it.
"""

from local.emulator import session
from local.emulator.load import ACCOUNT, REGION, MiniStack

SOURCE = "aws.events"


def scheduled(ministack: MiniStack) -> list[tuple[str, str]]:
    """ARN and expression of every enabled rule with a schedule, in the order they were made."""
    return [
        (rule["Arn"], rule["ScheduleExpression"])
        for rule in ministack.eventbridge._rules._data.values()
        if rule.get("ScheduleExpression") and rule.get("State") == "ENABLED"
    ]


def fire(ministack: MiniStack, arn: str) -> None:
    """Hand the event of the present instant to the rule's targets, if the rule still is and is enabled."""
    events = ministack.eventbridge
    for key, rule in list(events._rules._data.items()):
        if rule["Arn"] == arn and rule.get("State") == "ENABLED":
            event = {
                "EventId": events.new_uuid(),
                "Source": SOURCE,
                "DetailType": "Scheduled Event",
                "Detail": "{}",
                "EventBusName": rule.get("EventBusName", "default"),
                "Time": int(session.current().clock.now().timestamp()),
                "Resources": [arn],
                "Account": ACCOUNT,
                "Region": REGION,
            }
            for target in list(events._targets._data.get(key, [])):
                events._invoke_target(target, event, rule, events._pattern_event_view(event))
