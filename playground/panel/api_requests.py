"""What the bot asked of the API, as rows and in full."""

from typing import Any

from playground.imaginepro import Simulator
from playground.imaginepro.request_log import LoggedRequest

from .masking import compact, presentable, shortened

Row = dict[str, Any]
KEPT = 200
_SUBJECT = 80
_PREFIX = "/api/v1"


class ApiRequests:
    """The requests that are new to one panel, or whose end is."""

    def __init__(self, api: Simulator) -> None:
        self._request_log = api.request_log
        self._next = max(0, len(self._request_log) - KEPT)
        self._open: list[int] = []

    def news(self) -> list[Row]:
        """Rows that are new or have changed since the last call."""
        begun = range(max(self._next, len(self._request_log) - KEPT), len(self._request_log))
        ended = [number for number in self._open if self._request_log[number].ended is not None]
        self._next = len(self._request_log)
        self._open = [number for number in (*self._open, *begun) if self._request_log[number].ended is None]
        return [row(each, self._request_log[each]) for each in (*ended, *begun) if not self._request_log[each].browser]


def details(api: Simulator, number: int) -> dict[str, Any] | None:
    """Body and answer of a request; None when there is none of that number."""
    if not 0 <= number < len(api.request_log):
        return None
    entry = api.request_log[number]
    return {"path": shown_path(entry), "body": presentable(entry.body), "answer": presentable(entry.answer)}


def row(number: int, entry: LoggedRequest) -> Row:
    """The request in a line."""
    taken = None if entry.ended is None else round((entry.ended - entry.time) * 1000)
    return {
        "number": number,
        "time": entry.time,
        "method": entry.method,
        "path": compact(shown_path(entry)),
        "status": "cut" if entry.cut else entry.status,
        "ms": taken,
        "subject": shortened(_subject(entry), _SUBJECT),
    }


def shown_path(entry: LoggedRequest) -> str:
    """The path without what all have in common."""
    return entry.path.removeprefix(_PREFIX)


def _subject(entry: LoggedRequest) -> str:
    body = entry.body if isinstance(entry.body, dict) else {}
    answer = entry.answer if isinstance(entry.answer, dict) else {}
    said = [body.get("button"), body.get("prompt"), body.get("messageId")]
    if "status" in answer or "progress" in answer:
        said = [answer.get("status"), *([f"{answer['progress']} %"] if "progress" in answer else [])]
    elif entry.status is not None and entry.status >= 400:
        said = [answer.get("message")]
    return " ".join(str(presentable(word)) for word in said if word)
