"""The secrets that functions read at run time."""

from aws_cdk import RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from infra.config import StageConfig
from infra.nag import accept


class WhatsAppSecret(Construct):
    """``{"access_token": …}``. Made with a random value, which WhatsApp refuses until it is replaced."""

    def __init__(self, scope: Construct, construct_id: str, *, config: StageConfig, key: kms.IKey) -> None:
        super().__init__(scope, construct_id)
        self.secret = secretsmanager.Secret(
            self,
            "Secret",
            secret_name=config.whatsapp_secret_name,
            description="WhatsApp Cloud API: the access token of the system user that sends messages.",
            encryption_key=key,
            generate_secret_string=secretsmanager.SecretStringGenerator(
                secret_string_template="{}",  # noqa: S106 - an empty object, to which the value is added
                generate_string_key="access_token",
                exclude_punctuation=True,
            ),
            removal_policy=RemovalPolicy.RETAIN if config.keep_data else RemovalPolicy.DESTROY,
        )
        for rule in ("AwsSolutions-SMG4", "HIPAA.Security-SecretsManagerRotationEnabled"):
            accept(
                self.secret,
                rule,
                "Meta issues the token to a person in its Business Manager; no API rotates it. An operator "
                "replaces it, and functions read the new one without a deployment.",
            )

    def read(self) -> iam.PolicyStatement:
        """A statement for a role: read this secret."""
        return iam.PolicyStatement(
            sid="ReadWhatsAppToken",
            actions=["secretsmanager:GetSecretValue"],
            resources=[self.secret.secret_arn],
        )
