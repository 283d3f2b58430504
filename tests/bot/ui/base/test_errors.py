"""Reporting errors of interactions: a sentence for the member, a log line for the operator."""

from types import SimpleNamespace
from typing import Any, cast

import aiohttp
import discord
import psycopg
import pytest
from discord import app_commands
from sqlalchemy.exc import OperationalError

from bot.errors import UserError
from bot.imaginepro import QueueFull, RequestRefused
from bot.ui.base.errors import report


class Response:
    """A fake interaction response; `kind` is the type of its answer, None if unanswered."""

    def __init__(self, kind: discord.InteractionResponseType | None, error: Exception | None = None) -> None:
        self.kind = kind
        self.sent: list[tuple[str, str]] = []
        self._error = error

    async def send_message(self, text: str, *, ephemeral: bool) -> None:
        """Record the answer, or raise the error."""
        if self._error is not None:
            raise self._error
        if self.kind is not None:
            raise discord.InteractionResponded(cast(Any, SimpleNamespace(response=None)))
        assert ephemeral
        self.sent.append(("answer", text))


def interaction(
    kind: discord.InteractionResponseType | None = None,
    error: Exception | None = None,
    *,
    stopping: bool = False,
) -> tuple[discord.Interaction, Response]:
    """An interaction in this state."""
    response = Response(kind, error)

    async def follow_up(text: str, *, ephemeral: bool) -> None:
        assert ephemeral
        response.sent.append(("follow-up", text))

    made = SimpleNamespace(
        id=1,
        client=SimpleNamespace(is_stopping=stopping),
        data={"custom_id": "ip1:x"},
        response=response,
        followup=SimpleNamespace(send=follow_up),
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
    """Each error has its sentence; quoted API text is escaped and internal errors are hidden."""
    made, response = interaction()
    await report(made, error)
    [(where, text)] = response.sent
    assert where == "answer"
    assert text.startswith(sentence)
    assert "secret" not in text


@pytest.mark.parametrize(
    ("kind", "where"),
    [
        (None, "answer"),
        (discord.InteractionResponseType.channel_message, "follow-up"),
    ],
)
async def test_sentence_is_sent_by_state(kind: discord.InteractionResponseType | None, where: str) -> None:
    """The sentence is sent as the answer, which takes the place of a deferral, or as a follow-up."""
    made, response = interaction(kind)
    await report(made, UserError("No."))
    assert response.sent == [(where, "No.")]


async def test_unexpected_errors_are_logged(caplog: pytest.LogCaptureFixture) -> None:
    """Unexpected errors are logged with a traceback, members' mistakes are not logged."""
    await report(interaction()[0], UserError("No."))
    assert caplog.records == []
    await report(interaction()[0], ZeroDivisionError())
    [record] = caplog.records
    assert record.levelname == "ERROR"
    assert record.exc_info is not None
    assert record.__dict__["custom_id"] == "ip1:x"


class Answer:
    """A fake HTTP response for discord.py's errors."""

    status, reason = 404, "Not Found"


@pytest.mark.parametrize(
    "error",
    [
        discord.NotFound(cast(Any, Answer()), "Unknown interaction"),
        aiohttp.ServerDisconnectedError(),
        TimeoutError(),
    ],
)
async def test_reporting_never_raises(error: Exception, caplog: pytest.LogCaptureFixture) -> None:
    """A sentence that can't be shown is logged, and no error is raised."""
    await report(interaction(error=error)[0], UserError("No."))
    assert ["an error could not be shown" in record.message for record in caplog.records] == [True]


@pytest.mark.parametrize("code", [10062, 10015, 50027])
async def test_an_answer_that_came_too_late(code: int, caplog: pytest.LogCaptureFixture) -> None:
    """Discord takes no other answer either, so there is one line and no traceback."""
    made, response = interaction()
    await report(made, discord.NotFound(cast(Any, Answer()), {"code": code, "message": "Unknown interaction"}))
    assert response.sent == []
    assert [(record.levelname, record.exc_info) for record in caplog.records] == [("WARNING", None)]


@pytest.mark.parametrize(
    "error", [RuntimeError("the database is not open"), app_commands.CommandNotFound("imagine", [])]
)
async def test_errors_during_shutdown(error: Exception, caplog: pytest.LogCaptureFixture) -> None:
    """Errors during shutdown are answered with a sentence and logged as warnings."""
    made, response = interaction(stopping=True)
    await report(made, error)
    assert response.sent == [("answer", "The bot is being restarted, so nothing was started. Try again in a minute.")]
    assert [record.levelname for record in caplog.records] == ["WARNING"]


async def test_errors_while_the_database_is_away(caplog: pytest.LogCaptureFixture) -> None:
    """The member reads so; the log has one line beside those of the outage, and no traceback."""
    made, response = interaction()
    await report(made, OperationalError("SELECT", None, psycopg.OperationalError("the connection is lost")))
    assert response.sent == [
        ("answer", "The bot can't reach its database at the moment, so nothing was started. Try again in a minute.")
    ]
    assert [(record.levelname, record.exc_info) for record in caplog.records] == [("WARNING", None)]


async def test_errors_after_shutdown(caplog: pytest.LogCaptureFixture) -> None:
    """After shutdown the failing answer is logged as a warning."""
    made, _ = interaction(error=RuntimeError("Session is closed"), stopping=True)
    await report(made, RuntimeError("the database is not open"))
    assert [record.levelname for record in caplog.records] == ["WARNING", "WARNING"]
