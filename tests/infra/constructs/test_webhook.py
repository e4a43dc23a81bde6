"""The endpoint that WhatsApp calls: two routes, a limit, and a log that holds nothing of what is said."""

import json
import re
from typing import Any

import pytest

from clinic.contracts.endpoints import WHATSAPP_WEBHOOK
from tests.infra.template.resolved import STACK_UUID, Resolved
from tests.infra.template.synthesised import Resource, Synthesised

API = "AWS::ApiGatewayV2"
MESSAGES_PER_SECOND = 80
PATH_KEY = "WhatsAppWebhookPathKey"
UNGUESSABLE = {"Fn::Select": [2, {"Fn::Split": ["/", {"Ref": "AWS::StackId"}]}]}
# Seconds: what Meta asks of half of the answers, and what a refusal takes that reads nothing.
SLOWEST_ANSWER, REFUSAL = 0.25, 0.005
# What API Gateway can log of a call that says nothing of its query, path, headers or body.
HARMLESS = {
    "requestId",
    "requestTime",
    "identity.sourceIp",
    "routeKey",
    "status",
    "integrationStatus",
    "responseLatency",
    "responseLength",
}


@pytest.fixture
def api(stack: Synthesised) -> Resource:
    [only] = stack.all(f"{API}::Api")
    return only


@pytest.fixture
def published(stack: Synthesised) -> dict[str, Any]:
    [stage] = stack.all(f"{API}::Stage")
    return stage.properties


def function(stack: Synthesised) -> Resource:
    return stack.named("AWS::Lambda::Function", f"citas-{stack.stage}-whatsapp-webhook")


def test_it_is_an_http_api_without_cors(stack: Synthesised, api: Resource) -> None:
    assert api.properties["Name"] == f"citas-{stack.stage}-whatsapp-webhook"
    assert api.properties["ProtocolType"] == "HTTP"
    assert "CorsConfiguration" not in api.properties


def routes(stack: Synthesised, key: str = "") -> dict[str, dict[str, Any]]:
    """By route key, as they would stand in one account; ``key`` is what an operator adds to the path."""
    template = {**stack.template, "Parameters": {**stack.template["Parameters"], PATH_KEY: {"Default": key}}}
    return {route["RouteKey"]: route for _, route in Resolved(template).of(f"{API}::Route")}


def test_get_and_post_of_one_unguessable_path_are_all_that_leads_to_the_function(
    stack: Synthesised, api: Resource
) -> None:
    found = routes(stack)
    assert {name for name, route in found.items() if "Target" in route} == {
        f"GET /whatsapp/{STACK_UUID}",
        f"POST /whatsapp/{STACK_UUID}",
    }
    assert all(api.is_named_by(route.properties["ApiId"]) for route in stack.all(f"{API}::Route"))


def test_an_operator_gives_it_another_address_without_losing_the_stage(stack: Synthesised) -> None:
    parameter = stack.template["Parameters"][PATH_KEY]
    assert parameter["Default"] == ""
    assert not re.fullmatch(parameter["AllowedPattern"], "a/b")
    assert re.fullmatch(parameter["AllowedPattern"], "0f" * 16)
    assert f"POST /whatsapp/{STACK_UUID}0f0f" in routes(stack, "0f0f")


def test_every_other_call_is_refused_by_the_api_itself_under_a_limit_of_its_own(
    stack: Synthesised, published: dict[str, Any]
) -> None:
    [strangers] = [route for route in routes(stack).values() if "Target" not in route]
    assert (strangers["RouteKey"], strangers["AuthorizationType"]) == ("$default", "AWS_IAM")
    assert published["RouteSettings"] == {"$default": {"ThrottlingRateLimit": 1, "ThrottlingBurstLimit": 1}}


def test_every_route_with_a_target_ends_at_its_own_function_in_payload_format_2(stack: Synthesised) -> None:
    integrations = stack.all(f"{API}::Integration")
    for integration in integrations:
        assert integration.properties["PayloadFormatVersion"] == "2.0"
        assert function(stack).is_named_by(integration.properties["IntegrationUri"])
    targets = {route.get("Target") for route in routes(stack).values()} - {None}
    assert targets == {f"integrations/{it.logical_id}" for it in integrations}


def test_nobody_but_its_api_may_call_the_function(stack: Synthesised, api: Resource) -> None:
    own = function(stack)
    permissions = [
        it for it in stack.all("AWS::Lambda::Permission") if own.is_named_by(it.properties["FunctionName"])
    ]
    assert len(permissions) == len(WHATSAPP_WEBHOOK.methods)
    for permission in permissions:
        assert permission.properties["Principal"] == "apigateway.amazonaws.com"
        source = permission.properties["SourceArn"]["Fn::Join"][1]
        assert {"Ref": api.logical_id} in source
        assert source[-3:] == ["/*/*/whatsapp/", UNGUESSABLE, {"Ref": PATH_KEY}]


def test_it_takes_three_words_on_each_message_at_full_rate_and_a_flood_beside(
    stack: Synthesised, published: dict[str, Any]
) -> None:
    of_meta = 3 * MESSAGES_PER_SECOND
    limits = published["DefaultRouteSettings"]
    assert limits["ThrottlingRateLimit"] == limits["ThrottlingBurstLimit"] > 4 * of_meta
    strangers = limits["ThrottlingRateLimit"] - of_meta
    places = function(stack).properties["ReservedConcurrentExecutions"]
    assert places >= of_meta * SLOWEST_ANSWER + strangers * REFUSAL
    assert (published["StageName"], published["AutoDeploy"]) == ("$default", True)


def test_a_call_is_logged_without_what_it_says(stack: Synthesised, published: dict[str, Any]) -> None:
    settings = published["AccessLogSettings"]
    logged = json.loads(settings["Format"])
    assert {str(value).removeprefix("$context.") for value in logged.values()} == HARMLESS
    group = stack.behind(settings["DestinationArn"])
    assert group.properties["LogGroupName"] == f"/aws/vendedlogs/apis/citas-{stack.stage}-whatsapp-webhook"


def test_its_address_is_told_with_its_path(stack: Synthesised, api: Resource) -> None:
    value = stack.template["Outputs"]["WhatsAppWebhookUrl"]["Value"]
    rest = [UNGUESSABLE, {"Ref": PATH_KEY}]
    assert value == {"Fn::Join": ["", [{"Fn::GetAtt": [api.logical_id, "ApiEndpoint"]}, "/whatsapp/", *rest]]}
