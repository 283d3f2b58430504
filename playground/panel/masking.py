"""What the panel may show of a request: nothing secret, nothing endless."""

import math
import re
from typing import Any

MASK = "•••"
SECRET_FIELDS = frozenset({"token", "authorization", "secret", "apiKey", "api_key"})
_WEBHOOK = re.compile(r"(/hooks/)[^\s\"?#]+")
_SNOWFLAKE = re.compile(r"/\d{15,}")
_UUID = re.compile(r"([0-9a-f]{8})-[0-9a-f-]{27}")
_LONGEST_TEXT = 400
_MOST_ITEMS = 25
_DEEPEST = 16


def masked_path(template: str, path: str) -> str:
    """The path, with a mask wherever its template has a token."""
    parts, shown = template.strip("/").split("/"), path.strip("/").split("/")
    rest = shown[-len(parts) :]
    return "/" + "/".join(MASK if part == "{token}" else each for part, each in zip(parts, rest, strict=False))


def compact(path: str) -> str:
    """The path in short: ids as an ellipsis, or by their beginning."""
    return _UUID.sub(r"\1…", _SNOWFLAKE.sub("/…", path.replace(MASK, "…")))


def presentable(value: Any, depth: int = 0) -> Any:
    """The JSON value with secrets masked, and long texts and lists cut with a word on how much there was."""
    match value:
        case dict() | list() | tuple() if depth > _DEEPEST:
            return "…"
        case dict():
            return {name: _field(name, each, depth + 1) for name, each in value.items()}
        case list() | tuple():
            kept = [presentable(each, depth + 1) for each in value[:_MOST_ITEMS]]
            return kept if len(value) <= _MOST_ITEMS else [*kept, f"… {len(value) - _MOST_ITEMS} more"]
        case str():
            return shortened(_WEBHOOK.sub(rf"\1{MASK}", value))
        case float() if not math.isfinite(value):
            return str(value)  # JSON has no word for it
    return value


def shortened(text: str, longest: int = _LONGEST_TEXT) -> str:
    """The beginning of a text that is longer than that, and its length."""
    return text if len(text) <= longest else f"{text[:longest]}… ({len(text)} characters)"


def _field(name: str, value: Any, depth: int) -> Any:
    return MASK if name in SECRET_FIELDS and value else presentable(value, depth)
