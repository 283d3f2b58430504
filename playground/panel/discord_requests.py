"""What the bot asked of Discord, as rows and in full."""

import re
from typing import Any

from playground.discord_server.observe.request_log import LoggedRequest, RequestLog

from .masking import compact, masked_path, presentable, shortened

Row = dict[str, Any]
KEPT = 200
_SUBJECT = 80
_DEEPEST = 16
_MARKDOWN = re.compile(r"\*\*|^-# |^#+ |<[^<>]*>")
_CALLBACKS = {4: "reply", 5: "reply later", 6: "update later", 7: "update", 8: "suggestions", 9: "form"}


class DiscordRequests:
    """The requests that are new to one panel."""

    def __init__(self, request_log: RequestLog) -> None:
        self._request_log = request_log
        self._told = max(0, request_log.total - KEPT)

    def news(self) -> list[Row]:
        """Rows that are new since the last call."""
        request_log, first = self._request_log, max(self._told, self._request_log.total - KEPT)
        self._told = request_log.total
        forgotten = request_log.total - len(request_log)
        return [row(number, request_log[number - forgotten]) for number in range(first, request_log.total)]


def details(request_log: RequestLog, number: int) -> dict[str, Any] | None:
    """Body, files and answer of a request; None when it is not kept."""
    at = number - (request_log.total - len(request_log))
    if not 0 <= at < len(request_log):
        return None
    entry = request_log[at]
    body = presentable(entry.body)
    shown = {"body": body, "files": presentable(entry.files)} if entry.files else {"body": body}
    return {"path": masked_path(entry.route, entry.path), **shown, "answer": presentable(entry.response)}


def row(number: int, entry: LoggedRequest) -> Row:
    """The request in a line."""
    return {
        "number": number,
        "time": entry.time - entry.seconds,
        "method": entry.method,
        "path": compact(masked_path(entry.route, entry.path)),
        "status": entry.status,
        "ms": round(entry.seconds * 1000),
        "subject": shortened(_subject(entry), _SUBJECT),
    }


def _subject(entry: LoggedRequest) -> str:
    if entry.status >= 400 and isinstance(entry.response, dict):
        return str(entry.response.get("message", ""))
    said = _ends(presentable(_first_content(entry.body, 0)))
    if entry.route.endswith("/callback") and isinstance(entry.body, dict):
        said.insert(0, _CALLBACKS.get(entry.body.get("type", 0), ""))
    if entry.files:
        said.append("1 file" if len(entry.files) == 1 else f"{len(entry.files)} files")
    return " · ".join(word for word in said if word)


def _ends(text: str) -> list[str]:
    """The first line and the last without their markdown: what is made, and how far it is."""
    lines = [" ".join(_MARKDOWN.sub("", line).split()) for line in text.splitlines()]
    return [lines[0], lines[-1]] if len(lines) > 1 else lines


def _first_content(value: Any, depth: int) -> str:
    """The first text of a message, wherever it is among its components."""
    if depth > _DEEPEST:
        return ""
    if isinstance(value, dict):
        if isinstance(value.get("content"), str) and value["content"]:
            return value["content"]
        value = list(value.values())
    if isinstance(value, list):
        return next(filter(None, (_first_content(each, depth + 1) for each in value)), "")
    return ""
