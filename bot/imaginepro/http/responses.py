"""What an answer of the image API means: its decoded body, or the error it stands for."""

import math
import re
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus

import orjson

from bot.imaginepro import parsing as wire
from bot.imaginepro.errors import (
    Busy,
    CreditsUsedUp,
    Forbidden,
    KeyRefused,
    PromptRefused,
    QueueFull,
    RequestRefused,
    ServerFault,
    StatusError,
    UnknownJob,
)
from bot.imaginepro.http.redaction import redacted
from bot.imaginepro.http.transport import Answer, Call
from bot.redaction import Redactor

# Parts of the texts the API refuses a prompt with, seen at submission.
_PROMPT_REFUSALS = (
    "against our community standards",
    "cancelled due to image filters",
    "the prompt has blocked words",
)
_PLAIN: dict[int, type[StatusError]] = {401: KeyRefused, 402: CreditsUsedUp}
# The server did not receive the whole request, or answers "not yet".
_UNFINISHED = {408, 425}
_STATUSES = {status.value for status in HTTPStatus}
_NO_SUCH_ID = {400, 404, 410, 422}
_RECORD_FIELDS = frozenset({"status", "progress", "uri", "images", "buttons"})
_NO_JOB = re.compile(
    r"^not found\b|\b(?:message|job|task|id)\b.{0,50}\b(?:not found|not exist|unknown|invalid)\b"
    r"|\b(?:unknown|invalid|no such) (?:message|job|task|id)\b",
    re.IGNORECASE,
)


def decoded(raw: bytes, redact: Redactor) -> object:
    """The JSON value in `raw` without the key; raises ValueError when there is none.

    The key is removed here, once, so that no text of a model or an error can hold it.
    """
    value: object = orjson.loads(raw.removeprefix(b"\xef\xbb\xbf"))
    try:
        plain = orjson.dumps(value)
    except TypeError as error:  # nested too deeply
        raise ValueError("unreadable JSON") from error
    return redacted(value, redact) if redact.finds_any(plain.decode()) else value


def reason_in(body: object, status: int) -> str | None:
    """The API's own explanation: `message`, else `error` when it says more than the HTTP phrase does."""
    fields = wire.json_object(body)
    nested = wire.json_object(fields.get("error")).get("message")
    candidates = map(wire.reason, (fields.get("message"), fields.get("error"), nested))
    return next((found for found in candidates if found and not _is_phrase(found, status)), None)


def _is_phrase(text: str, status: int) -> bool:
    return status in _STATUSES and text.casefold().rstrip(".") == HTTPStatus(status).phrase.casefold()


def is_refusal(call: Call, body: object) -> bool:
    """Whether the body of a 2xx answer says that the call had no effect.

    A job's record with `success: false` is an answer: the job has failed. One that says nothing but that there is no
    such job is as good as a 404, and one that only names an error of the server is no answer about the job.
    """
    if call.reads_job:
        return _knows_no_job(body) or _named_trouble(body) is not None
    return wire.json_object(body).get("success") is False


def _knows_no_job(body: object) -> bool:
    fields = wire.json_object(body)
    return _RECORD_FIELDS.isdisjoint(fields) and _NO_JOB.search(reason_in(body, 200) or "") is not None


def _named_trouble(body: object) -> int | None:
    """The status that the body of an error names, if it passes by itself: 429, or 500 and above."""
    fields = wire.json_object(body)
    status = fields.get("statusCode") if _RECORD_FIELDS.isdisjoint(fields) else None
    return status if isinstance(status, int) and (status == 429 or 500 <= status < 600) else None


def refusal(call: Call, answer: Answer, body: object) -> StatusError:
    """The error this answer stands for: not 2xx, or 2xx with a body that `is_refusal`."""
    trouble = _named_trouble(body) if call.reads_job and answer.ok else None
    answer = answer if trouble is None else replace(answer, status=trouble)
    status, reason = answer.status, reason_in(body, answer.status)
    if reason and any(refused in reason.casefold() for refused in _PROMPT_REFUSALS):
        text = f"ImaginePro refused this prompt: “{reason}” Reword it and try again."
        return PromptRefused(text, status=status, reason=reason)
    plain = UnknownJob if _is_unknown(call, answer) else _PLAIN.get(status)
    if plain:
        return plain(status=status, reason=reason)
    if status == 403:
        return _forbidden(status, reason)
    if status == 429:
        return Busy(status=status, reason=reason, retry_after=seconds_until(answer.retry_after))
    if answer.ok or (400 <= status < 500 and status not in _UNFINISHED):
        return _request_refused(call, status, reason)
    return ServerFault(status=status, reason=reason, may_have_created=call.creates)


def _is_unknown(call: Call, answer: Answer) -> bool:
    """Whether the API does not know the job. A read sends nothing but the id, so that is all that can be wrong."""
    return (answer.status == 404 and call.of_job) or (call.reads_job and (answer.ok or answer.status in _NO_SUCH_ID))


def _forbidden(status: int, reason: str | None) -> StatusError:
    if reason and "queue" in reason.casefold():
        return QueueFull(status=status, reason=reason)
    text = f"ImaginePro does not allow this request: “{reason}”" if reason else None
    return Forbidden(text, status=status, reason=reason)


def _request_refused(call: Call, status: int, reason: str | None) -> RequestRefused:
    text = f"ImaginePro did not accept this request: “{reason}”" if reason else RequestRefused.sentence
    return RequestRefused(f"{text} {call.hint}" if call.hint else text, status=status, reason=reason)


def seconds_until(retry_after: str | None) -> float | None:
    """Seconds in a Retry-After header, which holds seconds or a date; `None` when it holds neither."""
    if not retry_after:
        return None
    try:
        seconds = float(retry_after)
    except ValueError:
        seconds = _seconds_until_date(retry_after)
    return max(0.0, seconds) if math.isfinite(seconds) else None


def _seconds_until_date(text: str) -> float:
    try:
        when = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return math.nan
    return ((when if when.tzinfo else when.replace(tzinfo=UTC)) - datetime.now(UTC)).total_seconds()
