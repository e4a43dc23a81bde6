"""The endpoint that WhatsApp calls: two routes, a limit, and a log that holds nothing of what is said."""

import json
import re
from typing import Any

import pytest

from clinic.contracts.endpoints import WHATSAPP_WEBHOOK
from tests.infra.synthesised import Resource, Synthesised

API = "AWS::ApiGatewayV2"
MESSAGES_PER_SECOND = 80
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


def test_get_and_post_of_one_path_are_all_its_routes(stack: Synthesised, api: Resource) -> None:
    routes = stack.all(f"{API}::Route")
    assert {route.properties["RouteKey"] for route in routes} == {"GET /whatsapp", "POST /whatsapp"}
    assert all(api.is_named_by(route.properties["ApiId"]) for route in routes)


def test_every_route_ends_at_its_own_function_in_payload_format_2(stack: Synthesised) -> None:
    integrations = stack.all(f"{API}::Integration")
    for integration in integrations:
        assert integration.properties["PayloadFormatVersion"] == "2.0"
        assert function(stack).is_named_by(integration.properties["IntegrationUri"])
    targets = [route.properties["Target"]["Fn::Join"][1] for route in stack.all(f"{API}::Route")]
    assert {target[1]["Ref"] for target in targets} == {it.logical_id for it in integrations}


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
        assert re.fullmatch(r"/\*/\*/whatsapp", source[-1])


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
    assert value == {"Fn::Join": ["", [{"Fn::GetAtt": [api.logical_id, "ApiEndpoint"]}, "/whatsapp"]]}
