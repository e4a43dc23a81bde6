"""What a command writes into the state machines' files: Retry, Catch, the states that send a message.

``python -m infra.definitions`` writes it, from ``state_machines/policies.toml``.
"""
