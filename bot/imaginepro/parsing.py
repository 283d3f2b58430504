"""Functions that read single JSON values of the image API and never raise.

The API's pages, examples and SDKs contradict each other about types and optional fields. So each function takes any
JSON value and returns it in usable form, or `None`, an empty tuple or an empty dict.
"""

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import cast

from yarl import URL

MAX_REASON_CHARACTERS = 300
REDACTED = "[key]"
_KEY_LIKE = re.compile(
    r"Bearer\s+\S+|\bsk-[\w-]{8,}|\beyJ[\w-]{8,}\.[\w.-]+"
    # Discord's tokens: three parts of Base64, or the older form for accounts with a second factor.
    r"|\b[\w-]{20,}\.[\w-]{5,8}\.[\w-]{25,}|\bmfa\.[\w-]{20,}"
)


def json_object(value: object) -> dict[str, object]:
    """The JSON object, or an empty one when `value` is anything else."""
    return cast("dict[str, object]", value) if isinstance(value, dict) else {}


def json_array(value: object) -> list[object] | None:
    """The JSON array, or `None` when `value` is anything else."""
    return list(cast("list[object]", value)) if isinstance(value, list | tuple) else None


def items(value: object) -> list[object]:
    """The entries of the JSON array; none when `value` is anything else."""
    return json_array(value) or []


def is_empty(value: object) -> bool:
    """Whether the value is null or blank text, both of which the API uses for a missing field."""
    return value is None or (isinstance(value, str) and not value.strip())


def text(value: object) -> str | None:
    """The trimmed text, or `None` when there is none.

    NUL and unpaired surrogates are removed, since databases and JSON can't store them.
    """
    if not isinstance(value, str):
        return None
    return value.encode("utf-8", "ignore").decode().replace("\0", "").strip() or None


def identifier(value: object) -> str | None:
    """The id as text, also when it is a number."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value) if abs(value) < 2**63 else None
    return text(value)


def reason(value: object) -> str | None:
    """The API's error message, safe to show: one line of at most 300 characters without keys.

    A list of messages, as in validation errors, is joined by semicolons.
    """
    listed = json_array(value)
    found = text(value) if listed is None else "; ".join(filter(None, map(text, listed)))
    printable = "".join(character if character.isprintable() else " " for character in found or "")
    line = without_keys(" ".join(printable.split()))
    if len(line) > MAX_REASON_CHARACTERS:
        line = line[: MAX_REASON_CHARACTERS - 1].rstrip() + "…"
    return line or None


def without_keys(line: str) -> str:
    """The text with everything that looks like a key or token replaced."""
    return _KEY_LIKE.sub(REDACTED, line)


def web_url(value: object) -> str | None:
    """The absolute http or https URL, or `None`: nothing else may reach a browser or a download.

    Spaces are quoted: they are sent as they are in the names of files.
    """
    url = (text(value) or "").replace(" ", "%20")
    if any(character.isspace() or not character.isprintable() for character in url):
        return None
    try:
        parts = URL(url)
        usable = parts.scheme in {"http", "https"} and parts.host and parts.port
    except ValueError:
        return None
    return url if usable else None


def web_urls(value: object) -> tuple[str, ...]:
    """The usable URLs of a list, in order."""
    return tuple(url for url in map(web_url, items(value)) if url)


def texts(value: object) -> tuple[str, ...]:
    """The texts of a list, in order."""
    return tuple(found for found in map(text, items(value)) if found)


def labels(value: object) -> tuple[str, ...]:
    """The button labels of a list, in order, without duplicates."""
    return tuple(dict.fromkeys(label for label in map(text, items(value)) if label))


def number(value: object) -> float | None:
    """A finite number given as a number, or as text with or without a percent sign."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        found = float(value.strip().removesuffix("%")) if isinstance(value, str) else float(value)
    except (ValueError, OverflowError):
        return None
    return found if math.isfinite(found) else None


def percent(value: object) -> int | None:
    """Whole percent from 0 to 100, rounded down so that only a finished job shows 100."""
    found = number(value)
    return None if found is None else max(0, min(100, math.floor(found)))


def credit_count(value: object) -> int | None:
    """Whole credits, rounded down."""
    found = number(value)
    return None if found is None else math.floor(found)


def timestamp(value: object) -> datetime | None:
    """The time in UTC of an ISO 8601 text with `Z`, with an offset, or with neither (then it is UTC)."""
    if isinstance(value, datetime):
        found = value
    else:
        try:
            found = datetime.fromisoformat(text(value) or "")
        except ValueError:
            return None
    try:
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except OverflowError:
        return None


# "1️⃣", "2." or "3)" in front of a prompt.
_NUMBER = re.compile(r"^(?:[1-9]\ufe0f?\u20e3|[1-9][.)](?=\s))\s*")


def prompt_texts(fields: Mapping[str, object]) -> tuple[str, ...]:
    """The prompts found by describe, in a job's fields: `response.content`, else `prompt`, else `uri`.

    Which field has them is not documented, so the first one with a text is taken. A URL is no prompt.
    """
    candidates = (_content(fields), fields.get("prompt"), fields.get("uri"))
    return next((found for found in map(_unnumbered_texts, candidates) if found), ())


def has_descriptions(fields: Mapping[str, object]) -> bool:
    """Whether a job's fields hold prompts found by describe, and not just the one prompt that it was made from."""
    return bool(_unnumbered_texts(_content(fields))) or len(prompt_texts(fields)) > 1


def _content(fields: Mapping[str, object]) -> object:
    return json_object(fields.get("response")).get("content")


def _unnumbered_texts(value: object) -> tuple[str, ...]:
    """The entries of a list, or the lines of a text, without leading numbers."""
    listed = json_array(value)
    entries = (text(value) or "").splitlines() if listed is None else map(text, listed)
    plain = (_NUMBER.sub("", entry.strip()) for entry in entries if entry)
    return tuple(entry for entry in plain if entry and not (web_url(entry) and " " not in entry))
