"""A deployed stage, asked over AWS' interfaces, and its own clock."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from clinic.contracts.tables import MESSAGES, IndexSpec, TableSpec
from console.dev.socket_path import environment_of
from console.run.item_rows import plain
from console.terminal.errors import InputError, StageError
from console.terminal.exit_handling import guarded
from console.terminal.instants import parse_ago
from console.terminal.screen import standard_error

if TYPE_CHECKING:
    from boto3 import Session

_CONNECT_SECONDS, _READ_SECONDS, _TRIES = 5, 20, 3
_A_SECOND = timedelta(seconds=1)


@dataclass(frozen=True)
class StageChoice:
    """Which stage, and how to reach it; None: as boto3 finds it in the environment."""

    stage: str
    profile: str | None = None
    region: str | None = None
    endpoint_url: str | None = None


class Stage:
    """A stage that is deployed somewhere. What its methods' clients raise, `asking` says in words."""

    def __init__(self, choice: StageChoice) -> None:
        self.choice = choice

    @property
    def name(self) -> str:
        """What a person calls it."""
        return f"stage {self.choice.stage}"

    def named(self, thing: TableSpec | str) -> str:
        """The physical name of a table or of anything else in it."""
        return f"citas-{self.choice.stage}-{thing if isinstance(thing, str) else thing.name}"

    @property
    def stack(self) -> str:
        """Its stack in CloudFormation."""
        return f"citas-{self.choice.stage}"

    @property
    def bus(self) -> str:
        """Its event bus."""
        return self.stack

    def client(self, service: str) -> Any:
        """A boto3 client of the service.

        Raises:
            StageError: profile, region or address are no use.
        """
        from botocore.config import Config

        config = Config(
            connect_timeout=_CONNECT_SECONDS,
            read_timeout=_READ_SECONDS,
            retries={"total_max_attempts": _TRIES, "mode": "standard"},
            # A proxy that the machine's environment names does not serve loopback.
            proxies={} if self._is_loopback else None,
        )
        with self.asking():
            make: Any = self._session.client  # its stubs want a service's name spelled out
            try:
                return make(service, endpoint_url=self.choice.endpoint_url, config=config)
            except ValueError as error:  # an address that is none
                raise StageError(f"{self.name}: {error}") from error

    def item(self, table: TableSpec, partition: str, sort: str | None = None) -> dict[str, Any] | None:
        """The row with this key as it stands now, as plain values; None if there is none.

        Raises:
            StageError: AWS did not say.
        """
        key = {table.partition_key: {"S": partition}}
        if sort is not None:
            key[str(table.sort_key)] = {"S": sort}
        client = self.client("dynamodb")
        with self.asking():
            answer = client.get_item(TableName=self.named(table), Key=key, ConsistentRead=True)
        return plain(answer["Item"]) if "Item" in answer else None

    def query(
        self,
        table: TableSpec,
        partition: str,
        *,
        index: IndexSpec | None = None,
        since: str | None = None,
        until: str | None = None,
        newest_first: bool = False,
    ) -> Iterator[dict[str, Any]]:
        """The rows under a partition key, as plain values, in the order of their sort keys.

        Args:
            table: where.
            partition: the key of the table, or of the index.
            index: one of the table's; its rows may be a moment old.
            since, until: only those whose sort key lies there, both included; ``until`` asks for ``since``.
            newest_first: the other way round.

        Raises:
            StageError: while rows are taken: AWS did not say.
        """
        keys = index if index is not None else table
        condition, names = "#partition = :partition", {"#partition": keys.partition_key}
        values = {":partition": {"S": partition}}
        if since is not None:
            condition += " AND #sort >= :since" if until is None else " AND #sort BETWEEN :since AND :until"
            names["#sort"], values[":since"] = str(keys.sort_key), {"S": since}
        if until is not None:
            values[":until"] = {"S": until}
        client = self.client("dynamodb")
        with self.asking():
            pages = client.get_paginator("query").paginate(
                TableName=self.named(table),
                **({"IndexName": index.name} if index is not None else {"ConsistentRead": True}),
                KeyConditionExpression=condition,
                ExpressionAttributeNames=names,
                ExpressionAttributeValues=values,
                ScanIndexForward=not newest_first,
            )
            for page in pages:
                yield from map(plain, page["Items"])

    @property
    def _is_loopback(self) -> bool:
        host = urlsplit(self.choice.endpoint_url or "").hostname
        return host in {"localhost", "127.0.0.1", "::1"}

    @cached_property
    def _session(self) -> "Session":
        import boto3  # takes a third of a second: only a command that asks AWS pays it

        choice, own = self.choice, self.of_own_dev
        return boto3.Session(
            profile_name=choice.profile,
            region_name=choice.region or own.get("AWS_DEFAULT_REGION"),
            aws_access_key_id=own.get("AWS_ACCESS_KEY_ID"),
            aws_secret_access_key=own.get("AWS_SECRET_ACCESS_KEY"),
        )

    @cached_property
    def of_own_dev(self) -> Mapping[str, str]:
        """What leads to the caller's own `citas dev`, if it is the one at the address; else nothing."""
        if not self._is_loopback or self.choice.profile is not None:
            return {}
        try:
            port = urlsplit(self.choice.endpoint_url or "").port
        except ValueError:  # said in words where a client is made
            return {}
        return environment_of(port) if port is not None else {}

    def _unreached(self, error: Exception) -> str:
        """Nothing was asked: it is not known where, or who asks."""
        if self._is_loopback and not self.of_own_dev:
            return (
                f"{self.name}: no `citas dev` of yours answers at {self.choice.endpoint_url}: start one with "
                "`citas dev`, or say by --region and credentials who asks"
            )
        local = "a running `citas dev` is reached with --endpoint-url http://localhost:4566"
        return f"{self.name}: {str(error).rstrip('.')} (--region, --profile, or AWS's variables); {local}"

    @contextmanager
    def asking(self) -> Iterator[None]:
        """Say in one line what AWS, or the way to it, did not allow.

        Raises:
            StageError: inside, AWS refused or could not be reached.
        """
        from botocore.exceptions import (
            BotoCoreError,
            ClientError,
            NoCredentialsError,
            NoRegionError,
            PartialCredentialsError,
        )

        try:
            yield
        except (NoCredentialsError, NoRegionError, PartialCredentialsError) as error:
            raise StageError(self._unreached(error)) from error
        except ClientError as error:
            code, text = error.response["Error"]["Code"], error.response["Error"].get("Message", "")
            if code == "ResourceNotFoundException":
                raise StageError(f"{self.name}: not deployed there: {text}") from error
            raise StageError(f"{self.name}: AWS says {code}: {text}") from error
        except BotoCoreError as error:
            raise StageError(f"{self.name}: {error}") from error


@contextmanager
def asked(choice: StageChoice) -> Iterator[Stage]:
    """The stage that was chosen. What goes wrong inside ends the command with a line and an exit status."""
    with guarded(standard_error()):
        yield Stage(choice)


def now_on(stage: Stage) -> datetime:
    """The present instant as the stage's answers date it, up to its second's end: nothing has ended later.

    A local stack's time may be moved, so the machine's own says nothing of it.

    Raises:
        StageError: it is not there, or did not answer.
    """
    client = stage.client("dynamodb")
    with stage.asking():
        answer = client.describe_table(TableName=stage.named(MESSAGES))
    dated = answer["ResponseMetadata"]["HTTPHeaders"].get("date")
    if dated is None:
        raise StageError(f"{stage.name}: its answers have no date, as AWS's have")
    return parsedate_to_datetime(dated).astimezone(UTC) + _A_SECOND


def instant_since(text: str, now: datetime) -> datetime:
    """Read ``--since``.

    Raises:
        InputError: it is neither an instant nor a length of time.
    """
    try:
        return parse_ago(text, now)
    except ValueError as error:
        raise InputError([f"--since: {text!r} {error}"]) from None
