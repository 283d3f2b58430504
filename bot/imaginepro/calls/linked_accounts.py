"""Calls for the DIY plan: linked Discord accounts (without their credentials), traces, undocumented calls."""

from collections.abc import Mapping
from typing import Annotated, Self, Unpack

from pydantic import AliasChoices, BeforeValidator, Field, ValidationError

from bot.imaginepro import parsing
from bot.imaginepro.errors import RequestRefused, ServerFault
from bot.imaginepro.http.base import Api, JobOptions, segment
from bot.imaginepro.http.rate_limit import LimitClass
from bot.imaginepro.http.redaction import without_credentials
from bot.imaginepro.http.transport import Call
from bot.imaginepro.models import Identifier, OptionalIdentifier, Reply, Submission, Text

ACCOUNT_COMMANDS = ("info", "fast", "relax", "turbo", "cancel", "remix")
_UNKNOWN_ACCOUNT = "ImaginePro knows no linked account with this id."
_UNPUBLISHED_HINT = "The path comes from the bot's settings; check it there."


def _display_texts(value: object) -> dict[str, str]:
    found = {name: parsing.reason(entry) for name, entry in parsing.json_object(value).items()}
    return {name: entry for name, entry in found.items() if entry}


def _is_true(value: object) -> bool:
    return value is True or (parsing.text(value) or "").casefold() == "true"


DisplayTexts = Annotated[dict[str, str], BeforeValidator(_display_texts)]
Flag = Annotated[bool, BeforeValidator(_is_true)]


class LinkedAccount(Reply):
    """A linked Discord account; the credential that the API sends with it is removed first.

    `info` is the output of Midjourney's info command, as texts to show. `status` is FAST, RELAX, VERIFYING
    or BANNED. `concurrency` is the jobs it may run at once, `None` when the API does not say.
    """

    id: Identifier
    active: Flag = Field(default=False, validation_alias=AliasChoices("isActive", "active"))
    status: Text = None
    channel_id: OptionalIdentifier = Field(default=None, validation_alias=AliasChoices("channelId", "channel_id"))
    server_id: OptionalIdentifier = Field(default=None, validation_alias=AliasChoices("serverId", "server_id"))
    concurrency: Annotated[int | None, BeforeValidator(parsing.credit_count)] = None
    info: DisplayTexts = Field(default_factory=dict)

    @classmethod
    def list_from(cls, body: object) -> list[Self] | None:
        """The accounts in a body, without those that have no id; `None` when it is neither list nor object."""
        entries = parsing.json_array([body] if parsing.json_object(body) else body)
        if entries is None:
            return None
        # All together, because one account's texts might quote another's credential.
        fields = map(parsing.json_object, parsing.items(without_credentials(entries)))
        return [cls.model_validate(entry) for entry in fields if parsing.identifier(entry.get("id"))]


class MessageTrace(Reply):
    """Which linked account ran a job, and that account's status (docs.imaginepro.ai, Message Trace)."""

    message_id: Identifier = Field(validation_alias=AliasChoices("messageId", "message_id"))
    account_id: OptionalIdentifier = Field(default=None, validation_alias=AliasChoices("tokenId", "account_id"))
    channel_id: OptionalIdentifier = Field(
        default=None, validation_alias=AliasChoices("discordChannelId", "channel_id")
    )
    status: Text = Field(default=None, validation_alias=AliasChoices("tokenStatus", "status"))
    info: DisplayTexts = Field(default_factory=dict, validation_alias=AliasChoices("tokenInfo", "info"))


class LinkedAccounts(Api):
    """The calls of the DIY plan."""

    async def linked_accounts(self) -> list[LinkedAccount]:
        """All linked accounts (imaginepro.ai/docs/list-tokens). Free."""
        return self._accounts(await self._request(Call("GET", "/discord/tokens")))

    async def linked_account(self, account_id: str) -> LinkedAccount:
        """One linked account; `RequestRefused` when there is none with this id. Free."""
        return self._account(await self._request(Call("GET", _path(account_id))), account_id)

    async def toggle_linked_account(self, account_id: str, active: bool) -> LinkedAccount:
        """Switch the account on or off (imaginepro.ai/docs/toggle-tokens); idempotent."""
        call = Call("PUT", _path(account_id), body={"isActive": active}, repeatable=True)
        return self._account(await self._request(call), account_id)

    async def message_trace(self, message_id: str) -> MessageTrace:
        """Which linked account ran the job. Free."""
        body = await self._request(self._read_of_job("/message/trace", message_id, LimitClass.GENERAL))
        fields = parsing.json_object(without_credentials(body))
        named = parsing.identifier(fields.get("messageId"))
        return MessageTrace.model_validate(fields | {"messageId": named or message_id})

    async def command(
        self, cmd: str, token_id: str | None = None, *, field: str = "tokenId", **options: Unpack[JobOptions]
    ) -> Submission | None:
        """Send a Midjourney command to a linked account (imaginepro.ai/docs/commands); returns its job, if any.

        `cmd` is one of `ACCOUNT_COMMANDS`. The name under which the account's id is sent is not documented:
        `field`. The price is not documented either.
        """
        body = await self._accepted(f"/{self._prefix}/commands", {"cmd": cmd, field: _numeric_id(token_id)}, options)
        try:
            return Submission.model_validate(body)
        except ValidationError:
            return None

    async def unpublished(self, method: str, path: str, fields: Mapping[str, str]) -> object:
        """Make a call that the API does not document; returns its answer without credentials, `None` if empty.

        `path` is below /api/v1 and may contain field names in braces; the other fields go into the query of a GET or
        the body of other methods. Only a GET is retried. The price is not known.
        """
        filled, rest = path, dict(fields)
        for name in [name for name in fields if f"{{{name}}}" in path]:
            filled = filled.replace(f"{{{name}}}", _segment(rest.pop(name)))
        reads = method == "GET"
        call = Call(
            method,
            filled,
            params=rest if reads and rest else None,
            body=rest if rest and not reads else None,
            hint=_UNPUBLISHED_HINT,
            may_say_nothing=True,
        )
        return without_credentials(await self._request(call))

    def _accounts(self, body: object) -> list[LinkedAccount]:
        found = LinkedAccount.list_from(body)
        if found is None:
            raise ServerFault(status=200)
        return found

    def _account(self, body: object, account_id: str) -> LinkedAccount:
        """The account with this id in a body, which is a list even when the path names one account."""
        found = next((account for account in self._accounts(body) if account.id == account_id.strip()), None)
        if found is None:
            raise RequestRefused(_UNKNOWN_ACCOUNT, status=404)
        return found


def _path(account_id: str) -> str:
    found = segment(account_id.strip())
    if found is None:
        raise RequestRefused(_UNKNOWN_ACCOUNT, status=404)
    return f"/discord/token/{found}"


def _segment(value: str) -> str:
    found = segment(value.strip())
    if found is None:
        raise RequestRefused("This can't be a part of an address, so nothing was sent.", status=400)
    return found


def _numeric_id(token_id: str | None) -> int | str | None:
    """The id as a number, as in the API's own lists, if it is one."""
    whole = token_id is not None and token_id.isascii() and token_id.isdecimal() and len(token_id) < 19
    return int(token_id) if token_id and whole else token_id
