"""`python -m bot check` and bad starts: a line for each thing that is wrong, and an exit code that says so."""

import socket

import pytest

from tests.end_to_end.place import KEY, Place
from tests.end_to_end.running_bot import RunningBot

pytestmark = pytest.mark.process


async def outcome(place: Place, *arguments: str, **changed: str) -> tuple[int, str]:
    """Exit code and output of a bot that ends by itself; a setting that is empty counts as missing."""
    bot = RunningBot({**place.settings, **changed}, place.folder, *arguments)
    async with bot:
        code = await bot.exit_code()
    output = "\n".join(bot.lines)
    assert "Traceback" not in output
    assert KEY not in output
    assert place.discord.token not in output
    return code, output


def closed_port() -> int:
    """A port on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


async def test_all_is_well(place: Place) -> None:
    """A line for each part, exit code 0, and no job or command is made."""
    code, output = await outcome(place, "check")
    assert code == 0
    assert [line.split()[:2] for line in output.splitlines()] == [
        ["ok", "Settings:"],
        ["ok", "Database:"],
        ["ok", "Discord:"],
        ["ok", "ImaginePro:"],
    ]
    assert "1600 credits" in output
    assert place.submissions() == []
    assert [entry for entry in place.discord.request_log if entry.method != "GET"] == []


async def test_every_failure_is_told_at_once(place: Place) -> None:
    """A refused key and a refused token: two lines that name the settings to look at, exit code 1."""
    code, output = await outcome(place, "check", DISCORD_TOKEN="made.up", IMAGINEPRO_API_KEY="sk-made-up")
    assert code == 1
    failed = [line for line in output.splitlines() if line.startswith("failed")]
    assert [line.split()[1] for line in failed] == ["Discord:", "ImaginePro:"]
    assert "DISCORD_TOKEN" in failed[0]
    assert "IMAGINEPRO_API_KEY" in failed[1]
    assert "made" not in output.replace("making", "")


async def test_neighbours_and_folder_that_are_not_there(place: Place) -> None:
    """Unreachable addresses and an unusable database are told apart from refusals, exit code 1."""
    nobody = f"http://127.0.0.1:{closed_port()}"
    (place.folder / "file").write_text("in the way", encoding="utf-8")
    code, output = await outcome(
        place,
        "check",
        IMAGINEPRO_BASE_URL=nobody,
        DISCORD_API_URL=nobody,
        DATABASE_URL=f"sqlite:///{place.folder / 'file' / 'bot.db'}",
    )
    assert code == 1
    failed = [line for line in output.splitlines() if line.startswith("failed")]
    assert [line.split()[1] for line in failed] == ["Database:", "Discord:", "ImaginePro:"]
    assert "DATABASE_URL" in failed[0]
    assert "DISCORD_API_URL" in failed[1]
    assert "IMAGINEPRO_BASE_URL" in failed[2]


@pytest.mark.parametrize("arguments", [(), ("check",)], ids=["run", "check"])
async def test_settings_that_are_missing_or_malformed(place: Place, arguments: tuple[str, ...]) -> None:
    """One line for each mistake, exit code 2, whatever was asked for."""
    code, output = await outcome(
        place, *arguments, DISCORD_TOKEN="", IMAGINEPRO_API_KEY="", POLL_SECONDS="often", DISCORD_API_URL="discord.com"
    )
    assert code == 2
    names = ["DISCORD_TOKEN", "IMAGINEPRO_API_KEY", "DISCORD_API_URL", "POLL_SECONDS"]
    assert [line.split()[0] for line in output.splitlines()] == names


async def test_operator_commands_without_a_server(place: Place) -> None:
    """They are for one server only, so a start that names none ends with exit code 2 and a line that says so."""
    code, output = await outcome(place, IMAGINEPRO_DIY="true", IMAGINEPRO_QUEUE_PAUSE_PATH="POST /../pause")
    assert code == 2
    assert [line.split()[0] for line in output.splitlines()] == ["OPERATOR_GUILD_ID", "IMAGINEPRO_QUEUE_PAUSE_PATH"]
    assert "because IMAGINEPRO_DIY is true" in output


async def test_a_start_with_a_refused_token(place: Place) -> None:
    """Running ends at once with exit code 1 and says which setting to look at."""
    code, output = await outcome(place, DISCORD_TOKEN="made.up", LOG_FORMAT="console")
    assert code == 1
    assert "Discord refused DISCORD_TOKEN" in output
