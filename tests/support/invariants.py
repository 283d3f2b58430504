"""What must be true of everything the bot has sent and logged, whatever a test was about."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from playground.discord_server.observe.request_log import LoggedRequest

Body = dict[str, Any]
_PLACES = ("Refused on purpose", "Thread is archived")
"""What is refused with the status of a malformed request though the request is well-formed."""
_MODAL = 9
"""The type of an answer that opens a form, which is no message."""


def complaints(entries: Iterable[LoggedRequest], log: Iterable[str], *, secrets: Iterable[str]) -> list[str]:
    """What is wrong with these requests and log lines, a line each."""
    sent = list(entries)
    return [
        *_malformed(sent),
        *_pinging(sent),
        *_repeated(sent),
        *_leaking([*(json.dumps(entry.body) for entry in sent), *log], tuple(secrets)),
    ]


def _malformed(entries: Iterable[LoggedRequest]) -> Iterator[str]:
    for entry in entries:
        if entry.status == 400 and _response(entry).get("message") not in _PLACES:
            yield f"refused as malformed: {entry.line()}"


def _pinging(entries: Iterable[LoggedRequest]) -> Iterator[str]:
    """Every text leaves with the order to ping nobody."""
    for entry in entries:
        message = _message(entry)
        if message is not None and (message.get("allowed_mentions") or {}).get("parse") != []:
            yield f"may ping somebody: {entry.line()}"


def _repeated(entries: Iterable[LoggedRequest]) -> Iterator[str]:
    """No message is edited to what it shows already, as far as one process knows."""
    shown: dict[str, object] = {}
    for entry in entries:
        if entry.method == "PUT" and entry.route.endswith("/commands"):
            # A new process has registered its commands.
            shown.clear()
        if entry.method == "PATCH" and entry.status == 200:
            message_id = _response(entry)["id"]
            if shown.get(message_id) == entry.body:
                yield f"edited without a change: {entry.line()}"
            shown[message_id] = entry.body


def _leaking(texts: Iterable[str], secrets: tuple[str, ...]) -> Iterator[str]:
    for text in texts:
        if any(secret in text for secret in secrets):
            yield f"holds a secret: {text[:80]}"


def _message(entry: LoggedRequest) -> Body | None:
    """The message in a request's body; None for a request that sends none."""
    body = entry.body if isinstance(entry.body, dict) else {}
    if entry.route.endswith("/callback"):
        body = body.get("data") or {} if body.get("type") != _MODAL else {}
    return body if body.get("content") or body.get("components") else None


def _response(entry: LoggedRequest) -> Body:
    return entry.response if isinstance(entry.response, dict) else {}
