"""Looks for what a deployed stage still lacks: secrets, somebody who hears the alarms, a directory."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from clinic.contracts.tables import DIRECTORY
from console.operate.stage import Stage
from console.preflight.findings import Finding, failure, fine, unknown, warning

# As the stack makes them up: letters and digits, nothing else.
_MADE_UP = re.compile(r"[A-Za-z0-9]{32}")
_STRIPE_KEY = re.compile(r"(sk|rk)_(live|test)_\w+")


@dataclass(frozen=True)
class Secrets:
    """What the stage's secrets hold; None: it can't be used as it is."""

    access_token: str | None = None
    app_secret: str | None = None
    verify_token: str | None = None
    secret_key: str | None = None


def read_secrets(stage: Stage, variables: Mapping[str, str]) -> tuple[Secrets, list[Finding]]:
    """The stage's secrets, and what is wrong with them; never a value of theirs."""
    found: list[Finding] = []
    whatsapp = _secret(stage, variables["WHATSAPP_SECRET_NAME"], found)
    webhook = _secret(stage, variables["WHATSAPP_WEBHOOK_SECRET_NAME"], found)
    payments = _secret(stage, variables["PAYMENTS_SECRET_NAME"], found)
    token, app_secret = whatsapp.get("access_token"), webhook.get("app_secret")
    key = payments.get("secret_key")
    if not token or _MADE_UP.fullmatch(token):
        found.append(
            failure(
                "whatsapp-secret",
                f"{variables['WHATSAPP_SECRET_NAME']}: access_token is the placeholder still",
                'put {"access_token": "…"} there, from Meta, system users',
            )
        )
        token = None
    if not app_secret:
        found.append(
            failure(
                "webhook-secret",
                f"{variables['WHATSAPP_WEBHOOK_SECRET_NAME']}: app_secret is empty: no webhook is taken",
                "put it there beside the verify token, from Meta, app settings",
            )
        )
    if not key or not _STRIPE_KEY.fullmatch(key):
        found.append(
            warning(
                "payments-secret",
                f"{variables['PAYMENTS_SECRET_NAME']}: secret_key is no key of Stripe's: no refund is made",
                'put {"secret_key": "…"} there, if money is to go back',
            )
        )
        key = None
    elif "_test_" in key and stage.choice.stage == "prod":
        found.append(
            warning(
                "payments-secret", "secret_key is a test key: no money goes back", "put the live key there"
            )
        )
    if not found:
        found.append(fine("secrets", "the three secrets are filled in"))
    return Secrets(token, app_secret, webhook.get("verify_token"), key), found


def stage_findings(stage: Stage) -> Iterator[Finding]:
    """Who hears of an alarm, and whom the stage knows."""
    from botocore.exceptions import BotoCoreError, ClientError

    for check, look in (("alarms", _listeners), ("directory", _directory)):
        try:
            yield look(stage)
        except (ClientError, BotoCoreError) as error:
            yield unknown(check, f"AWS did not say: {type(error).__name__}", "look at it by hand")


def _secret(stage: Stage, name: str, found: list[Finding]) -> dict[str, str]:
    from botocore.exceptions import ClientError

    try:
        text = stage.client("secretsmanager").get_secret_value(SecretId=name)["SecretString"]
        value = json.loads(text)
    except ClientError as error:
        found.append(failure("secrets", f"{name}: {error.response['Error']['Code']}", "may you read it?"))
        return {}
    except ValueError:
        value = None
    if not isinstance(value, dict):
        found.append(failure("secrets", f"{name}: not a JSON object", "put one there"))
        return {}
    return {key: text for key, text in value.items() if isinstance(text, str)}


def _listeners(stage: Stage) -> Finding:
    client = stage.client("sns")
    topics = [page["Topics"] for page in client.get_paginator("list_topics").paginate()]
    arns = [topic["TopicArn"] for page in topics for topic in page]
    arn = next((it for it in arns if it.endswith(f":{stage.named('alarms')}")), None)
    if arn is None:
        return failure("alarms", f"there is no topic {stage.named('alarms')}", "deploy again")
    found = client.list_subscriptions_by_topic(TopicArn=arn)["Subscriptions"]
    confirmed = [it for it in found if str(it["SubscriptionArn"]).startswith("arn:")]
    if confirmed:
        return fine("alarms", f"{len(confirmed)} are told of alarms")
    text = "nobody is told of alarms" if not found else "nobody has confirmed to be told of alarms"
    remedy = f"aws sns subscribe --topic-arn {arn} --protocol email --notification-endpoint <address>"
    return failure("alarms", text, remedy if not found else "follow the link in the mail from AWS")


def _directory(stage: Stage) -> Finding:
    found = stage.client("dynamodb").query(
        TableName=stage.named(DIRECTORY),
        IndexName=DIRECTORY.indexes[0].name,
        Select="COUNT",
        KeyConditionExpression="#entry = :profile",
        ExpressionAttributeNames={"#entry": DIRECTORY.indexes[0].partition_key},
        ExpressionAttributeValues={":profile": {"S": "profile"}},
    )
    if found["Count"]:
        return fine("directory", "the directory has doctors")
    return warning(
        "directory", "the directory has no doctor: no slots are made", "citas directory push CLINIC.json"
    )
