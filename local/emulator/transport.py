"""The loopback port stands for AWS's TLS endpoints, so policies that refuse plain HTTP must not refuse it."""

from typing import Any

from local.emulator.load import MiniStack


def install(ministack: MiniStack) -> None:
    """``aws:SecureTransport`` is true: else ``enforce_ssl`` on a queue keeps dead letters out of it."""
    evaluator = ministack.iam
    original = evaluator._resolve_condition_key

    def resolve_condition_key(key: str, context: Any) -> Any:
        return "true" if key.lower() == "aws:securetransport" else original(key, context)

    evaluator._resolve_condition_key = resolve_condition_key
