"""Settings of keys, limits and the operator's commands: what is accepted, and the line for each mistake."""

from pathlib import Path

import pytest

from bot.settings.model import Settings, SettingsError, load_settings
from bot.settings.unpublished_endpoints import Endpoint, UnpublishedCall
from bot.store import Database


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The two settings that are needed, and no .env file."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DISCORD_TOKEN", "token")
    monkeypatch.setenv("IMAGINEPRO_API_KEY", "sk-key-0123")
    for name in ("IMAGINEPRO_DIY", "OPERATOR_GUILD_ID", *UnpublishedCall):
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


@pytest.mark.parametrize(
    ("text", "version"), [("8.2", "8.2"), ("v7", "7"), ("--v 6.1", "6.1"), ("niji 7", "niji 7"), ("Niji7", "niji 7")]
)
def test_the_account_s_version_is_read(text: str, version: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """In any spelling; without it none is known."""
    assert loaded(monkeypatch, MIDJOURNEY_VERSION=text).midjourney_version == version
    assert loaded(monkeypatch, MIDJOURNEY_VERSION="").midjourney_version is None


@pytest.mark.parametrize("text", ["newest", "8.2.1", "niji", "-1"])
def test_the_account_s_version_is_a_number(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Anything else is a mistake with a line of its own."""
    [line] = complaints(monkeypatch, MIDJOURNEY_VERSION=text)
    assert line == (
        "MIDJOURNEY_VERSION is not valid: must be the number of a version, such as 8.2, or niji with a number, "
        "such as niji 7."
    )


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
        (UnpublishedCall.QUEUE_COUNT, "GET /queue/count", Endpoint("GET", "/queue/count")),
        (UnpublishedCall.QUEUE_PAUSE, "  PUT   /a-b_c/~d.e  ", Endpoint("PUT", "/a-b_c/~d.e")),
        (UnpublishedCall.BANWORDS_ADD, "POST /words", Endpoint("POST", "/words")),
        (UnpublishedCall.BANWORDS_REMOVE, "DELETE /words/{word}", Endpoint("DELETE", "/words/{word}")),
        (UnpublishedCall.ACCOUNT_QUEUE, "GET /accounts/{id}/queue", Endpoint("GET", "/accounts/{id}/queue")),
    ],
)
def test_a_path_is_read(call: UnpublishedCall, text: str, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    """Method and path, under the name of the call."""
    assert loaded(monkeypatch, **{call: text}).endpoints == {call: endpoint}


@pytest.mark.parametrize(
    ("call", "text", "reason"),
    [
        (UnpublishedCall.QUEUE_COUNT, "/queue/count", "must begin with GET, POST, PUT or DELETE"),
        (UnpublishedCall.QUEUE_COUNT, "get /queue/count", "must begin with GET, POST, PUT or DELETE"),
        (UnpublishedCall.QUEUE_COUNT, "PATCH /queue/count", "must begin with GET, POST, PUT or DELETE"),
        (UnpublishedCall.QUEUE_COUNT, "GET queue/count", "must be a method and a path"),
        (UnpublishedCall.QUEUE_COUNT, "GET", "must be a method and a path"),
        (UnpublishedCall.QUEUE_COUNT, "GET /", "must be a method and a path"),
        (UnpublishedCall.QUEUE_COUNT, "GET /queue//count", "must be a method and a path"),
        (UnpublishedCall.QUEUE_COUNT, "GET /queue/count?x=1", "must be a method and a path"),
        (UnpublishedCall.QUEUE_COUNT, "GET /queue/%2e%2e/x", "must be a method and a path"),
        (UnpublishedCall.QUEUE_COUNT, "GET /queue count", "must be a method and a path"),
        (UnpublishedCall.QUEUE_COUNT, "GET /api/v1/queue", "must be given without /api/v1"),
        (UnpublishedCall.QUEUE_PAUSE, "POST https://elsewhere.example/pause", "must not name a server"),
        (UnpublishedCall.QUEUE_PAUSE, "POST //elsewhere.example/pause", "must not name a server"),
        (UnpublishedCall.QUEUE_RESUME, "POST /queue/../account", "must not hold . or .."),
        (UnpublishedCall.QUEUE_RESUME, "POST /queue/.", "must not hold . or .."),
        (UnpublishedCall.QUEUE_REBOOT, "POST /queue/{id}", "must not hold braces"),
        (UnpublishedCall.BANWORDS_ADD, "POST /words/{id}", "may hold only {word} in braces"),
        (UnpublishedCall.BANWORDS_REMOVE, "DELETE /words/{word", "may hold only {word} in braces"),
        (UnpublishedCall.ACCOUNT_QUEUE, "GET /accounts/queue", "must hold {id}"),
        (UnpublishedCall.ACCOUNT_QUEUE, "GET /accounts/{id}/{word}", "may hold only {id} in braces"),
    ],
)
def test_a_malformed_path_is_told(
    call: UnpublishedCall, text: str, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One line that names the setting and what is wrong with it."""
    [line] = complaints(monkeypatch, **{call: text})
    assert line.startswith(f"{call} is not valid: {reason}")


def test_every_mistake_has_its_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """None hides another."""
    wrong = dict.fromkeys(UnpublishedCall, "nonsense")
    assert [line.split()[0] for line in complaints(monkeypatch, **wrong)] == [*UnpublishedCall]


@pytest.mark.parametrize("text", ["sk-a,sk-b,sk-c", " sk-a , sk-b ,sk-c, ", "sk-a,,sk-b,sk-a,sk-c,sk-b"])
def test_several_keys_have_commas_between_them(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """In their order, each once; spaces and commas too many are forgiven."""
    keys = loaded(monkeypatch, IMAGINEPRO_API_KEY=text).api_keys
    assert [key.get_secret_value() for key in keys] == ["sk-a", "sk-b", "sk-c"]


@pytest.mark.parametrize(("text", "reason"), [("sk-a,sk b", "one word"), (" , ", "empty"), ("sk-a,sk-ä", "one word")])
def test_a_key_among_several_that_is_none(text: str, reason: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is told, and not repeated."""
    [line] = complaints(monkeypatch, IMAGINEPRO_API_KEY=text)
    assert line.startswith("IMAGINEPRO_API_KEY is not valid: ")
    assert reason in line
    assert "sk" not in line


def test_every_key_is_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    """By itself, so that a log line which holds one of them is found out; and no print shows any."""
    settings = loaded(monkeypatch, IMAGINEPRO_API_KEY="sk-a1,sk-b2", DATABASE_URL="postgresql://bot:pa55word@host/name")
    assert set(settings.secrets) == {"token", "sk-a1", "sk-b2", "pa55word"}
    shown = f"{settings!r} {settings.api_keys!r} {settings.model_dump()!r}"
    assert [secret for secret in ("sk-a1", "sk-b2", "pa55word") if secret in shown] == []


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("postgresql://bot:p%40ss%2Fword@host/name", {"p@ss/word", "p%40ss%2Fword"}),
        ("postgresql://bot:a:b/c?d@host/name", {"a:b/c?d"}),
        ("postgresql://bot@host/name?password=in-the-query&sslpassword=of-the-key", {"in-the-query", "of-the-key"}),
        ("postgresql://b@t:hunter2@host/name?user=a@b", {"hunter2"}),
        ("postgresql://bot@host/name", set[str]()),
        ("sqlite:///data/a:b@c.db", set[str]()),
    ],
)
def test_every_password_of_the_database_is_a_secret(url: str, found: set[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Before the host and in the query, decoded and as written."""
    assert set(loaded(monkeypatch, DATABASE_URL=url).secrets) == {"token", "sk-key-0123"} | found


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://bot:hunter2@hunter3@host/name",
        "postgresql://bot:hunter2@hunter3/x@host/name",
        "postgresql://bot:hunter2@hunter3?x@host/name",
    ],
)
def test_an_at_sign_in_a_password_is_explained(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The rest of the password would be taken for the host, and shown."""
    [line] = complaints(monkeypatch, DATABASE_URL=url)
    assert line.startswith("DATABASE_URL is not valid: must hold one @, before the host")
    assert "%40" in line
    assert "hunter" not in line


def test_a_public_url_leaves_room_for_a_ticket(monkeypatch: pytest.MonkeyPatch) -> None:
    """Links to the editor are buttons, whose URL has a limit."""
    longest = "https://bot.example/" + "x" * 280
    assert loaded(monkeypatch, PUBLIC_URL=longest).public_url == longest
    [line] = complaints(monkeypatch, PUBLIC_URL=longest + "x")
    assert line.startswith("PUBLIC_URL is not valid: must have at most 300 characters")


def test_limits_have_defaults_and_can_be_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """How many may run at once is up to the account, unless it is said."""

    def limits(settings: Settings) -> list[int | None]:
        running = [settings.jobs_at_once, settings.member_running, settings.guild_running]
        return [*running, settings.member_waiting, settings.guild_waiting]

    assert limits(loaded(monkeypatch)) == [None, 3, 12, 20, 200]
    names = ("JOBS_AT_ONCE", "MEMBER_RUNNING", "GUILD_RUNNING", "MEMBER_WAITING", "GUILD_WAITING")
    values = {name: str(number) for number, name in enumerate(names, 1)}
    assert limits(loaded(monkeypatch, **values)) == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("name", ["JOBS_AT_ONCE", "MEMBER_RUNNING", "GUILD_RUNNING", "MEMBER_WAITING", "GUILD_WAITING"])
def test_a_limit_lets_somebody_through(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """None would mean that nothing is ever sent."""
    [line] = complaints(monkeypatch, **{name: "0"})
    assert line.startswith(f"{name} is not valid: ")


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgres+psycopg", "postgresql+asyncpg"])
def test_addresses_of_postgresql_as_platforms_give_them(scheme: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The bot's own driver is used in place of the one in the address."""
    given = loaded(monkeypatch, DATABASE_URL=f" {scheme}://bot:pa55word@host:5433/name?sslmode=require ").database_url
    opened = Database(given.get_secret_value())
    assert opened.workflow_url == "postgresql://bot:pa55word@host:5433/name?sslmode=require"
    assert opened.name == "postgresql+psycopg://bot:***@host:5433/name?sslmode=require"


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("postgresql://bot:correct@horse@host/name", "must hold one @, before the host; in a password write @ as %40"),
        ("postgresql://bot:p@host", "must end with the name of the database"),
        ("postgresql://bot:p@host/", "must end with the name of the database"),
        ("postgresql://bot:p@host:port/name", "must look like"),
        ("postgresql://bot:p@host:99999/name", "must have a port from 1 to 65535"),
        ("mysql://bot:p@host/name", "must look like"),
        ("bot.db", "must look like"),
        ("sqlite://data/bot.db", "must have three slashes"),
        ("sqlite://", "must name a file"),
        ("sqlite:///:memory:", "must name a file"),
    ],
)
def test_a_malformed_database_url(url: str, reason: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """One line that does not repeat it: it may hold a password."""
    [line] = complaints(monkeypatch, DATABASE_URL=url)
    assert line.startswith(f"DATABASE_URL is not valid: {reason}")
    assert "horse" not in line


def test_quotation_marks_of_an_env_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """`docker run --env-file` keeps them as part of the value."""
    quoted = {
        "DISCORD_TOKEN": '"token.x"',
        "IMAGINEPRO_API_KEY": "'sk-key-1'",
        "DATABASE_URL": '"postgres://bot@host/name"',
        "JOBS_AT_ONCE": '"3"',
        "SHARD_IDS": "'0-1'",
        "SHARD_COUNT": "'2'",
    }
    settings = loaded(monkeypatch, **quoted)
    assert settings.discord_token.get_secret_value() == "token.x"
    assert [key.get_secret_value() for key in settings.api_keys] == ["sk-key-1"]
    assert settings.database_url.get_secret_value() == "postgresql://bot@host/name"
    assert (settings.jobs_at_once, settings.shards.ids) == (3, (0, 1))


@pytest.mark.parametrize(
    ("name", "value", "expected"), [("LOG_LEVEL", "debug", "DEBUG"), ("LOG_FORMAT", "JSON", "json")]
)
def test_words_in_any_case(name: str, value: str, expected: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Other programs take them so."""
    assert getattr(loaded(monkeypatch, **{name: value}), name.lower()) == expected


def test_a_log_level_that_does_not_exist(monkeypatch: pytest.MonkeyPatch) -> None:
    """The line has those that do."""
    [line] = complaints(monkeypatch, LOG_LEVEL="loud")
    assert line == "LOG_LEVEL is not valid: input should be 'DEBUG', 'INFO', 'WARNING' or 'ERROR'."


def test_an_env_file_that_is_no_text(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """As some editors on Windows save it."""
    (tmp_path / ".env").write_bytes("DISCORD_TOKEN=fähig".encode("utf-16"))
    assert complaints(monkeypatch) == ["The .env file can't be read: save it as plain text in UTF-8."]


def test_an_env_file_of_another_user(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The line says whom to let read it."""

    def refused(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    (tmp_path / ".env").write_text("DISCORD_TOKEN=x", encoding="utf-8")
    monkeypatch.setattr("pydantic_settings.sources.providers.dotenv.dotenv_values", refused)
    [line] = complaints(monkeypatch)
    assert line.startswith("The .env file can't be read (permission denied): let the user ")
