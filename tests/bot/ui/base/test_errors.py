"""Errors in interactions: a sentence for the member, a line for the operator, never a second error."""

from types import SimpleNamespace
from typing import Any, cast

import aiohttp
import discord
import pytest
from discord import app_commands, ui

from bot.errors import UserError
from bot.imaginepro import QueueFull, RequestRefused
from bot.ui.base.errors import report


class Response:
    """The answer to an interaction; `kind` is what it was answered with, None for not yet."""

    def __init__(self, kind: discord.InteractionResponseType | None, trouble: Exception | None = None) -> None:
        self.type = kind
        self.said: list[tuple[str, str]] = []
        self._trouble = trouble

    def is_done(self) -> bool:
        """Whether it was answered."""
        return self.type is not None

    async def send_message(self, text: str, *, ephemeral: bool) -> None:
        """Answer."""
        if self._trouble is not None:
            raise self._trouble
        assert ephemeral
        self.said.append(("answer", text))


def interaction(
    kind: discord.InteractionResponseType | None = None,
    trouble: Exception | None = None,
    *,
    stopping: bool = False,
) -> tuple[discord.Interaction, Response]:
    """An interaction at that point of its life."""
    response = Response(kind, trouble)

    async def follow_up(text: str, *, ephemeral: bool) -> None:
        assert ephemeral
        response.said.append(("follow-up", text))

    async def edit(*, view: ui.LayoutView) -> None:
        [words] = view.children
        assert isinstance(words, ui.TextDisplay)
        response.said.append(("original", words.content))

    made = SimpleNamespace(
        id=1,
        client=SimpleNamespace(is_stopping=stopping),
        data={"custom_id": "ip1:x"},
        response=response,
        followup=SimpleNamespace(send=follow_up),
        edit_original_response=edit,
    )
    return cast(discord.Interaction, made), response


COMMAND = cast(Any, SimpleNamespace(name="imagine"))


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (UserError("Put `--ar` at the end."), "Put `--ar` at the end."),
        (app_commands.CommandInvokeError(COMMAND, UserError("Not both.")), "Not both."),
        (QueueFull(), QueueFull.sentence),
        (RequestRefused("It said: “**no** @everyone”"), "It said: “\\*\\*no\\*\\* @\u200beveryone”"),
        (app_commands.CheckFailure(), "You can't use this here."),
        (app_commands.CommandNotFound("imagine", []), "This command has changed. Reload Discord"),
        (app_commands.CommandInvokeError(COMMAND, ZeroDivisionError("secret")), "Something went wrong inside the bot."),
        (KeyError("secret"), "Something went wrong inside the bot."),
    ],
)
async def test_every_error_has_its_sentence(error: Exception, sentence: str) -> None:
    """What a person may read is said, what the far end quotes is made harmless, the rest stays inside."""
    made, response = interaction()
    await report(made, error)
    [(where, text)] = response.said
    assert where == "answer"
    assert text.startswith(sentence)
    assert "secret" not in text


@pytest.mark.parametrize(
    ("kind", "where"),
    [
        (None, "answer"),
        (discord.InteractionResponseType.channel_message, "follow-up"),
        (discord.InteractionResponseType.deferred_message_update, "follow-up"),
        (discord.InteractionResponseType.deferred_channel_message, "original"),
    ],
)
async def test_sentence_goes_where_it_can_be_read(kind: discord.InteractionResponseType | None, where: str) -> None:
    """As the answer, after it, or in place of "thinking"."""
    made, response = interaction(kind)
    await report(made, UserError("No."))
    assert response.said == [(where, "No.")]


async def test_surprises_are_logged_with_their_traceback(caplog: pytest.LogCaptureFixture) -> None:
    """What is no member's mistake is an operator's business; a member's mistake is nobody's."""
    await report(interaction()[0], UserError("No."))
    assert caplog.records == []
    await report(interaction()[0], ZeroDivisionError())
    [record] = caplog.records
    assert record.levelname == "ERROR"
    assert record.exc_info is not None
    assert record.__dict__["custom_id"] == "ip1:x"


class Answer:
    """An HTTP answer, as discord.py's errors want it."""

    status, reason = 404, "Not Found"


@pytest.mark.parametrize(
    "trouble",
    [
        discord.NotFound(cast(Any, Answer()), "Unknown interaction"),
        discord.InteractionResponded(cast(Any, SimpleNamespace(response=None))),
        aiohttp.ServerDisconnectedError(),
        TimeoutError(),
    ],
)
async def test_reporting_never_raises(trouble: Exception, caplog: pytest.LogCaptureFixture) -> None:
    """When the sentence can't be shown either, that is logged and no more."""
    await report(interaction(trouble=trouble)[0], UserError("No."))
    assert ["an error could not be shown" in record.message for record in caplog.records] == [True]


@pytest.mark.parametrize(
    "error", [RuntimeError("the database is not open"), app_commands.CommandNotFound("imagine", [])]
)
async def test_what_comes_while_the_bot_stops(error: Exception, caplog: pytest.LogCaptureFixture) -> None:
    """What it needs is closed already, which is nobody's mistake."""
    made, response = interaction(stopping=True)
    await report(made, error)
    assert response.said == [("answer", "The bot is being restarted, so nothing was started. Try again in a minute.")]
    assert [record.levelname for record in caplog.records] == ["WARNING"]


async def test_what_comes_when_the_bot_has_stopped(caplog: pytest.LogCaptureFixture) -> None:
    """There is no connection any more to say anything with; that is no second error."""
    made, _ = interaction(trouble=RuntimeError("Session is closed"), stopping=True)
    await report(made, RuntimeError("the database is not open"))
    assert [record.levelname for record in caplog.records] == ["WARNING", "WARNING"]
