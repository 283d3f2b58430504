"""API calls that are not documented: the names of their settings, and the format of the values."""

import re
from dataclasses import dataclass
from enum import StrEnum

METHODS = ("GET", "POST", "PUT", "DELETE")
_PATH = re.compile(r"(?:/[\w.~{}-]+)+", re.ASCII)
_PLACEHOLDER = re.compile(r"\{[^{}]*\}")


class UnpublishedCall(StrEnum):
    """The undocumented calls; each value is the name of the setting with its method and path."""

    QUEUE_COUNT = "IMAGINEPRO_QUEUE_COUNT_PATH"
    QUEUE_PAUSE = "IMAGINEPRO_QUEUE_PAUSE_PATH"
    QUEUE_RESUME = "IMAGINEPRO_QUEUE_RESUME_PATH"
    QUEUE_REBOOT = "IMAGINEPRO_QUEUE_REBOOT_PATH"
    BANWORDS_SHOW = "IMAGINEPRO_BANWORDS_SHOW_PATH"
    BANWORDS_ADD = "IMAGINEPRO_BANWORDS_ADD_PATH"
    BANWORDS_REMOVE = "IMAGINEPRO_BANWORDS_REMOVE_PATH"
    ACCOUNT_QUEUE = "IMAGINEPRO_ACCOUNT_QUEUE_PATH"


# The placeholder that a path may contain. Only the account's id is required there.
_FIELDS = {
    UnpublishedCall.BANWORDS_ADD: "word",
    UnpublishedCall.BANWORDS_REMOVE: "word",
    UnpublishedCall.ACCOUNT_QUEUE: "id",
}


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A method and a path below /api/v1, which may contain `{id}` or `{word}`."""

    method: str
    path: str


def parse_endpoint(call: UnpublishedCall, text: str) -> Endpoint:
    """The endpoint in a text like `GET /queue/count`; raises ValueError with the reason."""
    method, _, path = text.strip().partition(" ")
    path = path.strip()
    if method not in METHODS:
        raise ValueError("must begin with GET, POST, PUT or DELETE, as in GET /queue/count")
    if "://" in path or path.startswith("//"):
        raise ValueError("must not name a server: it is always asked at IMAGINEPRO_BASE_URL")
    if any(part in {".", ".."} for part in path.split("/")):
        raise ValueError("must not hold . or .. between slashes")
    if not _PATH.fullmatch(path):
        raise ValueError("must be a method and a path that starts with /, as in GET /queue/count")
    if path.startswith("/api/v1/"):
        raise ValueError("must be given without /api/v1, as in GET /queue/count")
    _check_placeholders(path, _FIELDS.get(call), needed=call is UnpublishedCall.ACCOUNT_QUEUE)
    return Endpoint(method, path)


def _check_placeholders(path: str, field: str | None, *, needed: bool) -> None:
    found = _PLACEHOLDER.findall(path)
    allowed = f"{{{field}}}"
    if needed and allowed not in found:
        raise ValueError(f"must hold {allowed}, as in GET /some/path/{allowed}")
    if any(each != allowed for each in found) or re.search("[{}]", _PLACEHOLDER.sub("", path)):
        raise ValueError(f"may hold only {allowed} in braces" if field else "must not hold braces")
