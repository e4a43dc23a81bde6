"""An endpoint that others call: an HTTP API, its function, and the log of who called."""

import json
from collections.abc import Sequence

from aws_cdk import aws_apigatewayv2 as apigateway
from aws_cdk import aws_apigatewayv2_integrations as integrations
from aws_cdk import aws_iam as iam
from constructs import Construct

from clinic.contracts.endpoints import Endpoint
from infra.constructs.function import Purpose, Surroundings, own_function
from infra.constructs.logs import log_group
from infra.nag import accept

_PURPOSE = Purpose(
    role="answers the endpoint's calls",
    function="checks who calls, and takes what they say",
    no_dead_letters="Only its HTTP API calls it, and waits for the answer: whoever called is told of a "
    "failure, and calls again.",
)

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
    """HTTP API → function. Whoever calls proves by a signature over the body that they may."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        endpoint: Endpoint,
        within: Surroundings,
        permissions: Sequence[iam.PolicyStatement],
    ) -> None:
        """Make all of it.

        Args:
            endpoint: what to make.
            within: what it shares with the stage's other functions.
            permissions: what its function may do beyond writing its logs.
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
        self._route(api)
        self._stage(api)
        self.api_id = api.api_id
        self.url = f"{api.api_endpoint}{endpoint.path}"

    def _route(self, api: apigateway.HttpApi) -> None:
        routes = api.add_routes(
            path=self._endpoint.path,
            methods=[apigateway.HttpMethod[method] for method in self._endpoint.methods],
            integration=integrations.HttpLambdaIntegration(
                "Calls",
                self.function,
                payload_format_version=apigateway.PayloadFormatVersion.VERSION_2_0,
            ),
        )
        for route in routes:
            accept(
                route,
                "AwsSolutions-APIG4",
                "Meta has no credentials of AWS: the function checks its signature over the raw body of "
                "every POST, and the verify token of every GET, before it does anything else.",
            )

    def _stage(self, api: apigateway.HttpApi) -> None:
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
        )
        stage.node.add_dependency(logs)
