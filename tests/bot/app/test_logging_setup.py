"""Log lines hold no secret, in either format and in any spelling that libraries write."""

import json
import logging
import sys
from collections.abc import Callable, Iterator
from typing import Any, Literal

import pytest

from bot.app.logging_setup import configure_logs
from bot.settings.model import Settings
from bot.store import Database

PASSWORD = 'p"ä\\ss w0rd'
PROXY_PASSWORD = "proxy:päss"  # with a colon and a letter outside of ASCII
BASIC = "bWU6cHJveHk6cORzcw=="
WRITTEN = "p%22%C3%A4%5Css%20w0rd"


@pytest.fixture
def lines(
    capfd: pytest.CaptureFixture[str],
) -> Iterator[Callable[[Literal["console", "json"]], Callable[[], str]]]:
    """Configures the logs in a format; the function that it returns reads what was written since."""
    root, engine = logging.getLogger(), logging.getLogger("dbos")
    before = root.handlers, root.level, engine.handlers, engine.propagate, sys.excepthook

    def configured(log_format: Literal["console", "json"]) -> Callable[[], str]:
        configure_logs(settings(log_format=log_format))
        return lambda: capfd.readouterr().err

    yield configured
    root.handlers, root.level, engine.handlers, engine.propagate, sys.excepthook = before


def settings(**values: Any) -> Settings:
    """Settings with passwords that every format escapes."""
    known = {
        "discord_token": "token-of-the-bot",
        "imaginepro_api_key": 'sk-a"b\\c-1234',
        "database_url": f"postgresql://bot:{WRITTEN}@host/name?sslpassword=for-the-file",
        "proxy_url": "http://me:proxy%3Ap%C3%A4ss@proxy.example:3128",
    }
    return Settings.model_validate(known | values)


@pytest.mark.parametrize("log_format", ["console", "json"])
def test_no_line_holds_a_secret(
    log_format: Literal["console", "json"], lines: Callable[[Literal["console", "json"]], Callable[[], str]]
) -> None:
    """Plain, in fields, quoted by `repr`, in URLs, in headers, in tracebacks."""
    written = lines(log_format)
    known = settings()
    for secret in (PASSWORD, 'sk-a"b\\c-1234', "token-of-the-bot", PROXY_PASSWORD, "for-the-file"):
        logging.getLogger("some.library").error("failed: %s, %r", secret, secret, extra={"body": {"key": secret}})
        try:
            int(json.dumps({"key": secret}))
        except ValueError:
            logging.getLogger("other").exception("broke off")
    logging.getLogger("urls").error("at %s", known.database_url.get_secret_value())
    logging.getLogger("urls").error("by %s with Basic %s", "http://me:proxy%3Ap%C3%A4ss@proxy.example:3128", BASIC)
    text = written()
    for part in ("w0rd", "b\\c", "c-1234", "token-of", "proxy:p", "proxy%3A", "ss@proxy", "bWU6", "for-the", "ss%20"):
        assert part not in text
    assert text.count("[hidden]") >= 17


def test_an_error_that_ends_the_bot_is_logged(
    lines: Callable[[Literal["console", "json"]], Callable[[], str]],
) -> None:
    """Python's own way of printing it would show the message as it is."""
    written = lines("json")
    error = RuntimeError("can't use postgresql with token-of-the-bot")
    sys.excepthook(RuntimeError, error, None)
    line = json.loads(written())
    assert (line["level"], "token-of-the-bot" in json.dumps(line)) == ("critical", False)


@pytest.mark.parametrize("name", ["password", "sslpassword"])
def test_a_password_in_the_query_is_not_shown(name: str) -> None:
    """Neither by `repr` nor in the name of the database, which `check` prints."""
    url = f"postgresql://bot@127.0.0.1/bot?{name}=hunter2secret&connect_timeout=3"
    database = Database(url)
    assert "hunter2" not in f"{database!r} {database.name}"
    assert database.name == "postgresql+psycopg://bot@127.0.0.1/bot?connect_timeout=3"
    assert "hunter2secret" in settings(database_url=url).secrets
