"""What AWS' services look like, read once for all clients in this process.

Each function of a stack builds clients of its own, as in a process of its own; botocore reads the same files
for each of them, and looks through some four hundred folders before.
"""

import functools
from typing import Any

from botocore.loaders import JSONFileLoader, Loader


@functools.cache
def share() -> None:
    """From now on they are read once."""
    read = functools.cache(JSONFileLoader().load_file)
    services: dict[tuple[Any, ...], list[str]] = {}
    look = Loader.list_available_services

    def list_available_services(loader: Loader, type_name: str) -> list[str]:
        key = (*loader.search_paths, type_name)
        if key not in services:
            services[key] = look(loader, type_name)
        return services[key]

    def load_file(_loader: JSONFileLoader, file_path: str) -> Any:
        return read(file_path)

    # botocore has no setting for it; both methods answer the same for every caller.
    setattr(JSONFileLoader, "load_file", load_file)  # noqa: B010 - mypy refuses the assignment
    setattr(Loader, "list_available_services", list_available_services)  # noqa: B010 - as above
