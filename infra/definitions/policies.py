"""The table of what each state tries again and what it catches: ``state_machines/policies.toml``."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from clinic.contracts.workflows import WORKFLOWS, Workflow

DEFINITIONS = Path(__file__).parents[2] / "state_machines"
TABLE = DEFINITIONS / "policies.toml"

# The policy whose states, named Send…, are written whole.
SEND = "send"
# The policy of the state that records such a message's failure.
RECORD = "step"

_SECTIONS = ("retry", "overrides", "policies", "states", "catch")
_RETRIERS = ("throttled", "rate_limited", "passing")
_CATCHES = ("retried", "everything")
_ORDER = (
    "ErrorEquals",
    "IntervalSeconds",
    "BackoffRate",
    "MaxDelaySeconds",
    "MaxAttempts",
    "JitterStrategy",
)

Matcher = dict[str, Any]


class PolicyError(ValueError):
    """The table and the definitions do not fit each other, or the table is malformed. Names the entry."""


@dataclass(frozen=True)
class Policy:
    """Whom a step calls, as the errors that it can meet there.

    Attributes:
        passing: the errors that pass by themselves, beside those that any step may meet.
        rate_limits: the errors that ask to slow down; each has a retrier of its own.
    """

    passing: tuple[str, ...] = ()
    rate_limits: tuple[str, ...] = ()


class Table:
    """Each state's policy, and what follows from it."""

    def __init__(self, table: Mapping[str, Any], workflows: Iterable[Workflow] = WORKFLOWS) -> None:
        """Check that all entries speak of what there is.

        Raises:
            PolicyError: one does not.
        """
        known = [workflow.name for workflow in workflows]
        _expect("", table, _SECTIONS)
        _expect("retry", table["retry"], _RETRIERS)
        for section in ("overrides", "states", "catch"):
            _expect(section, table[section], known)
        for workflow, numbers in table["overrides"].items():
            _expect(f"overrides.{workflow}", numbers, _RETRIERS)
        for name, policy in table["policies"].items():
            _expect(f"policies.{name}", policy, ("passing", "rate_limits"))
        for workflow, states in table["states"].items():
            for state, policy in states.items():
                if policy not in table["policies"]:
                    allowed = ", ".join(table["policies"])
                    raise PolicyError(f"states.{workflow}.{state}: expected one of {allowed}")
        for workflow, catches in table["catch"].items():
            for state, catch in catches.items():
                if catch.get("catches") not in _CATCHES:
                    allowed = ", ".join(_CATCHES)
                    raise PolicyError(f"catch.{workflow}.{state}.catches: expected one of {allowed}")
        self.policies = {name: Policy(**_tuples(policy)) for name, policy in table["policies"].items()}
        self._table = table

    def policy_of(self, workflow: Workflow, state: str) -> str:
        """The name of a Task's policy.

        Raises:
            PolicyError: it has none.
        """
        name: str | None = self.states_of(workflow).get(state)
        if name is None:
            raise PolicyError(f"states.{workflow.name}.{state}: a Task needs a policy in {TABLE.name}")
        return name

    def states_of(self, workflow: Workflow) -> Mapping[str, str]:
        """The Tasks of a workflow that the table names, each with its policy's name."""
        found: Mapping[str, str] = self._table["states"].get(workflow.name, {})
        return found

    def caught_in(self, workflow: Workflow) -> Mapping[str, Mapping[str, Any]]:
        """The states of a workflow that the table gives a Catch, each with it."""
        found: Mapping[str, Mapping[str, Any]] = self._table["catch"].get(workflow.name, {})
        return found

    def retry(self, workflow: Workflow, policy: str) -> list[Matcher]:
        """The Retry of a workflow's states with a policy."""
        errors = self.policies[policy]
        passing = self._numbers(workflow, "passing")
        passing["ErrorEquals"] = [*errors.passing, *passing["ErrorEquals"]]
        passing["MaxAttempts"] = workflow.retries
        return [
            _in_order(self._numbers(workflow, "throttled")),
            *(
                _in_order({"ErrorEquals": [limit], **self._numbers(workflow, "rate_limited")})
                for limit in errors.rate_limits
            ),
            _in_order(passing),
        ]

    def catch(self, workflow: Workflow, state: str, retry: list[Matcher]) -> list[Matcher]:
        """The Catch that the table gives a state, empty if none."""
        entry = dict(self.caught_in(workflow).get(state, {}))
        if not entry:
            return []
        names = errors_of(retry) if entry.pop("catches") == "retried" else ["States.ALL"]
        entry.pop("unfinished", None)
        return [{"ErrorEquals": names, **entry}]

    def _numbers(self, workflow: Workflow, retrier: str) -> Matcher:
        own = self._table["overrides"].get(workflow.name, {}).get(retrier, {})
        return {**self._table["retry"][retrier], **own}


def read() -> Table:
    """The table as its file has it.

    Raises:
        PolicyError: it speaks of what there is not.
    """
    return Table(tomllib.loads(TABLE.read_text(encoding="utf-8")))


def errors_of(matchers: Iterable[Matcher]) -> list[str]:
    """The error names that Retry or Catch match, in order."""
    return [name for matcher in matchers for name in matcher["ErrorEquals"]]


def _in_order(retrier: Matcher) -> Matcher:
    return {key: retrier[key] for key in _ORDER}


def _tuples(policy: Mapping[str, list[str]]) -> dict[str, tuple[str, ...]]:
    return {key: tuple(names) for key, names in policy.items()}


def _expect(entry: str, found: Iterable[str], allowed: Iterable[str]) -> None:
    unknown = sorted(set(found) - set(allowed))
    if unknown:
        where = f"{entry}." if entry else ""
        raise PolicyError(f"{where}{unknown[0]}: expected one of {', '.join(allowed)}")
