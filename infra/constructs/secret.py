"""The secrets that functions read at run time."""

import json
from dataclasses import dataclass

from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from infra.config import StageConfig
from infra.constructs import removal
from infra.nag import accept


@dataclass(frozen=True)
class SecretKind:
    """What an API lets Citas in by.

    Attributes:
        title: the construct's id, and part of the statement's that allows to read it.
        field: the name of the value that the stack makes up, in the secret's JSON object.
        description: what an operator reads beside it.
        why_not_rotated: why no function of ours can replace it.
        filled_by_hand: names of what lies beside it: empty, which is no secret, until an operator fills it.
    """

    title: str
    field: str
    description: str
    why_not_rotated: str
    filled_by_hand: tuple[str, ...] = ()


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
WEBHOOK = SecretKind(
    title="WhatsAppWebhook",
    field="verify_token",
    description="WhatsApp webhook: the token that Meta verifies it with, and the app secret it signs with.",
    why_not_rotated="Meta issues the app secret to a person in its dashboard, and asks for the verify token "
    "once; no API rotates either. An operator replaces them, and functions read them without a deployment.",
    filled_by_hand=("app_secret",),
)


class ApiSecret(Construct):
    """``{"<field>": …}``. Made with a random value: an API's key is refused until it is replaced."""

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
                # The value is added to this object.
                secret_string_template=json.dumps(dict.fromkeys(kind.filled_by_hand, "")),
                generate_string_key=kind.field,
                exclude_punctuation=True,
            ),
            removal_policy=removal.of_data(config),
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
