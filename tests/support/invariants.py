"""Rules that every request and log line of the bot must keep, in every test."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from playground.discord_server.base.errors import REASONS
from playground.discord_server.observe.request_log import LoggedRequest

Body = dict[str, Any]
_EXPECTED_REFUSALS = (
    "Refused on purpose",
    "Thread is archived",
    "Message was blocked by automatic moderation",
    "Message blocked by harmful links filter",
    REASONS["entry_point_left_out"][2],
)
"""Messages of 400 answers to well-formed requests."""
_ALREADY_ANSWERED = 40060
_MODAL = 9
"""The type of a response that opens a modal and therefore holds no message."""


def violations(entries: Iterable[LoggedRequest], log: Iterable[str], *, secrets: Iterable[str]) -> list[str]:
    """One line for each broken rule in these requests and log lines."""
    sent = list(entries)
    return [
        *_malformed(sent),
        *_pinging(sent),
        *_repeated(sent),
        *_leaking([*(json.dumps(entry.body) for entry in sent), *log], tuple(secrets)),
    ]


def _malformed(entries: Iterable[LoggedRequest]) -> Iterator[str]:
    unconfirmed: set[str] = set()
    for entry in entries:
        if entry.status == 0 or entry.status >= 500:
            unconfirmed.add(entry.path)
        # The bot can't know that the first of the two had its effect.
        known = entry.path in unconfirmed and _response(entry).get("code") == _ALREADY_ANSWERED
        if entry.status == 400 and _response(entry).get("message") not in _EXPECTED_REFUSALS and not known:
            yield f"refused as malformed: {entry.line()}"


def _pinging(entries: Iterable[LoggedRequest]) -> Iterator[str]:
    """Messages whose allowed_mentions do not switch off every mention."""
    for entry in entries:
        message = _message(entry)
        if message is not None and (message.get("allowed_mentions") or {}).get("parse") != []:
            yield f"may ping somebody: {entry.line()}"


def _repeated(entries: Iterable[LoggedRequest]) -> Iterator[str]:
    """Edits by which one process replaces a message with what it already shows."""
    shown: dict[str, object] = {}
    for entry in entries:
        if entry.method == "GET" and entry.route.endswith("/users/@me"):
            # A new process logs in, and does not know what the last one has shown.
            shown.clear()
        # An edit without components resets the menus of a message, and changes nothing on purpose.
        if entry.method == "PATCH" and entry.status == 200 and _message(entry) is not None:
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
