"""`python -m bot check` and failing starts print a line for each problem and set the exit code."""

import socket

import pytest

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
        ["ok", "Discord:"],
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
