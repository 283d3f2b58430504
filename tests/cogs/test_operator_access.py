"""Access to /operator, and that it leaks no credential."""

import logging
from pathlib import Path
from typing import Any

import pytest

from bot.settings.unpublished_endpoints import UnpublishedCall
from playground.discord_server import texts
from playground.discord_server.base.errors import Refused
from playground.discord_server.state.seed import GUILD_ID
from playground.imaginepro.jobs.linked_accounts import CREDENTIAL
from tests.support.stage import OPERATOR, Stage

REGISTER = "/applications/{application_id}/guilds/{guild_id}/commands"
ONLY_OWNER = "Only the owner of this bot can use this."


def guild_commands(stage: Stage) -> list[dict[str, Any]]:
    """The commands registered for the server only."""
    return stage.discord.core.commands.all_of(GUILD_ID)


async def test_an_administrator_is_refused(tmp_path: Path) -> None:
    """An administrator is refused and gets no suggestions, without an API request."""
    async with Stage(tmp_path, **OPERATOR) as stage:
        await stage.private_reply(await stage.olivia.slash(stage.channel, "operator accounts"))
        before = len(stage.api.request_log)
        for name, options in (("accounts", {}), ("deactivate", {"id": "1"}), ("queue", {"action": "reboot"})):
            refusal = await stage.adam.slash(stage.channel, f"operator {name}", **options)
            assert await stage.private_reply(refusal) == ONLY_OWNER
        assert await stage.adam.autocomplete(stage.channel, "operator account", "id", "") == []
        assert len(stage.api.request_log) == before


async def test_a_member_is_not_offered_the_command(tmp_path: Path) -> None:
    """A member does not see the command, and is refused where the server's settings show it."""
    async with Stage(tmp_path, **OPERATOR) as stage:
        with pytest.raises(Refused, match="permission"):
            await stage.mia.slash(stage.channel, "operator accounts")
        [command] = guild_commands(stage)
        command["default_member_permissions"] = None
        before = len(stage.api.request_log)
        assert await stage.private_reply(await stage.mia.slash(stage.channel, "operator accounts")) == ONLY_OWNER
        assert len(stage.api.request_log) == before


async def test_no_access_while_the_owner_is_unknown(tmp_path: Path) -> None:
    """While Discord does not name the owner, no one gets access; the next use asks again."""
    async with Stage(tmp_path, **OPERATOR) as stage:
        stage.discord.faults.refuse_next("/oauth2/applications/@me", 403)
        refusal = await stage.olivia.slash(stage.channel, "operator accounts")
        assert "Discord did not say who owns this bot" in await stage.private_reply(refusal)
        assert "Linked accounts" in await stage.private_reply(
            await stage.olivia.slash(stage.channel, "operator accounts")
        )


async def test_the_answer_comes_before_the_owner_lookup(tmp_path: Path) -> None:
    """The interaction is answered before the slow request for the bot's owner."""
    async with Stage(tmp_path, **OPERATOR) as stage:
        before = len(stage.discord.request_log)
        await stage.private_reply(await stage.olivia.slash(stage.channel, "operator accounts"))
        routes = [entry.route for entry in list(stage.discord.request_log)[before:]]
        [answered] = [place for place, route in enumerate(routes) if route.endswith("/callback")]
        assert answered < routes.index("/oauth2/applications/@me")


async def test_there_is_no_such_command_in_direct_messages(tmp_path: Path) -> None:
    """/operator is registered in one server and does not exist in direct messages."""
    async with Stage(tmp_path, **OPERATOR) as stage:
        with pytest.raises(Refused, match="no command"):
            await stage.olivia.slash(stage.olivia.dm, "operator accounts")
        assert [command["name"] for command in guild_commands(stage)] == ["operator"]
        assert "operator" not in {command["name"] for command in stage.discord.core.commands.all_of(None)}


async def test_there_is_no_such_command_by_default(own_stage: Stage) -> None:
    """By default /operator is not registered anywhere."""
    with pytest.raises(Refused, match="no command"):
        await own_stage.olivia.slash(own_stage.channel, "operator accounts")
    assert own_stage.discord.request_log.of(REGISTER, "PUT") == []


async def test_disabling_removes_the_command(tmp_path: Path) -> None:
    """After it is switched off, the next start removes /operator from the server."""
    async with Stage(tmp_path, **OPERATOR) as stage:
        assert guild_commands(stage)
        stage.change(imaginepro_diy=False)
        await stage.restart()
        assert guild_commands(stage) == []
        assert await stage.finished("a fox without an operator")


async def test_a_server_without_the_bot_does_not_stop_it(tmp_path: Path) -> None:
    """When the bot is not in the operator's server, the log says so and the bot works."""
    changed: dict[str, Any] = OPERATOR | {"operator_guild_id": 42}
    async with Stage(tmp_path, **changed) as stage:
        assert guild_commands(stage) == []
        assert any("can't be set in the server OPERATOR_GUILD_ID" in line for line in stage.log.lines)
        assert await stage.finished("a fox all the same")


async def test_a_path_that_is_not_set_is_named(tmp_path: Path) -> None:
    """A subcommand without its path names the missing setting and makes no request."""
    # With the number of jobs set, the bot does not ask the API for it.
    changed: dict[str, Any] = (
        OPERATOR | dict.fromkeys([name.lower() for name in UnpublishedCall], "") | {"jobs_at_once": 6}
    )
    async with Stage(tmp_path, **changed) as stage:
        for call in UnpublishedCall:
            name, _, action = call.removeprefix("IMAGINEPRO_").removesuffix("_PATH").lower().partition("_")
            options = {"action": action} | ({"word": "x"} if action in {"add", "remove"} else {})
            if call is UnpublishedCall.ACCOUNT_QUEUE:
                name, options = "account-queue", {"id": "1"}
            answer = await stage.private_reply(await stage.olivia.slash(stage.channel, f"operator {name}", **options))
            assert f"needs the setting {call}, because" in answer
        assert stage.api.request_log == []


def files_content(folder: Path) -> str:
    """The content of all files that the bot has written."""
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file()).decode("latin-1")


async def use_every_subcommand(stage: Stage) -> None:
    """Use every operator subcommand once."""
    await stage.finished("a fox that is traced")
    [*_, job] = stage.submissions("a fox that is traced")
    for name, options in (
        ("accounts", {}),
        ("account", {"id": "1"}),
        ("account", {"id": "9"}),
        ("activate", {"id": "2"}),
        ("deactivate", {"id": "2"}),
        ("deactivate", {"id": "9"}),
        ("trace", {"message_id": job.id}),
        ("trace", {"message_id": "nothing"}),
        ("command", {"cmd": "info", "account": "1"}),
        ("command", {"cmd": "info", "account": "9"}),
        ("history", {}),
        ("info", {}),
        *(("queue", {"action": action}) for action in ("count", "pause", "resume", "reboot")),
        ("banwords", {"action": "show"}),
        ("banwords", {"action": "add", "word": "teapot"}),
        ("banwords", {"action": "remove", "word": "teapot"}),
        ("account-queue", {"id": "1"}),
        ("account-queue", {"id": "9"}),
    ):
        outcome = await stage.olivia.slash(stage.channel, f"operator {name}", **options)
        assert texts(await outcome.wait_for(lambda message: bool(texts(message))))
    await stage.olivia.autocomplete(stage.channel, "operator account", "id", "")


async def test_credentials_do_not_leak(tmp_path: Path) -> None:
    """No credential is in a log line, a message, a request to Discord or the database, even with faults."""
    root, levels = logging.getLogger(), {}
    async with Stage(tmp_path, **OPERATOR) as stage:
        for logger in (root, logging.getLogger("bot")):
            levels[logger] = logger.level
            logger.setLevel(logging.DEBUG)
        try:
            await use_every_subcommand(stage)
            for scenario in ("html-500", "empty-500", "slow-answer", "rate-limited", "success-false", "submit-drops"):
                stage.api.faults.choose(scenario, times=None, seconds=0.0, on="operator")
                await use_every_subcommand(stage)
                stage.settle_down()
            # The API did send the credential several times.
            given = [entry for entry in stage.api.request_log if "/discord/token" in entry.path and entry.status == 200]
            assert len(given) >= 4
            assert any("/api/v1" in line or "/discord/tokens" in line for line in stage.log.lines)
            await stage.stop()
        finally:
            for logger, level in levels.items():
                logger.setLevel(level)
        logged, request_log = "\n".join(stage.log.lines), repr([vars(entry) for entry in stage.discord.request_log])
        messages = repr(
            [each.versions for place in stage.discord.world.channels.values() for each in place.messages.values()]
        )
        kept = files_content(tmp_path)
        assert "DEBUG bot.imaginepro.http.transport" in logged
        for place in (logged, request_log, messages, kept):
            assert CREDENTIAL not in place
