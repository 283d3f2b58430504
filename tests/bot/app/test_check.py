"""`python -m bot check`: a line for each part, what to do about a failure, and no secret in any."""

import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import stamina
from discord.http import Route
from PIL import Image

from bot.app.check import check
from bot.client.invitation import invitation
from bot.services.images.decoding.formats import lacking_formats
from bot.services.images.workers import ImageWorkers
from bot.settings.model import Settings
from bot.store import Database
from playground.discord_server import DiscordServer, Limits
from playground.discord_server.state.seed import APPLICATION_ID
from playground.imaginepro import Simulator
from tests.support.forward_proxy import ForwardProxy

KEY, SECOND = "sk-playground-0123456789", "sk-playground-9876543210"


@pytest.fixture
async def discord_server(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[DiscordServer]:
    """A Discord that knows one token."""
    async with DiscordServer(limits=Limits.lifted()) as server:
        monkeypatch.setattr(Route, "BASE", server.api_url)
        yield server


@pytest.fixture
async def api() -> AsyncIterator[Simulator]:
    """An API that knows two keys."""
    async with Simulator(key=KEY, more_keys=[SECOND], limits=False, credits=321) as api:
        yield api


@pytest.fixture
def values(discord_server: DiscordServer, api: Simulator, tmp_path: Path) -> dict[str, Any]:
    """Settings with which everything is well."""
    return {
        "discord_token": discord_server.token,
        "imaginepro_api_key": KEY,
        "imaginepro_base_url": api.url,
        "database_url": f"sqlite:///{tmp_path / 'bot.db'}",
    }


@pytest.fixture(autouse=True)
def one_attempt() -> Any:
    """Nothing is repeated: what is away stays away."""
    with stamina.set_testing(True, attempts=1):
        yield


def closed_port() -> int:
    """A port nobody listens at."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


async def checked(values: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> tuple[int, dict[str, str]]:
    """The exit code and the lines, by the part they are about."""
    settings = Settings(_env_file=None, **values)  # pyright: ignore[reportCallIssue]  # pydantic-settings takes it
    code = await check(settings)
    output = capsys.readouterr()
    for secret in (values["discord_token"], *values["imaginepro_api_key"].split(",")):
        assert secret not in output.out + output.err
    lines = [line.split(maxsplit=1) for line in output.out.splitlines()]
    assert {mark for mark, _ in lines} <= {"ok", "note", "failed"}
    return code, {text.partition(":")[0]: f"{mark} {text.partition(': ')[2]}" for mark, text in lines}


async def test_all_is_well(values: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    """A line for each part, with the bot's name, its invitation and the credits; exit code 0."""
    code, lines = await checked(values, capsys)
    assert code == 0
    assert list(lines) == [
        "Settings",
        "Database",
        "Pictures",
        "Discord",
        "Invitation",
        "Developer portal",
        "ImaginePro",
    ]
    assert all(line.startswith("ok ") for line in lines.values())
    assert "logged in as ImaginePro" in lines["Discord"]
    assert lines["Invitation"] == f"ok {invitation(int(APPLICATION_ID))}"
    assert lines["Developer portal"] == "ok nothing to change."
    assert "321 credits left" in lines["ImaginePro"]


@pytest.mark.parametrize(
    ("settings", "mark", "code"),
    [
        ({"bot_public": False}, "note", 0),
        ({"interactions_endpoint_url": "https://example.com/interactions"}, "failed", 1),
    ],
)
async def test_wrong_settings_in_the_developer_portal(
    *,
    values: dict[str, Any],
    discord_server: DiscordServer,
    settings: dict[str, Any],
    mark: str,
    code: int,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Read from Discord; only what keeps the bot from working is a failure, and the invitation is there anyway."""
    discord_server.world.portal |= settings
    ended, lines = await checked(values, capsys)
    assert ended == code
    assert lines["Developer portal"].startswith(f"{mark} ")
    assert lines["Invitation"].startswith("ok https://discord.com/oauth2/authorize?")


@pytest.mark.parametrize(
    ("changes", "part", "advice"),
    [
        ({"discord_token": "no.such.token"}, "Discord", "Copy DISCORD_TOKEN again"),
        ({"imaginepro_api_key": "sk-no-such-key"}, "ImaginePro", "Check IMAGINEPRO_API_KEY"),
        ({"database_url": "sqlite:////proc/no/such/place/bot.db"}, "Database", "Check DATABASE_URL"),
    ],
)
async def test_one_failure_is_named_with_what_to_do(
    values: dict[str, Any],
    changes: dict[str, Any],
    part: str,
    advice: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The other parts are checked all the same; exit code 1."""
    code, lines = await checked(values | changes, capsys)
    assert code == 1
    assert {name for name, line in lines.items() if line.startswith("failed ")} == {part}
    assert advice in lines[part]


async def test_unreachable_api(values: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    """The address to look at is named."""
    code, lines = await checked(values | {"imaginepro_base_url": f"http://127.0.0.1:{closed_port()}"}, capsys)
    assert code == 1
    assert lines["ImaginePro"].startswith("failed ImaginePro cannot be reached right now.")
    assert "IMAGINEPRO_BASE_URL" in lines["ImaginePro"]


async def test_unreachable_discord(
    values: dict[str, Any], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same for Discord."""
    monkeypatch.setattr(Route, "BASE", f"http://127.0.0.1:{closed_port()}/api/v10")
    code, lines = await checked(values, capsys)
    assert code == 1
    assert "DISCORD_API_URL" in lines["Discord"]


async def test_file_that_is_no_database(
    values: dict[str, Any], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """A file of something else is not touched."""
    place = tmp_path / "notes.txt"
    place.write_text("not a database, but somebody's notes " * 100)
    before = place.read_bytes()
    code, lines = await checked(values | {"database_url": f"sqlite:///{place}"}, capsys)
    assert code == 1
    assert lines["Database"].startswith("failed it can't be used")
    assert place.read_bytes() == before


async def test_password_of_the_database_stays_secret(
    values: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    """Neither where it is named nor in the reason."""
    url = f"postgresql://bot:hunter2-secret@127.0.0.1:{closed_port()}/bot"
    settings = Settings(_env_file=None, **(values | {"database_url": url}))  # pyright: ignore[reportCallIssue]
    assert await check(settings) == 1
    output = capsys.readouterr()
    assert "hunter2" not in output.out + output.err


async def test_everything_fails_at_once(
    discord_server: DiscordServer, api: Simulator, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every part has its line; one failure does not hide the next."""
    wrong = {
        "discord_token": "no.such.token",
        "imaginepro_api_key": "sk-no-such-key",
        "imaginepro_base_url": api.url,
        "database_url": "sqlite:////proc/no/such/place/bot.db",
    }
    code, lines = await checked(wrong, capsys)
    assert code == 1
    assert [line.split()[0] for line in lines.values()] == ["ok", "failed", "ok", "failed", "failed"]


async def test_web_side_that_can_listen(values: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    """With PUBLIC_URL there is a line for it, with where members reach it."""
    web = {"public_url": "https://bot.example.com", "web_port": closed_port()}
    code, lines = await checked(values | web, capsys)
    assert code == 0
    assert "https://bot.example.com" in lines["Web side"]


async def test_web_side_whose_port_is_taken(values: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    """It says which settings to look at."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        web = {"public_url": "https://bot.example.com", "web_port": listener.getsockname()[1]}
        code, lines = await checked(values | web, capsys)
    assert code == 1
    assert "WEB_PORT" in lines["Web side"]


async def test_every_key_is_tried(values: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    """One line for all, with what each account has left."""
    code, lines = await checked(values | {"imaginepro_api_key": f"{KEY},{SECOND}"}, capsys)
    assert code == 0
    assert "all 2 keys are good" in lines["ImaginePro"]
    assert lines["ImaginePro"].count("321 credits left") == 2


@pytest.mark.parametrize(("keys", "which"), [(f"sk-wrong-1,{KEY}", "key 1"), (f"{KEY},{SECOND},sk-wrong-3", "key 3")])
async def test_a_wrong_key_is_named_by_its_number(
    values: dict[str, Any], capsys: pytest.CaptureFixture[str], keys: str, which: str
) -> None:
    """Never by itself."""
    code, lines = await checked(values | {"imaginepro_api_key": keys}, capsys)
    assert code == 1
    assert lines["ImaginePro"].startswith(f"failed {which}: ")
    assert "Check IMAGINEPRO_API_KEY" in lines["ImaginePro"]


@pytest.mark.parametrize("user", [None, ("me", "hunter2-secret")])
async def test_everything_goes_through_the_proxy(
    *,
    user: tuple[str, str] | None,
    values: dict[str, Any],
    discord_server: DiscordServer,
    api: Simulator,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Discord and the API, by names that this machine does not know, with the proxy's password."""
    monkeypatch.setattr(Route, "BASE", "http://discord.test/api/v10")
    hosts = {"discord.test": discord_server.url, "imaginepro.test": api.url}
    far = {"discord_api_url": "http://discord.test/api/v10", "imaginepro_base_url": "http://imaginepro.test"}
    async with ForwardProxy(hosts, user) as proxy:
        code, lines = await checked(values | far | {"proxy_url": proxy.url}, capsys)
    assert (code, "321 credits left" in lines["ImaginePro"]) == (0, True)
    assert set(proxy.asked) == {"GET discord.test", "GET imaginepro.test"}


async def test_a_proxy_that_refuses_or_is_away(
    values: dict[str, Any], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both parts fail with what to check, and the proxy's password is in no line."""
    monkeypatch.setattr(Route, "BASE", "https://discord.test/api/v10")
    far = {"discord_api_url": "https://discord.test/api/v10", "imaginepro_base_url": "https://imaginepro.test"}
    async with ForwardProxy({}, ("me", "right-password")) as proxy:
        away = f"http://me:hunter2-secret@127.0.0.1:{closed_port()}"
        for address in (proxy.url.replace("right-password", "hunter2-secret"), away):
            code, lines = await checked(values | far | {"proxy_url": address}, capsys)
            assert code == 1
            assert [name for name, line in lines.items() if line.startswith("failed")] == ["Discord", "ImaginePro"]
            assert "hunter2" not in str(lines)
            assert "bWU6" not in str(lines)
    assert set(proxy.asked) == {"CONNECT discord.test", "CONNECT imaginepro.test"}


@pytest.mark.parametrize("url", ["postgresql://bot@127.0.0.1:{}/bot?password=hunter2secret&connect_timeout=3"])
async def test_a_password_in_the_query_stays_secret(
    url: str, values: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    """As one before the host does."""
    _, lines = await checked(values | {"database_url": url.format(closed_port())}, capsys)
    assert "hunter2" not in str(lines)


async def test_the_workflow_engines_file_is_opened_too(
    values: dict[str, Any], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """A start would end with it, though the bot's own file is well."""
    (tmp_path / "bot.workflows.db").write_text("something else " * 100)
    code, lines = await checked(values, capsys)
    assert code == 1
    assert "file is not a database" in lines["Database"]


async def test_a_database_of_a_newer_bot(values: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    """It is shown before a start finds it."""
    async with Database(values["database_url"]) as database:
        await database.run(
            lambda connection: connection.execute(sa.text("UPDATE alembic_version SET version_num='9z'"))
        )
    code, lines = await checked(values, capsys)
    assert code == 1
    assert "newer version of the bot" in lines["Database"]


async def test_discord_that_blocks_this_machine(
    values: dict[str, Any], discord_server: DiscordServer, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line, without its page."""
    discord_server.faults.ban(3600)
    code, lines = await checked(values, capsys)
    assert code == 1
    assert "its network protection refuses this machine's address" in lines["Discord"]


async def test_pictures_that_pillow_can_not_write(
    values: dict[str, Any], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A Pillow that was built without a format; the format is named."""

    async def lacking(_: object) -> list[str]:
        Image.init()
        with monkeypatch.context() as patch:
            patch.delitem(Image.SAVE, "WEBP")
            return lacking_formats()

    monkeypatch.setattr(ImageWorkers, "lacking_formats", lacking)
    code, lines = await checked(values, capsys)
    assert code == 1
    assert "WEBP" in lines["Pictures"]
