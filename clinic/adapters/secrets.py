"""Secrets from Secrets Manager, through Powertools Parameters and its cache."""

from aws_lambda_powertools.utilities.parameters import SecretsProvider
from aws_lambda_powertools.utilities.parameters.exceptions import GetParameterError, TransformParameterError

from clinic.domain.errors import ConfigurationError, StoreUnavailableError

# A rotated token is taken up within this time.
KEPT_SECONDS = 15 * 60


class WhatsAppSecret:
    """The secret ``{"access_token": …}``."""

    def __init__(self, secret_name: str, provider: SecretsProvider | None = None) -> None:
        self._name = secret_name
        self._provider = provider or SecretsProvider()

    def access_token(self) -> str:
        """The token for WhatsApp's API.

        Raises:
            StoreUnavailableError: Secrets Manager did not answer.
            ConfigurationError: the secret holds no token.
        """
        try:
            secret = self._provider.get(self._name, max_age=KEPT_SECONDS, transform="json")
        except GetParameterError:
            raise StoreUnavailableError(f"secret {self._name} can't be read") from None
        except TransformParameterError:
            raise ConfigurationError(f"secret {self._name}: expected JSON") from None
        token = secret.get("access_token") if isinstance(secret, dict) else None
        if not isinstance(token, str) or not token:
            raise ConfigurationError(f"secret {self._name}: access_token is missing")
        return token
