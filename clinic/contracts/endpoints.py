"""What others call over HTTPS: one route and one Lambda function each."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Endpoint:
    """An endpoint of Citas.

    Attributes:
        name: the function's and the API's name, and with underscores the handler's module.
        title: what a person calls it.
        path: where it is reached.
        methods: how it is called.
        concurrency: how many calls may be answered at once (the function's reserved concurrency).
        calls_per_second: how many calls the API lets through; as many more may come in a burst.
    """

    name: str
    title: str
    path: str
    methods: tuple[str, ...]
    concurrency: int
    calls_per_second: int

    @property
    def module(self) -> str:
        """The Python module that holds its handler."""
        return f"lambdas.{self.name.replace('-', '_')}"

    @property
    def handler(self) -> str:
        """The function's handler string."""
        return f"{self.module}.handler"


# WhatsApp tells three things of each message it is given, 80 a second at most: 240 calls, a quarter of a
# second each at worst, are 60 at once. The rest is for what strangers send: it is refused in milliseconds,
# and takes few places however much of it the API lets through.
# Meta verifies it by GET, and says by POST what became of messages and what people write.
WHATSAPP_WEBHOOK = Endpoint(
    name="whatsapp-webhook",
    title="WhatsApp Webhook",
    path="/whatsapp",
    methods=("GET", "POST"),
    concurrency=64,
    calls_per_second=1_000,
)

ENDPOINTS: tuple[Endpoint, ...] = (WHATSAPP_WEBHOOK,)
