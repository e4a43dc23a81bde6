"""An endpoint that others call: an HTTP API, its function, and the log of who called."""

import json
from collections.abc import Sequence

from aws_cdk import Aws, CfnParameter, Fn
from aws_cdk import aws_apigatewayv2 as apigateway
from aws_cdk import aws_apigatewayv2_integrations as integrations
from aws_cdk import aws_iam as iam
from constructs import Construct

from clinic.contracts.endpoints import Endpoint
from infra.constructs.function import FunctionDefaults, Purpose, own_function
from infra.constructs.logs import log_group
from infra.nag import accept

_PURPOSE = Purpose(
    role="answers the endpoint's calls",
    function="checks who calls, and takes what they say",
    no_dead_letters="Only its HTTP API calls it, and waits for the answer: whoever called is told of a "
    "failure, and calls again.",
)

_STRANGERS = "$default"

# Neither query (it holds the verify token) nor path nor anything of a body: a stranger may write there.
_LOGGED = {
    "requestId": "$context.requestId",
    "at": "$context.requestTime",
    "from": "$context.identity.sourceIp",
    "route": "$context.routeKey",
    "status": "$context.status",
    "functionStatus": "$context.integrationStatus",
    "milliseconds": "$context.responseLatency",
    "bytes": "$context.responseLength",
}


class WebhookConstruct(Construct):
    """HTTP API → function. Whoever calls proves by a signature over the body that they may.

    The function is reached by a path alone whose last segment strangers can't guess. Every other call falls
    into a route without a function, with a limit of its own: it takes neither places nor the others' rate.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        endpoint: Endpoint,
        within: FunctionDefaults,
        permissions: Sequence[iam.PolicyStatement],
        path_key: CfnParameter,
    ) -> None:
        """Make all of it.

        Args:
            endpoint: what to make.
            within: what it shares with the stage's other functions.
            permissions: what its function may do beyond writing its logs.
            path_key: what an operator adds to the path's last segment, once strangers have come by it.
        """
        super().__init__(scope, construct_id)
        self._endpoint = endpoint
        self._within = within
        self._name = within.options.config.named(endpoint)
        self.function = own_function(
            self, serves=endpoint, purpose=_PURPOSE, within=within, permissions=permissions
        ).function
        api = apigateway.HttpApi(
            self,
            "Api",
            api_name=self._name,
            description=f"{endpoint.title} of Citas ({within.options.config.stage})",
            create_default_stage=False,
        )
        # The stack's own id: random enough, in no host name, and the same in every deployment.
        stack_uuid = Fn.select(2, Fn.split("/", Aws.STACK_ID))
        self._path = f"{endpoint.path}/{stack_uuid}{path_key.value_as_string}"
        self._route(api)
        strangers = self._route_of_strangers(api)
        self._stage(api, strangers)
        self.api_id = api.api_id
        self.url = f"{api.api_endpoint}{self._path}"

    def _route(self, api: apigateway.HttpApi) -> None:
        integration = integrations.HttpLambdaIntegration(
            "Calls",
            self.function,
            payload_format_version=apigateway.PayloadFormatVersion.VERSION_2_0,
        )
        routes = [
            apigateway.HttpRoute(
                self,
                method.capitalize(),
                http_api=api,
                route_key=apigateway.HttpRouteKey.with_(self._path, apigateway.HttpMethod[method]),
                integration=integration,
            )
            for method in self._endpoint.methods
        ]
        for route in routes:
            accept(
                route,
                "AwsSolutions-APIG4",
                "Meta has no credentials of AWS: the function checks its signature over the raw body of "
                "every POST, and the verify token of every GET, before it does anything else.",
            )

    def _route_of_strangers(self, api: apigateway.HttpApi) -> apigateway.CfnRoute:
        """Where each call goes that no other route takes: API Gateway refuses it, and calls nothing."""
        return apigateway.CfnRoute(
            self, "Strangers", api_id=api.api_id, route_key=_STRANGERS, authorization_type="AWS_IAM"
        )

    def _stage(self, api: apigateway.HttpApi, strangers: apigateway.CfnRoute) -> None:
        logs = log_group(
            self,
            "AccessLogs",
            # Names under /aws/vendedlogs do not count against the size of the account's log policy.
            name=f"/aws/vendedlogs/apis/{self._name}",
            config=self._within.options.config,
            key=self._within.key.key,
        )
        stage = apigateway.CfnStage(
            self,
            "Stage",
            api_id=api.api_id,
            stage_name="$default",
            auto_deploy=True,
            access_log_settings=apigateway.CfnStage.AccessLogSettingsProperty(
                destination_arn=logs.log_group_arn, format=json.dumps(_LOGGED)
            ),
            default_route_settings=apigateway.CfnStage.RouteSettingsProperty(
                throttling_rate_limit=self._endpoint.calls_per_second,
                throttling_burst_limit=self._endpoint.calls_per_second,
            ),
            route_settings={
                _STRANGERS: {
                    "ThrottlingRateLimit": self._endpoint.strangers_per_second,
                    "ThrottlingBurstLimit": self._endpoint.strangers_per_second,
                }
            },
        )
        # A limit can only be set for a route that is there.
        stage.node.add_dependency(logs, strangers)
