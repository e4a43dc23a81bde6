"""A WhatsApp that answers what the test tells it to, over real HTTP on the loopback."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

ACCEPTED = {"messages": [{"id": "wamid.1"}]}


@dataclass(frozen=True)
class Answer:
    """One scripted answer.

    ``hang_up`` closes the connection without one, ``silent`` keeps it open without one, and ``cut_short``
    closes it before the answer is whole.
    """

    status: int = 200
    body: Any = field(default_factory=lambda: ACCEPTED)
    headers: dict[str, str] = field(default_factory=dict)
    hang_up: bool = False
    silent: bool = False
    cut_short: bool = False


@dataclass(frozen=True)
class Received:
    """One request as it came."""

    path: str
    authorization: str | None
    body: Any


@dataclass
class WhatsAppStub:
    """Answers from the template's script, then from the script of all, then accepts everything."""

    url: str
    script: list[Answer] = field(default_factory=list)
    scripts: dict[str, list[Answer]] = field(default_factory=dict)
    received: list[Received] = field(default_factory=list)
    closing: threading.Event = field(default_factory=threading.Event)


def error(code: int, status: int = 400) -> Answer:
    """An answer with one of WhatsApp's error codes."""
    return Answer(status, {"error": {"code": code, "message": "to 525500000001"}})


@contextmanager
def whatsapp_stub() -> Iterator[WhatsAppStub]:
    """Run it for the length of a block."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            stub.received.append(Received(self.path, self.headers["Authorization"], body))
            script = stub.scripts.get(body.get("template", {}).get("name", "")) or stub.script
            answer = script.pop(0) if script else Answer()
            if answer.hang_up or answer.silent:
                if answer.silent:
                    stub.closing.wait()
                self.close_connection = True
                return
            text = answer.body if isinstance(answer.body, str) else json.dumps(answer.body)
            self.send_response(answer.status)
            self.send_header("Content-Length", str(len(text.encode()) + answer.cut_short))
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    stub = WhatsAppStub(f"http://127.0.0.1:{server.server_port}/v23.0")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield stub
    finally:
        stub.closing.set()
        server.shutdown()
        thread.join()
        server.server_close()
