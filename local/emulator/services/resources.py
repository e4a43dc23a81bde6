"""CloudFormation: what MiniStack's resource handlers get wrong or leave out."""

import hashlib
from collections.abc import Callable
from typing import Any

from local.emulator.load import MiniStack
from local.emulator.services.gateway import local_url

_Create = Callable[[str, dict[str, Any], str], tuple[str, dict[str, Any]]]


def install(ministack: MiniStack) -> None:
    """Correct the handlers that a Citas template needs."""
    handlers = ministack.provisioners._RESOURCE_HANDLERS
    secret, function = handlers["AWS::SecretsManager::Secret"], handlers["AWS::Lambda::Function"]
    api = handlers["AWS::ApiGatewayV2::Api"]
    api["create"] = _api(ministack, api["create"])
    secret["create"] = _secret(secret["create"])
    function["create"] = _function(ministack, function["create"])
    handlers["AWS::Budgets::Budget"] = {"create": _budget, "delete": _nothing}
    handlers["AWS::Events::EventBusPolicy"] = {
        "create": _bus_policy(ministack),
        "delete": _nothing,  # it goes with its bus
    }


def _budget(_: str, properties: dict[str, Any], __: str) -> tuple[str, dict[str, Any]]:
    """A name, and no more: nothing costs anything here."""
    return str(properties["Budget"]["BudgetName"]), {}


def _bus_policy(ministack: MiniStack) -> _Create:
    """A statement of a bus's policy, as it stands: MiniStack knows those that allow another account alone."""

    def create(_: str, properties: dict[str, Any], __: str) -> tuple[str, dict[str, Any]]:
        bus, sid = properties.get("EventBusName", "default"), properties["StatementId"]
        policies = ministack.eventbridge._event_bus_policies
        policy = policies.get(bus) or {"Version": "2012-10-17", "Statement": []}
        others = [it for it in policy["Statement"] if it.get("Sid") != sid]
        policies[bus] = {**policy, "Statement": [*others, {**properties["Statement"], "Sid": sid}]}
        return f"{bus}|{sid}", {}

    return create


def _nothing(physical_id: str, properties: dict[str, Any]) -> None:
    """It held nothing."""


def _secret(original: _Create) -> _Create:
    """A secret's ``Ref`` is its ARN, not its name: a policy made from it would allow nothing."""

    def create(logical_id: str, properties: dict[str, Any], stack: str) -> tuple[str, dict[str, Any]]:
        _, attributes = original(logical_id, properties, stack)
        return attributes["Arn"], attributes

    return create


def _function(ministack: MiniStack, original: _Create) -> _Create:
    """``ReservedConcurrentExecutions`` and ``DeadLetterConfig``, which MiniStack leaves out."""

    def create(logical_id: str, properties: dict[str, Any], stack: str) -> tuple[str, dict[str, Any]]:
        name, attributes = original(logical_id, properties, stack)
        reserved = properties.get("ReservedConcurrentExecutions")
        if reserved is not None:
            ministack.lambdas._functions[name]["concurrency"] = int(reserved)
        if letters := properties.get("DeadLetterConfig"):
            ministack.lambdas._functions[name]["config"]["DeadLetterConfig"] = dict(letters)
        return name, attributes

    return create


def _api(ministack: MiniStack, original: _Create) -> _Create:
    """An API's id comes out the same in every run, and its endpoint is an address that leads there.

    MiniStack draws the id, and puts it into the name of a host that nobody resolves.
    """

    def create(logical_id: str, properties: dict[str, Any], stack: str) -> tuple[str, dict[str, Any]]:
        api_id = hashlib.sha256(f"{stack} {logical_id}".encode()).hexdigest()[:8]
        pinned = {**(properties.get("Tags") or {}), "ms-custom-id": api_id}
        _, attributes = original(logical_id, {**properties, "Tags": pinned}, stack)
        endpoint = local_url(ministack, f"http://{api_id}.execute-api.aws")
        ministack.apis._apis[api_id]["apiEndpoint"] = endpoint
        return api_id, {**attributes, "ApiEndpoint": endpoint}

    return create
