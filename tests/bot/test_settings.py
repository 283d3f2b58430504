"""Settings of the operator's commands: what is accepted, and the line for each mistake."""

from pathlib import Path

import pytest

from bot.endpoints import Endpoint, Unpublished
from bot.settings import Settings, SettingsError, load_settings


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The two settings that are needed, and no .env file."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DISCORD_TOKEN", "token")
    monkeypatch.setenv("IMAGINEPRO_API_KEY", "sk-key-0123")
    for name in ("IMAGINEPRO_DIY", "OPERATOR_GUILD_ID", *Unpublished):
        monkeypatch.delenv(name, raising=False)


def loaded(monkeypatch: pytest.MonkeyPatch, **values: str) -> Settings:
    """The settings of a process with these variables."""
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    return load_settings()


def complaints(monkeypatch: pytest.MonkeyPatch, **values: str) -> list[str]:
    """The lines that such a process would end with."""
    with pytest.raises(SettingsError) as caught:
        loaded(monkeypatch, **values)
    return caught.value.lines


def test_nothing_is_on_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    """No commands, no server, no paths."""
    settings = loaded(monkeypatch)
    assert (settings.imaginepro_diy, settings.operator_guild_id, settings.endpoints) == (False, None, {})


def test_the_commands_need_a_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beside every other mistake."""
    lines = complaints(monkeypatch, IMAGINEPRO_DIY="true", POLL_SECONDS="0")
    assert [line.split()[0] for line in lines] == ["POLL_SECONDS", "OPERATOR_GUILD_ID"]
    assert lines[1].endswith(
        "must be the id of the server for the operator's commands, because IMAGINEPRO_DIY is true."
    )


@pytest.mark.parametrize("value", ["my server", "0", "-5", "1.5", str(2**63)])
def test_the_server_is_an_id(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name or an impossible number is told, with the commands on or off."""
    [line] = complaints(monkeypatch, OPERATOR_GUILD_ID=value)
    assert line.startswith("OPERATOR_GUILD_ID is not valid: ")


def test_a_server_may_be_set_without_the_commands(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that the bot knows where to take them away."""
    assert loaded(monkeypatch, OPERATOR_GUILD_ID="1100000000004194304").operator_guild_id == 1100000000004194304


@pytest.mark.parametrize(
    ("call", "text", "endpoint"),
    [
        (Unpublished.QUEUE_COUNT, "GET /queue/count", Endpoint("GET", "/queue/count")),
        (Unpublished.QUEUE_PAUSE, "  PUT   /a-b_c/~d.e  ", Endpoint("PUT", "/a-b_c/~d.e")),
        (Unpublished.BANWORDS_ADD, "POST /words", Endpoint("POST", "/words")),
        (Unpublished.BANWORDS_REMOVE, "DELETE /words/{word}", Endpoint("DELETE", "/words/{word}")),
        (Unpublished.ACCOUNT_QUEUE, "GET /accounts/{id}/queue", Endpoint("GET", "/accounts/{id}/queue")),
    ],
)
def test_a_path_is_read(call: Unpublished, text: str, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    """Method and path, under the name of the call."""
    assert loaded(monkeypatch, **{call: text}).endpoints == {call: endpoint}


@pytest.mark.parametrize(
    ("call", "text", "reason"),
    [
        (Unpublished.QUEUE_COUNT, "/queue/count", "must begin with GET, POST, PUT or DELETE"),
        (Unpublished.QUEUE_COUNT, "get /queue/count", "must begin with GET, POST, PUT or DELETE"),
        (Unpublished.QUEUE_COUNT, "PATCH /queue/count", "must begin with GET, POST, PUT or DELETE"),
        (Unpublished.QUEUE_COUNT, "GET queue/count", "must be a method and a path"),
        (Unpublished.QUEUE_COUNT, "GET", "must be a method and a path"),
        (Unpublished.QUEUE_COUNT, "GET /", "must be a method and a path"),
        (Unpublished.QUEUE_COUNT, "GET /queue//count", "must be a method and a path"),
        (Unpublished.QUEUE_COUNT, "GET /queue/count?x=1", "must be a method and a path"),
        (Unpublished.QUEUE_COUNT, "GET /queue/%2e%2e/x", "must be a method and a path"),
        (Unpublished.QUEUE_COUNT, "GET /queue count", "must be a method and a path"),
        (Unpublished.QUEUE_COUNT, "GET /api/v1/queue", "must be given without /api/v1"),
        (Unpublished.QUEUE_PAUSE, "POST https://elsewhere.example/pause", "must not name a server"),
        (Unpublished.QUEUE_PAUSE, "POST //elsewhere.example/pause", "must not name a server"),
        (Unpublished.QUEUE_RESUME, "POST /queue/../account", "must not hold . or .."),
        (Unpublished.QUEUE_RESUME, "POST /queue/.", "must not hold . or .."),
        (Unpublished.QUEUE_REBOOT, "POST /queue/{id}", "must not hold braces"),
        (Unpublished.BANWORDS_ADD, "POST /words/{id}", "may hold only {word} in braces"),
        (Unpublished.BANWORDS_REMOVE, "DELETE /words/{word", "may hold only {word} in braces"),
        (Unpublished.ACCOUNT_QUEUE, "GET /accounts/queue", "must hold {id}"),
        (Unpublished.ACCOUNT_QUEUE, "GET /accounts/{id}/{word}", "may hold only {id} in braces"),
    ],
)
def test_a_malformed_path_is_told(call: Unpublished, text: str, reason: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """One line that names the setting and what is wrong with it."""
    [line] = complaints(monkeypatch, **{call: text})
    assert line.startswith(f"{call} is not valid: {reason}")


def test_every_mistake_has_its_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """None hides another."""
    wrong = dict.fromkeys(Unpublished, "nonsense")
    assert [line.split()[0] for line in complaints(monkeypatch, **wrong)] == [*Unpublished]
