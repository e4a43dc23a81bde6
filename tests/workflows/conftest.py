"""One local stack for each test."""

from collections.abc import Iterator

import pytest

from tests.workflows.cancelling import CancellingStack, cancelling_stack
from tests.workflows.clinic_stack import ClinicStack, clinic_stack
from tests.workflows.followed_up import VisitedStack, visited_stack
from tests.workflows.prescribing import PrescriptionsStack, prescriptions_stack
from tests.workflows.requested import RequestsStack, requests_stack


@pytest.fixture
def clinic() -> Iterator[ClinicStack]:
    """A fresh stack without faults, at the examples' present."""
    with clinic_stack() as stack:
        yield stack


@pytest.fixture
def office() -> Iterator[RequestsStack]:
    """The same with a doctor, and a free slot in nine days."""
    with requests_stack() as stack:
        yield stack


@pytest.fixture
def cancelling() -> Iterator[CancellingStack]:
    """The same with a doctor, a slot for two in nine days, and a charge."""
    with cancelling_stack() as stack:
        yield stack


@pytest.fixture
def visited() -> Iterator[VisitedStack]:
    """The same with a doctor, and a slot for two in nine days."""
    with visited_stack() as stack:
        yield stack


@pytest.fixture
def prescribing() -> Iterator[PrescriptionsStack]:
    """A fresh stack on which medicines are prescribed."""
    with prescriptions_stack() as stack:
        yield stack
