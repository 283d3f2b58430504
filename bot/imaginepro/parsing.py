"""Single JSON values of the image API, read without ever raising.

The API's pages, examples and SDKs contradict each other about types and optional fields, so each reader takes
any JSON value and answers with the usable form or with "nothing" (`None`, an empty tuple, an empty dict).
"""

import math
import re
from datetime import UTC, datetime
from typing import cast
from urllib.parse import urlsplit

MAX_REASON_CHARACTERS = 300
REDACTED = "[key]"
_KEY_LIKE = re.compile(
    r"Bearer\s+\S+|\bsk-[\w-]{8,}|\beyJ[\w-]{8,}\.[\w.-]+"
    # Discord's tokens: three parts of Base64, or the older form for accounts with a second factor.
    r"|\b[\w-]{20,}\.[\w-]{5,8}\.[\w-]{25,}|\bmfa\.[\w-]{20,}"
)


def record(value: object) -> dict[str, object]:
    """The JSON object, or an empty one when `value` is anything else."""
    return cast("dict[str, object]", value) if isinstance(value, dict) else {}


def array(value: object) -> list[object] | None:
    """The JSON array, or `None` when `value` is anything else."""
    return list(cast("list[object]", value)) if isinstance(value, list | tuple) else None


def items(value: object) -> list[object]:
    """The entries of the JSON array; none when `value` is anything else."""
    return array(value) or []


def is_empty(value: object) -> bool:
    """True for null and for blank text, which the API uses as often as leaving a field out."""
    return value is None or (isinstance(value, str) and not value.strip())


def text(value: object) -> str | None:
    """The trimmed text, or `None` when there is none.

    NUL and unpaired surrogates are taken out: neither a database nor JSON sent onward could hold them.
    """
    if not isinstance(value, str):
        return None
    return value.encode("utf-8", "ignore").decode().replace("\0", "").strip() or None


def identifier(value: object) -> str | None:
    """An id as text; a number, as some records have it, is written out."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value) if abs(value) < 2**63 else None
    return text(value)


def reason(value: object) -> str | None:
    """The API's explanation, safe to show: one line of at most 300 characters without anything like a key.

    A list, as validation failures may have, is joined by semicolons.
    """
    listed = array(value)
    found = text(value) if listed is None else "; ".join(filter(None, map(text, listed)))
    printable = "".join(character if character.isprintable() else " " for character in found or "")
    line = without_keys(" ".join(printable.split()))
    if len(line) > MAX_REASON_CHARACTERS:
        line = line[: MAX_REASON_CHARACTERS - 1].rstrip() + "…"
    return line or None


def without_keys(line: str) -> str:
    """The text with everything taken out that looks like a key or a token."""
    return _KEY_LIKE.sub(REDACTED, line)


def web_address(value: object) -> str | None:
    """An absolute http or https address, or `None`: nothing else may reach a browser or a download."""
    address = text(value)
    if address is None or any(character.isspace() or not character.isprintable() for character in address):
        return None
    try:
        parts = urlsplit(address)
        usable = parts.scheme in {"http", "https"} and parts.hostname
    except ValueError:
        return None
    return address if usable else None


def web_addresses(value: object) -> tuple[str, ...]:
    """The usable addresses of a list, in their order."""
    return tuple(address for address in map(web_address, items(value)) if address)


def texts(value: object) -> tuple[str, ...]:
    """The texts of a list, in their order."""
    return tuple(found for found in map(text, items(value)) if found)


def labels(value: object) -> tuple[str, ...]:
    """The button labels of a list, in their order, each once."""
    return tuple(dict.fromkeys(label for label in map(text, items(value)) if label))


def number(value: object) -> float | None:
    """A finite number written as number, as text or as text ending in a percent sign."""
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


def moment(value: object) -> datetime | None:
    """A time in UTC from ISO 8601 with `Z`, with an offset, or with neither (then UTC is meant)."""
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


def described(fields: dict[str, object]) -> tuple[str, ...]:
    """The texts in a job's record: its `response.content`, else its prompt, else a `uri` that is a text.

    Where they are is not documented, so the first place with a text is taken. A web address is no prompt.
    """
    content = record(fields.get("response")).get("content")
    places = (content, fields.get("prompt"), fields.get("uri"))
    return next((found for found in map(_texts, places) if found), ())


def _texts(value: object) -> tuple[str, ...]:
    """The entries of a list, or the lines of a text, without the numbers in front."""
    listed = array(value)
    entries = (text(value) or "").splitlines() if listed is None else map(text, listed)
    plain = (_NUMBER.sub("", entry.strip()) for entry in entries if entry)
    return tuple(entry for entry in plain if entry and not web_address(entry))
