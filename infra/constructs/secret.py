"""The secrets that functions read at run time."""

from dataclasses import dataclass

from aws_cdk import RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from infra.config import StageConfig
from infra.nag import accept


@dataclass(frozen=True)
class SecretKind:
    """What an API lets Citas in by.

    Attributes:
        title: the construct's id, and part of the statement's that allows to read it.
        field: the value's name in the secret, which is a JSON object with nothing else.
        description: what an operator reads beside it.
        why_not_rotated: why no function of ours can replace it.
    """

    title: str
    field: str
    description: str
    why_not_rotated: str


WHATSAPP = SecretKind(
    title="WhatsApp",
    field="access_token",
    description="WhatsApp Cloud API: the access token of the system user that sends messages.",
    why_not_rotated="Meta issues the token to a person in its Business Manager; no API rotates it. An "
    "operator replaces it, and functions read the new one without a deployment.",
)
PAYMENTS = SecretKind(
    title="Payments",
    field="secret_key",
    description="Payment service: the API key that issues refunds.",
    why_not_rotated="The payment service issues the key to a person in its dashboard; no API rotates it. An "
    "operator replaces it, and functions read the new one without a deployment.",
)


class ApiSecret(Construct):
    """``{"<field>": …}``. Made with a random value, which the API refuses until it is replaced."""

    def __init__(
        self, scope: Construct, kind: SecretKind, *, name: str, config: StageConfig, key: kms.IKey
    ) -> None:
        super().__init__(scope, kind.title)
        self._kind = kind
        self.secret = secretsmanager.Secret(
            self,
            "Secret",
            secret_name=name,
            description=kind.description,
            encryption_key=key,
            generate_secret_string=secretsmanager.SecretStringGenerator(
                secret_string_template="{}",  # noqa: S106 - an empty object, to which the value is added
                generate_string_key=kind.field,
                exclude_punctuation=True,
            ),
            removal_policy=RemovalPolicy.RETAIN if config.keep_data else RemovalPolicy.DESTROY,
        )
        for rule in ("AwsSolutions-SMG4", "HIPAA.Security-SecretsManagerRotationEnabled"):
            accept(self.secret, rule, kind.why_not_rotated)

    def read(self) -> iam.PolicyStatement:
        """A statement for a role: read this secret."""
        return iam.PolicyStatement(
            sid=f"Read{self._kind.title}Secret",
            actions=["secretsmanager:GetSecretValue"],
            resources=[self.secret.secret_arn],
        )
