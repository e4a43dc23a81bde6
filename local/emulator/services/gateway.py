"""API Gateway: HTTP APIs, as AWS answers for them, over MiniStack's port and without a socket.

MiniStack finds the route. What it does then differs from AWS: it knows no limit of size, does not ask whether
the API may invoke the function, and answers 502 to a function's error and 429 where there is no slot.
"""

import base64
import contextvars
import functools
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs, urlsplit

from local.emulator import session
from local.emulator.load import ACCOUNT, HOST, OPERATOR_KEY, REGION, MiniStack
from local.emulator.server import Response, Server
from local.emulator.session import HttpExchange

# "Quotas for configuring and running an HTTP API", and what Lambda takes of a synchronous call.
LARGEST_BODY = 10 * 1024 * 1024
LARGEST_EVENT = 6 * 1024 * 1024

PATH = "/_aws/execute-api/"
_ON_AWS = re.compile(r"https?://(?P<api>[a-z0-9]+)\.execute-api\.[^/]+(?P<path>/.*)?")
_ANSWER_FIELDS = frozenset({"statusCode", "headers", "body", "isBase64Encoded", "cookies"})


@dataclass(frozen=True)
class HttpRequest:
    """A request to an HTTP API; header names are in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    query: str


@dataclass(frozen=True)
class _Call:
    """A function that is to be called for a request."""

    record: dict[str, Any]
    event: dict[str, Any]


def install(ministack: MiniStack) -> None:
    """Replace how a request to an HTTP API is answered."""
    apis = ministack.apis

    async def handle_execute(
        api_id: str, stage: str, *about: Any, raw_query_string: str | None = None
    ) -> tuple[int, dict[str, Any], bytes]:
        path, method, headers, body, _query = about
        names = {name.lower(): value for name, value in headers.items()}
        request = HttpRequest(method, path, names, body or b"", raw_query_string or "")
        found = _route(ministack, api_id, stage, request)
        if isinstance(found, _Call):
            # In a context of its own: this one holds the caller's identity, which is not the function's.
            invoke = functools.partial(contextvars.Context().run, _invoke, ministack, found)
            found = _answer(await apis.run_reentrant(invoke))
        _tell(request, found)
        return found.status, dict(found.headers), found.body

    apis.handle_execute = handle_execute
    apis.new_uuid = session.repeatable(apis.new_uuid)


def local_url(ministack: MiniStack, url: str) -> str:
    """The address on this machine of an API's URL, whose host leads nowhere; any other text as it is."""
    found = _ON_AWS.fullmatch(url)
    return f"{ministack.endpoint_url}{PATH}{found['api']}{found['path'] or ''}" if found else url


def handle(server: Server, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Response:
    """Answer a request to ``url``, as :func:`local_url` gives it, in the calling thread, without a socket."""
    ministack, address = server.ministack, urlsplit(url)
    api_id, _, rest = address.path.removeprefix(PATH).partition("/")

    def in_turn() -> Response:
        server.become(OPERATOR_KEY)
        with server.turn:
            stage, path = _stage(ministack, api_id, rest)
            request = HttpRequest(method, path, headers, body, address.query)
            found = _route(ministack, api_id, stage, request)
        # Not in MiniStack's turn: the function may have to wait for another's, which calls MiniStack itself.
        answer = _answer(_invoke(ministack, found)) if isinstance(found, _Call) else found
        _tell(request, answer)
        return answer

    return contextvars.Context().run(in_turn)


# -- inside -------------------------------------------------------------------------------------


def _tell(request: HttpRequest, answer: Response) -> None:
    if session.running() and (told := session.current().exchanged) is not None:
        now = session.current().clock.now()
        told(HttpExchange(now, request.method, request.path, request.body, answer.status))


def _stage(ministack: MiniStack, api_id: str, path: str) -> tuple[str, str]:
    """The stage and the path in it: the stage $default has no part in an address."""
    first, _, rest = path.partition("/")
    stage, resolved = ministack.app._resolve_stage_and_path(api_id, first, f"/{rest}" if rest else "/")
    return str(stage), str(resolved)


def _route(ministack: MiniStack, api_id: str, stage: str, request: HttpRequest) -> "_Call | Response":
    """The function that a request is for, or what the gateway answers by itself."""
    apis, lambdas = ministack.apis, ministack.lambdas
    if len(request.body) > LARGEST_BODY:
        return _message(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "Request Entity Too Large")
    known = api_id in apis._apis and stage in apis._stages.get(api_id, {})
    route = apis._match_route(api_id, request.method, request.path) if known else None
    if route is None:
        return _message(HTTPStatus.NOT_FOUND, "Not Found")
    if route.get("authorizationType") == "AWS_IAM":  # nobody signs for AWS here
        return _message(HTTPStatus.FORBIDDEN, "Forbidden")
    integration = apis._integrations.get(api_id, {}).get(route["target"].rpartition("/")[2], {})
    reference = apis._extract_lambda_ref_from_integration_uri(integration.get("integrationUri", ""))
    function, config, _name = lambdas._get_func_record_for_ref(reference)
    source = f"arn:aws:execute-api:{REGION}:{ACCOUNT}:{api_id}/{stage}/{request.method}{request.path}"
    if not function or not config or not _may_invoke(ministack, function, config, source):
        return _message(HTTPStatus.INTERNAL_SERVER_ERROR, "Internal Server Error")
    event = _event(apis, api_id, stage, route["routeKey"], request)
    if len(json.dumps(event).encode()) > LARGEST_EVENT:
        return _message(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "Request Entity Too Large")
    return _Call(lambdas._execution_record_for_config(function, config), event)


def _may_invoke(ministack: MiniStack, function: Any, config: dict[str, Any], source: str) -> bool:
    """Whether the function's own policy (AWS::Lambda::Permission) lets API Gateway in, for this route."""
    running = session.current()
    if not running.enforce_iam:
        return True
    evaluator = ministack.iam
    context = evaluator.EvalContext(
        principal_arn="*",
        principal_type="Service",
        principal_account="",
        action="lambda:InvokeFunction",
        resource_arn=config["FunctionArn"],
        region=REGION,
        service_context={"aws:sourcearn": source, "aws:sourceaccount": ACCOUNT},
    )
    result = evaluator.evaluate_resource_policy(
        function["policy"], context, service="apigateway.amazonaws.com"
    )
    return bool(result.decision == "Allow")


def _event(apis: Any, api_id: str, stage: str, route_key: str, request: HttpRequest) -> dict[str, Any]:
    """The payload in format 2.0; what is empty is left out, as AWS does."""
    now = session.current().clock.now()
    domain = f"{api_id}.execute-api.{REGION}.amazonaws.com"
    headers = {"host": domain, **request.headers}
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": route_key,
        "rawPath": request.path,
        "rawQueryString": request.query,
        "headers": headers,
        "requestContext": {
            "accountId": ACCOUNT,
            "apiId": api_id,
            "domainName": domain,
            "domainPrefix": api_id,
            "http": {
                "method": request.method,
                "path": request.path,
                "protocol": "HTTP/1.1",
                "sourceIp": HOST,
                "userAgent": headers.get("user-agent", ""),
            },
            "requestId": apis.new_uuid(),
            "routeKey": route_key,
            "stage": stage,
            "time": f"{now:%d/%b/%Y:%H:%M:%S} +0000",
            "timeEpoch": int(now.timestamp() * 1000),
        },
        "isBase64Encoded": False,
    }
    if request.query:
        values = parse_qs(request.query, keep_blank_values=True)
        event["queryStringParameters"] = {name: ",".join(given) for name, given in values.items()}
    _, _, route_path = route_key.partition(" ")
    if parameters := apis._extract_path_params(route_path, request.path):
        event["pathParameters"] = parameters
    if request.body:
        event["body"], event["isBase64Encoded"] = _body(apis, request)
    return event


def _body(apis: Any, request: HttpRequest) -> tuple[str, bool]:
    """A body of text as it is, any other in base64; what is no UTF-8 is no text."""
    if apis._v2_request_body_is_text(request.headers.get("content-type")):
        try:
            return request.body.decode(), False
        except UnicodeDecodeError:
            pass
    return base64.b64encode(request.body).decode(), True


def _invoke(ministack: MiniStack, call: _Call) -> dict[str, Any]:
    result: dict[str, Any] = ministack.lambdas._execute_function_with_config_scope(call.record, call.event)
    if result.get("throttle") and (note := session.current().throttled) is not None:
        note(call.record["config"]["FunctionName"], call.event)
    return result


def _answer(result: dict[str, Any]) -> Response:
    """What the gateway makes of a function's answer."""
    if result.get("throttle"):
        return _message(HTTPStatus.SERVICE_UNAVAILABLE, "Service Unavailable")
    if result.get("error"):
        return _message(HTTPStatus.INTERNAL_SERVER_ERROR, "Internal Server Error")
    payload = result.get("body")
    if not isinstance(payload, dict) or "statusCode" not in payload:
        return Response(200, {"content-type": "application/json"}, json.dumps(payload).encode())
    try:
        return _written(payload)
    except (TypeError, ValueError):
        return _message(HTTPStatus.INTERNAL_SERVER_ERROR, "Internal Server Error")


def _written(payload: dict[str, Any]) -> Response:
    """An answer in the form a function gives it. Raises TypeError or ValueError if it is none."""
    if unknown := set(payload) - _ANSWER_FIELDS - {"multiValueHeaders"}:
        raise ValueError(f"unknown field {min(unknown)}")
    text = payload.get("body") or ""
    if not isinstance(text, str):
        raise TypeError("body is no text")
    body = base64.b64decode(text, validate=True) if payload.get("isBase64Encoded") else text.encode()
    headers = {"content-type": "text/plain; charset=utf-8"}
    headers |= {name.lower(): str(value) for name, value in (payload.get("headers") or {}).items()}
    return Response(int(payload["statusCode"]), headers, body)


def _message(status: HTTPStatus, message: str) -> Response:
    body = json.dumps({"message": message}).encode()
    return Response(int(status), {"content-type": "application/json"}, body)
