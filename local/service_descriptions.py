"""Looks up once, for all clients in this process, what building an AWS client looks up.

Each function of a stack builds clients of its own, as in a process of its own. For each of them botocore
reads the same files, looks through some four hundred folders, renames the same hundred events, inspects the
same handlers and prepares the same TLS, which is most of what a client costs.
"""

import functools
from collections.abc import Callable
from types import FunctionType
from typing import Any

import botocore.hooks
from botocore.hooks import EventAliaser
from botocore.httpsession import URLLib3Session
from botocore.loaders import JSONFileLoader, Loader
from botocore.utils import EVENT_ALIASES


@functools.cache
def share() -> None:
    """From now on it is looked up once. Botocore has no setting for that; the answers are the same."""
    _share_files()
    _share_event_names()
    _share_signatures()
    _share_tls()


def _share_files() -> None:
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

    setattr(JSONFileLoader, "load_file", load_file)  # noqa: B010 - mypy refuses the assignment
    setattr(Loader, "list_available_services", list_available_services)  # noqa: B010 - mypy refuses the assignment


def _share_event_names() -> None:
    """An event's name without aliases; each client would compare every name with a hundred aliases."""
    rename: Callable[[EventAliaser, str], str] = getattr(EventAliaser, "_alias_event_name")  # noqa: B009 - mypy refuses the attribute
    known: dict[str, str] = {}

    def alias_event_name(aliaser: Any, event_name: str) -> str:
        if aliaser._event_aliases is not EVENT_ALIASES:  # noqa: SLF001 - no public place
            return rename(aliaser, event_name)
        if event_name not in known:
            known[event_name] = rename(aliaser, event_name)
        return known[event_name]

    setattr(EventAliaser, "_alias_event_name", alias_event_name)  # noqa: B010 - mypy refuses the assignment


def _share_signatures() -> None:
    """Whether a handler takes any keywords; of plain functions, which are there to stay."""
    hooks: Any = botocore.hooks
    inspect = hooks.accepts_kwargs
    of_function = functools.cache(inspect)

    def accepts_kwargs(handler: Callable[..., Any]) -> Any:
        function = getattr(handler, "__func__", handler)
        return (of_function if type(function) is FunctionType else inspect)(function)

    hooks.accepts_kwargs = accepts_kwargs


def _share_tls() -> None:
    """One context without certificates of its own; a proxy's may get some."""
    make = URLLib3Session._get_ssl_context  # type: ignore[attr-defined]  # noqa: SLF001 - no public place
    shared = functools.cache(lambda: make(None))

    def get_ssl_context(session: Any) -> Any:
        return make(session) if session._proxy_config.settings else shared()  # noqa: SLF001 - no public place

    setattr(URLLib3Session, "_get_ssl_context", get_ssl_context)  # noqa: B010 - mypy refuses the assignment
