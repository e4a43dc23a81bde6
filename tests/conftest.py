"""Every test has this."""

import gc

import pytest
from hypothesis import settings

from local import service_descriptions

# The same examples on every machine and at every run: a property that fails here fails everywhere.
settings.register_profile("citas", deadline=None, derandomize=True, database=None, max_examples=60)
settings.load_profile("citas")


# Each test on moto builds its own clients; reading what AWS' services look like takes half of that.
service_descriptions.share()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The slow ones begin first, so that no worker is left with one of them at the end."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


def pytest_collection_finish() -> None:
    """Tests and modules stay to the end, so no search for garbage need go through them, nor come often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
