"""`python -m bot check` and failing starts print a line for each problem and set the exit code."""

import socket
import sys

import pytest
import sqlalchemy as sa

from bot.store import Database
from tests.end_to_end.environment import KEY, Environment
from tests.end_to_end.running_bot import RunningBot

pytestmark = pytest.mark.process


async def run_to_exit(environment: Environment, *arguments: str, **changed: str) -> tuple[int, str]:
    """Exit code and output of a bot that ends by itself; an empty setting counts as missing."""
    bot = RunningBot({**environment.settings, **changed}, environment.folder, *arguments)
    async with bot:
        code = await bot.exit_code()
    output = "\n".join(bot.lines)
    assert "Traceback" not in output
    assert KEY not in output
    assert environment.discord.token not in output
    return code, output


def closed_port() -> int:
    """A port without a listener."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


async def test_check_passes(environment: Environment) -> None:
    """The check prints a line for each part, exits with 0 and creates neither jobs nor commands."""
    code, output = await run_to_exit(environment, "check")
    assert code == 0
    assert [line.split()[:2] for line in output.splitlines()] == [
        ["ok", "Settings:"],
        ["ok", "Database:"],
        ["ok", "Pictures:"],
        ["ok", "Discord:"],
        ["ok", "Invitation:"],
        ["ok", "Developer"],
        ["ok", "ImaginePro:"],
    ]
    assert "1600 credits" in output
    assert environment.submissions() == []
    assert [entry for entry in environment.discord.request_log if entry.method != "GET"] == []


async def test_check_reports_every_failure(environment: Environment) -> None:
    """A refused key and a refused token give two lines that name the settings, and exit code 1."""
    code, output = await run_to_exit(environment, "check", DISCORD_TOKEN="made.up", IMAGINEPRO_API_KEY="sk-made-up")
    assert code == 1
    failed = [line for line in output.splitlines() if line.startswith("failed")]
    assert [line.split()[1] for line in failed] == ["Discord:", "ImaginePro:"]
    assert "DISCORD_TOKEN" in failed[0]
    assert "IMAGINEPRO_API_KEY" in failed[1]
    assert "made" not in output.replace("making", "")


async def test_unreachable_servers_and_database(environment: Environment) -> None:
    """Unreachable addresses and an unusable database each give their own line, and exit code 1."""
    closed_url = f"http://127.0.0.1:{closed_port()}"
    (environment.folder / "file").write_text("in the way", encoding="utf-8")
    code, output = await run_to_exit(
        environment,
        "check",
        IMAGINEPRO_BASE_URL=closed_url,
        DISCORD_API_URL=closed_url,
        DATABASE_URL=f"sqlite:///{environment.folder / 'file' / 'bot.db'}",
    )
    assert code == 1
    failed = [line for line in output.splitlines() if line.startswith("failed")]
    assert [line.split()[1] for line in failed] == ["Database:", "Discord:", "ImaginePro:"]
    assert "DATABASE_URL" in failed[0]
    assert "DISCORD_API_URL" in failed[1]
    assert "IMAGINEPRO_BASE_URL" in failed[2]


@pytest.mark.parametrize("arguments", [(), ("check",)], ids=["run", "check"])
async def test_missing_and_malformed_settings(environment: Environment, arguments: tuple[str, ...]) -> None:
    """Running and checking both print a line for each mistake and exit with 2."""
    code, output = await run_to_exit(
        environment,
        *arguments,
        DISCORD_TOKEN="",
        IMAGINEPRO_API_KEY="",
        POLL_SECONDS="often",
        DISCORD_API_URL="discord.com",
    )
    assert code == 2
    names = ["DISCORD_TOKEN", "IMAGINEPRO_API_KEY", "DISCORD_API_URL", "POLL_SECONDS"]
    assert [line.split()[0] for line in output.splitlines()] == names


async def test_operator_commands_without_a_server(environment: Environment) -> None:
    """Operator commands need a server: without OPERATOR_GUILD_ID the start fails with exit code 2 and says so."""
    code, output = await run_to_exit(environment, IMAGINEPRO_DIY="true", IMAGINEPRO_QUEUE_PAUSE_PATH="POST /../pause")
    assert code == 2
    assert [line.split()[0] for line in output.splitlines()] == ["OPERATOR_GUILD_ID", "IMAGINEPRO_QUEUE_PAUSE_PATH"]
    assert "because IMAGINEPRO_DIY is true" in output


async def test_start_with_a_refused_token(environment: Environment) -> None:
    """A refused token ends the bot with exit code 1 and a line that names the setting."""
    code, output = await run_to_exit(environment, DISCORD_TOKEN="made.up", LOG_FORMAT="console")
    assert code == 1
    assert "Discord refused DISCORD_TOKEN" in output


@pytest.mark.parametrize(
    ("changed", "code", "words"),
    [
        ({"LOG_LEVEL": "loud"}, 2, "LOG_LEVEL is not valid"),
        ({"SHARD_IDS": "0-3"}, 2, "SHARD_IDS is not valid: must come with SHARD_COUNT"),
        ({"DATABASE_URL": "postgres://bot:p@127.0.0.1:99999/bot"}, 2, "DATABASE_URL is not valid"),
        ({"PUBLIC_URL": "https://bot.example", "WEB_PORT": "taken"}, 1, "End what uses that port"),
        ({"DATABASE_URL": "newer"}, 1, "last used by a newer version of the bot"),
    ],
    ids=["level", "shards", "url", "port", "newer"],
)
async def test_a_start_that_can_not_work(
    environment: Environment, changed: dict[str, str], code: int, words: str
) -> None:
    """One line that says what to change, and no traceback."""
    if changed.get("DATABASE_URL") == "newer":
        changed = {"DATABASE_URL": await newer_database(environment)}
    with socket.create_server(("127.0.0.1", 0)) as listener:
        if "WEB_PORT" in changed:
            changed = {**changed, "WEB_PORT": str(listener.getsockname()[1])}
        ended, output = await run_to_exit(environment, LOG_FORMAT="console", **changed)
    assert (ended, output.count("\n")) == (code, 0)
    assert words in output


async def newer_database(environment: Environment) -> str:
    """The URL of a database whose schema this version does not know."""
    url = f"sqlite:///{environment.folder / 'newer.db'}"
    async with Database(url) as database:
        await database.run(
            lambda connection: connection.execute(sa.text("UPDATE alembic_version SET version_num='9z'"))
        )
    return url


async def test_a_python_without_the_packages(environment: Environment) -> None:
    """One line in place of an ImportError, for a first start before anything is installed."""
    bare = (sys.executable, "-S", "-m", "bot")
    async with RunningBot(environment.settings, environment.folder, command=bare) as bot:
        assert await bot.exit_code() == 1
    [line] = bot.lines
    assert line.startswith("This Python lacks the package discord. Start the bot with: uv run python -m bot")
    bot.lines.clear()  # they are no lines of the log
