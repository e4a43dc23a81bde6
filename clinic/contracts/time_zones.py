"""The time zones Citas knows: IANA's, by the pinned ``tzdata`` package's list.

Not what this machine's disk holds: that differs from machine to machine (``localtime`` on some), and
looking through it is slow at a cold start.
"""

from functools import cache
from importlib.resources import files


@cache
def iana_time_zones() -> frozenset[str]:
    """The names of all IANA time zones."""
    return frozenset(files("tzdata").joinpath("zones").read_text(encoding="utf-8").split())
