"""WhatsApp and Stripe over real HTTP on the loopback, and the adapters that talk to them."""

from collections.abc import Iterator

import pytest

from clinic.adapters.payments.stripe import StripePayments
from clinic.adapters.whatsapp.messenger import WhatsAppMessenger
from tests.fakes.messages.whatsapp_stub import WhatsAppStub, whatsapp_stub
from tests.fakes.payments import SECRET_KEY, StripeStub, stripe_stub

PHONE_NUMBER_ID = "100000000000001"


@pytest.fixture
def whatsapp() -> Iterator[WhatsAppStub]:
    with whatsapp_stub() as stub:
        yield stub


@pytest.fixture
def messenger(whatsapp: WhatsAppStub) -> Iterator[WhatsAppMessenger]:
    messenger = WhatsAppMessenger(whatsapp.url, PHONE_NUMBER_ID, lambda: "token-1")
    yield messenger
    messenger.session.close()


@pytest.fixture
def stripe() -> Iterator[StripeStub]:
    with stripe_stub() as stub:
        yield stub


@pytest.fixture
def payments(stripe: StripeStub) -> Iterator[StripePayments]:
    payments = StripePayments(stripe.url, lambda: SECRET_KEY)
    yield payments
    payments.session.close()
