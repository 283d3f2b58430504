"""Who gets /operator, and where; and that nothing it reads gives a credential away."""

import logging
from pathlib import Path
from typing import Any

import pytest

from bot.settings.unpublished_endpoints import Unpublished
from playground.discord_server import texts
from playground.discord_server.errors import Refused
from playground.discord_server.seed import GUILD_ID
from playground.imaginepro.linked import CREDENTIAL
from tests.support.stage import OPERATOR, Stage

REGISTER = "/applications/{application_id}/guilds/{guild_id}/commands"
ONLY_OWNER = "Only the owner of this bot can use this."


def guild_commands(stage: Stage) -> list[dict[str, Any]]:
    """What is registered in the server alone."""
    return stage.discord.core.commands.all_of(GUILD_ID)


async def test_an_administrator_is_not_an_owner(tmp_path: Path) -> None:
    """He is offered the command, reads that it is not his, and is suggested no account; nothing is asked."""
    async with Stage(tmp_path, **OPERATOR) as stage:
        await stage.private_reply(await stage.olivia.slash(stage.channel, "operator accounts"))
        before = len(stage.api.journal)
        for name, options in (("accounts", {}), ("deactivate", {"id": "1"}), ("queue", {"action": "reboot"})):
            refusal = await stage.adam.slash(stage.channel, f"operator {name}", **options)
            assert await stage.private_reply(refusal) == ONLY_OWNER
        assert await stage.adam.autocomplete(stage.channel, "operator account", "id", "") == []
        assert len(stage.api.journal) == before


async def test_a_member_is_not_offered_the_command(tmp_path: Path) -> None:
    """And is refused by the bot where the server's settings offer it to everybody."""
    async with Stage(tmp_path, **OPERATOR) as stage:
        with pytest.raises(Refused, match="permission"):
            await stage.mia.slash(stage.channel, "operator accounts")
        [command] = guild_commands(stage)
        command["default_member_permissions"] = None
        before = len(stage.api.journal)
        assert await stage.private_reply(await stage.mia.slash(stage.channel, "operator accounts")) == ONLY_OWNER
        assert len(stage.api.journal) == before


async def test_nobody_is_let_in_while_discord_names_no_owner(tmp_path: Path) -> None:
    """A question that fails is no yes; the next one is asked anew."""
    async with Stage(tmp_path, **OPERATOR) as stage:
        stage.discord.faults.refuse_next("/oauth2/applications/@me", 403)
        refusal = await stage.olivia.slash(stage.channel, "operator accounts")
        assert "Discord did not say who owns this bot" in await stage.private_reply(refusal)
        assert "Linked accounts" in await stage.private_reply(
            await stage.olivia.slash(stage.channel, "operator accounts")
        )


async def test_discord_waits_for_nobody(tmp_path: Path) -> None:
    """The command is answered before Discord is asked who owns the bot, which may take longer than it waits."""
    async with Stage(tmp_path, **OPERATOR) as stage:
        before = len(stage.discord.journal)
        await stage.private_reply(await stage.olivia.slash(stage.channel, "operator accounts"))
        routes = [entry.route for entry in list(stage.discord.journal)[before:]]
        [answered] = [place for place, route in enumerate(routes) if route.endswith("/callback")]
        assert answered < routes.index("/oauth2/applications/@me")


async def test_there_is_no_such_command_in_direct_messages(tmp_path: Path) -> None:
    """It belongs to one server."""
    async with Stage(tmp_path, **OPERATOR) as stage:
        with pytest.raises(Refused, match="no command"):
            await stage.olivia.slash(stage.olivia.dm, "operator accounts")
        assert [command["name"] for command in guild_commands(stage)] == ["operator"]
        assert "operator" not in {command["name"] for command in stage.discord.core.commands.all_of(None)}


async def test_there_is_no_such_command_by_default(own_stage: Stage) -> None:
    """No server is asked to take any."""
    with pytest.raises(Refused, match="no command"):
        await own_stage.olivia.slash(own_stage.channel, "operator accounts")
    assert own_stage.discord.journal.of(REGISTER, "PUT") == []


async def test_switched_off_it_is_taken_away(tmp_path: Path) -> None:
    """What an earlier process has registered does not stay behind."""
    async with Stage(tmp_path, **OPERATOR) as stage:
        assert guild_commands(stage)
        stage.change(imaginepro_diy=False)
        await stage.restart()
        assert guild_commands(stage) == []
        assert await stage.finished("a fox without an operator")


async def test_a_server_without_the_bot_does_not_stop_it(tmp_path: Path) -> None:
    """The commands are nowhere, the log says why, and members are served."""
    changed: dict[str, Any] = OPERATOR | {"operator_guild_id": 42}
    async with Stage(tmp_path, **changed) as stage:
        assert guild_commands(stage) == []
        assert any("can't be set in the server OPERATOR_GUILD_ID" in line for line in stage.log.lines)
        assert await stage.finished("a fox all the same")


async def test_a_path_that_is_not_set_is_named(tmp_path: Path) -> None:
    """Each command says which setting it lacks, and asks nothing."""
    # With the number of jobs set, the bot does not ask the API for it.
    changed: dict[str, Any] = OPERATOR | dict.fromkeys([name.lower() for name in Unpublished], "") | {"jobs_at_once": 6}
    async with Stage(tmp_path, **changed) as stage:
        for call in Unpublished:
            name, _, action = call.removeprefix("IMAGINEPRO_").removesuffix("_PATH").lower().partition("_")
            options = {"action": action} | ({"word": "x"} if action in {"add", "remove"} else {})
            if call is Unpublished.ACCOUNT_QUEUE:
                name, options = "account-queue", {"id": "1"}
            answer = await stage.private_reply(await stage.olivia.slash(stage.channel, f"operator {name}", **options))
            assert f"needs the setting {call}, because" in answer
        assert stage.api.journal == []


def stored(folder: Path) -> str:
    """All that the bot has written to disk."""
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file()).decode("latin-1")


async def everything(stage: Stage) -> None:
    """Every subcommand of the operator, once."""
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


async def test_a_credential_is_seen_nowhere(tmp_path: Path) -> None:
    """Not in a log line of any level, a message, an answer to Discord or the database; troubles included."""
    root, levels = logging.getLogger(), {}
    async with Stage(tmp_path, **OPERATOR) as stage:
        for logger in (root, logging.getLogger("bot")):
            levels[logger] = logger.level
            logger.setLevel(logging.DEBUG)
        try:
            await everything(stage)
            for scenario in ("html-500", "empty-500", "slow-answer", "rate-limited", "success-false", "submit-drops"):
                stage.api.control.choose(scenario, times=None, seconds=0.0, on="operator")
                await everything(stage)
                stage.settle_down()
            # The credential did arrive, again and again.
            given = [entry for entry in stage.api.journal if "/discord/token" in entry.path and entry.status == 200]
            assert len(given) >= 4
            assert any("/api/v1" in line or "/discord/tokens" in line for line in stage.log.lines)
            await stage.stop()
        finally:
            for logger, level in levels.items():
                logger.setLevel(level)
        logged, journal = "\n".join(stage.log.lines), repr([vars(entry) for entry in stage.discord.journal])
        messages = repr(
            [each.versions for place in stage.discord.world.channels.values() for each in place.messages.values()]
        )
        kept = stored(tmp_path)
        assert "DEBUG bot.imaginepro.transport" in logged
        for place in (logged, journal, messages, kept):
            assert CREDENTIAL not in place
