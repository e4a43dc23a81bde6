"""WhatsApp over real HTTP on the loopback, and a messenger that talks to it."""

from collections.abc import Iterator

import pytest

from clinic.adapters.whatsapp import WhatsAppMessenger
from tests.fakes.whatsapp_stub import WhatsAppStub, whatsapp_stub

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
