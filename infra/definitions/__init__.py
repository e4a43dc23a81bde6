"""A command writes Retry, Catch and the states that send a message into the state machines' files.

``python -m infra.definitions`` writes it, from ``state_machines/policies.toml``.
"""
