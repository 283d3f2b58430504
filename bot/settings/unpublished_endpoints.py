"""Calls whose paths the API does not publish: what they are called in the settings, and how they are written there."""

import re
from dataclasses import dataclass
from enum import StrEnum

METHODS = ("GET", "POST", "PUT", "DELETE")
_PATH = re.compile(r"(?:/[\w.~{}-]+)+", re.ASCII)
_PLACEHOLDER = re.compile(r"\{[^{}]*\}")


class Unpublished(StrEnum):
    """Every such call, by the name of the setting that holds its method and path."""

    QUEUE_COUNT = "IMAGINEPRO_QUEUE_COUNT_PATH"
    QUEUE_PAUSE = "IMAGINEPRO_QUEUE_PAUSE_PATH"
    QUEUE_RESUME = "IMAGINEPRO_QUEUE_RESUME_PATH"
    QUEUE_REBOOT = "IMAGINEPRO_QUEUE_REBOOT_PATH"
    BANWORDS_SHOW = "IMAGINEPRO_BANWORDS_SHOW_PATH"
    BANWORDS_ADD = "IMAGINEPRO_BANWORDS_ADD_PATH"
    BANWORDS_REMOVE = "IMAGINEPRO_BANWORDS_REMOVE_PATH"
    ACCOUNT_QUEUE = "IMAGINEPRO_ACCOUNT_QUEUE_PATH"


# What a path may hold in braces. Only the account's id has to stand in the path.
_FIELDS = {Unpublished.BANWORDS_ADD: "word", Unpublished.BANWORDS_REMOVE: "word", Unpublished.ACCOUNT_QUEUE: "id"}


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A method and a path below /api/v1, which may hold `{id}` or `{word}`."""

    method: str
    path: str


def read_endpoint(call: Unpublished, text: str) -> Endpoint:
    """The endpoint written as `GET /queue/count`; raises ValueError with what is wrong with it."""
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
    _check_placeholders(path, _FIELDS.get(call), needed=call is Unpublished.ACCOUNT_QUEUE)
    return Endpoint(method, path)


def _check_placeholders(path: str, field: str | None, *, needed: bool) -> None:
    found = _PLACEHOLDER.findall(path)
    allowed = f"{{{field}}}"
    if needed and allowed not in found:
        raise ValueError(f"must hold {allowed}, as in GET /some/path/{allowed}")
    if any(each != allowed for each in found) or re.search("[{}]", _PLACEHOLDER.sub("", path)):
        raise ValueError(f"may hold only {allowed} in braces" if field else "must not hold braces")
