"""The endpoints that others call over HTTPS: one address and one Lambda function each."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Endpoint:
    """An endpoint of Citas.

    Attributes:
        name: the function's and the API's name, and with underscores the handler's module.
        title: what a person calls it.
        path: where it is reached; a segment follows that strangers can't guess.
        methods: how it is called.
        concurrency: how many calls may be answered at once (the function's reserved concurrency).
        calls_per_second: how many calls of who knows the segment the API lets through; as many may come in a
            burst.
        strangers_per_second: how many of all others the API looks at before it answers 429; none reaches the
            function.
    """

    name: str
    title: str
    path: str
    methods: tuple[str, ...]
    concurrency: int
    calls_per_second: int
    strangers_per_second: int

    @property
    def module(self) -> str:
        """The Python module that holds its handler."""
        return f"lambdas.{self.name.replace('-', '_')}"

    @property
    def handler(self) -> str:
        """The function's handler string."""
        return f"{self.module}.handler"


# WhatsApp tells three things of each message it is given, 80 a second at most: 240 calls, a quarter of a
# second each at worst, are 60 at once. The rest of the rate is for what it calls again after an outage, and
# for strangers who have come by the address: what they send is refused in milliseconds and takes few places.
# Meta verifies it by GET, and says by POST what became of messages and what people write.
WHATSAPP_WEBHOOK = Endpoint(
    name="whatsapp-webhook",
    title="WhatsApp Webhook",
    path="/whatsapp",
    methods=("GET", "POST"),
    concurrency=64,
    calls_per_second=1_000,
    strangers_per_second=1,
)

ENDPOINTS: tuple[Endpoint, ...] = (WHATSAPP_WEBHOOK,)
