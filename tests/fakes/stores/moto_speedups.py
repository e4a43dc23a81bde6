"""Does fast what moto does slowly, with the same result: values in answers, and empty tables."""

import copy
import functools
from collections.abc import Callable
from typing import Any

import pytest
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.core.serialize import BaseJSONSerializer
from moto.dynamodb.models import dynamodb_backends
from types_boto3_dynamodb import DynamoDBClient

_SCALARS = {"S": str, "N": str, "BOOL": bool, "NULL": bool}


@functools.cache
def share() -> None:
    """From now on an item's value that is JSON already is answered as it is.

    moto asks of each what else its ten possible members might be called, a quarter of a request's time.
    """
    serialize: Callable[..., None] = BaseJSONSerializer._serialize_type_structure

    def serialize_type_structure(serializer: Any, serialized: Any, value: Any, shape: Any, key: str) -> None:
        if shape.name == "AttributeValue" and key and _is_json(value):
            serialized[key] = value
        else:
            serialize(serializer, serialized, value, shape, key)

    setattr(BaseJSONSerializer, "_serialize_type_structure", serialize_type_structure)  # noqa: B010 - mypy refuses the assignment


def _is_json(value: Any) -> bool:
    if type(value) is not dict or len(value) != 1:
        return False
    ((kind, content),) = value.items()
    if kind == "M":
        return type(content) is dict and all(map(_is_json, content.values()))
    if kind == "L":
        return type(content) is list and all(map(_is_json, content))
    return type(content) is _SCALARS.get(kind)


# What moto asked of its own backend for a table, by the request.
_asked: dict[str, tuple[tuple[Any, ...], dict[str, Any]]] = {}


def create_table(client: DynamoDBClient, request: Any) -> None:
    """Create a table on moto; from the second time on without a request, which would ask for the same."""
    backend: Any = dynamodb_backends[DEFAULT_ACCOUNT_ID][client.meta.region_name]
    name = repr(request)
    if name in _asked:
        arguments, options = copy.deepcopy(_asked[name])
        backend.create_table(*arguments, **options)
        return
    create = backend.create_table

    def noted(*arguments: Any, **options: Any) -> Any:
        _asked[name] = copy.deepcopy((arguments, options))
        return create(*arguments, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(backend, "create_table", noted)
        client.create_table(**request)
