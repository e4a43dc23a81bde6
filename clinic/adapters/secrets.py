"""Secrets from Secrets Manager, through Powertools Parameters and its cache."""

import re

from aws_lambda_powertools.utilities.parameters import SecretsProvider
from aws_lambda_powertools.utilities.parameters.exceptions import GetParameterError, TransformParameterError
from botocore.config import Config
from botocore.exceptions import ClientError

from clinic.domain.errors import ConfigurationError, StoreUnavailableError

# A rotated token or key is taken up within this time; at once, when the old one is refused.
KEPT_SECONDS = 15 * 60

_CREDENTIAL = re.compile(r"[!-~]+")
# What stays so until an operator acts; anything else may pass.
_OPERATORS_FAULTS = {"ResourceNotFoundException", "AccessDeniedException", "InvalidRequestException"}


def secrets_manager() -> SecretsProvider:
    """Secrets Manager, with time-outs that leave a function's 30 seconds room to record a failure."""
    return SecretsProvider(
        boto_config=Config(connect_timeout=2, read_timeout=5, retries={"total_max_attempts": 2})
    )


class _JsonSecret:
    """A secret that is a JSON object."""

    def __init__(self, secret_name: str, provider: SecretsProvider | None = None) -> None:
        self._name = secret_name
        self._provider = provider or secrets_manager()

    def _credential(self, name: str, *, anew: bool = False) -> str:
        try:
            secret = self._provider.get(self._name, max_age=KEPT_SECONDS, transform="json", force_fetch=anew)
        except GetParameterError as error:
            kind = ConfigurationError if _is_operators_fault(error) else StoreUnavailableError
            raise kind(f"secret {self._name} can't be read") from None
        except TransformParameterError:
            raise ConfigurationError(f"secret {self._name}: expected JSON") from None
        credential = secret.get(name) if isinstance(secret, dict) else None
        if not isinstance(credential, str) or not _CREDENTIAL.fullmatch(credential):
            if not anew:  # it may have been mended since it was read
                return self._credential(name, anew=True)
            raise ConfigurationError(f"secret {self._name}: {name}: expected ASCII without blanks")
        return credential


class WhatsAppSecret(_JsonSecret):
    """The secret ``{"access_token": …}``."""

    def access_token(self) -> str:
        """The token for WhatsApp's API.

        Raises:
            StoreUnavailableError: Secrets Manager did not answer.
            ConfigurationError: the secret is not there or can't be read by this function, or holds no token.
        """
        return self._credential("access_token")

    def access_token_anew(self) -> str:
        """The same, as it stands there now: for when what was read before is refused."""
        return self._credential("access_token", anew=True)


class WebhookSecret(_JsonSecret):
    """The secret ``{"app_secret": …, "verify_token": …}``; both methods raise as `WhatsAppSecret`'s does."""

    def app_secret(self) -> str:
        """What Meta signs its calls with; there is none until an operator has put it there."""
        return self._credential("app_secret")

    def verify_token(self) -> str:
        """What Meta says when it verifies the webhook's address."""
        return self._credential("verify_token")


class PaymentsSecret(_JsonSecret):
    """The secret ``{"secret_key": …}``."""

    def secret_key(self) -> str:
        """The key for Stripe's API.

        Raises:
            StoreUnavailableError: Secrets Manager did not answer.
            ConfigurationError: the secret is not there or can't be read by this function, or holds no key.
        """
        return self._credential("secret_key")

    def secret_key_anew(self) -> str:
        """The same, as it stands there now: for when what was read before is refused."""
        return self._credential("secret_key", anew=True)


def _is_operators_fault(error: GetParameterError) -> bool:
    # Powertools raises its own error while it handles the client's.
    cause = error.__context__
    return isinstance(cause, ClientError) and cause.response["Error"]["Code"] in _OPERATORS_FAULTS
