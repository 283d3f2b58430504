"""What a log line may not hold, even if a library puts it there."""

import logging
from typing import Any

import pytest

from bot.app.logging_setup import log_formatter
from bot.settings.model import Settings
from playground.discord_server.observe.ban import ADDRESS, PAGE


def line(record: dict[str, Any], log_format: str) -> str:
    """A record as the log shows it."""
    values = {"discord_token": "token-0123", "imaginepro_api_key": "sk-0123", "log_format": log_format}
    return log_formatter(Settings.model_validate(values)).format(logging.makeLogRecord(record))


def raised(page: str) -> BaseException:
    """An error as a library raises it, with its traceback."""
    with pytest.raises(ValueError, match="429") as caught:
        raise ValueError(f"429 Too Many Requests: {page}")
    return caught.value


@pytest.mark.parametrize("log_format", ["console", "json"])
@pytest.mark.parametrize("page", [PAGE, PAGE.partition("</html>")[0], PAGE.partition("\n")[2], PAGE.upper()])
def test_pages_are_cut_out(log_format: str, page: str) -> None:
    """In the text, in an argument, and in an error whose traceback is shown; what stands around them stays."""
    error = raised(page)
    info = (type(error), error, error.__traceback__)
    shown = line({"msg": "an edit failed: %s", "args": (page,), "exc_info": info, "note": page}, log_format)
    assert "an edit failed: [a web page]" in shown
    assert "429 Too Many Requests: [a web page]" in shown
    assert "Traceback" in shown
    assert ADDRESS not in shown
    assert "<" not in shown.replace("<module>", "")


@pytest.mark.parametrize("log_format", ["console", "json"])
def test_other_lines_stay_as_they_are(log_format: str) -> None:
    """A smaller-than sign alone makes no page."""
    assert "1 < 2 and <b> of <htmlx>" in line({"msg": "1 < 2 and <b> of <htmlx>"}, log_format)
