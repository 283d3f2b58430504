"""Removes credentials that some answers contain in plain text, before anything else reads them."""

from collections.abc import Callable
from typing import cast

from bot.imaginepro import parsing as wire
from bot.redaction import MIN_SECRET, Redactor

_NAMES = ("token", "tokens", "authorization", "credential", "credentials", "password", "secret", "cookie")


def without_credentials(body: object) -> object:
    """The body without fields named like credentials, and without the values of those fields in any other text."""
    redact = Redactor(_secrets(body), wire.REDACTED)
    return redacted(_without_secret_fields(body), lambda text: wire.without_keys(redact(text)))


def redacted(value: object, redact: Callable[[str], str]) -> object:
    """The JSON value with `redact` applied to all its texts, the names of fields too."""
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, dict):
        fields = cast("dict[str, object]", value)
        return {redact(name): redacted(entry, redact) for name, entry in fields.items()}
    listed = wire.json_array(value)
    return value if listed is None else [redacted(entry, redact) for entry in listed]


def _without_secret_fields(value: object) -> object:
    if isinstance(value, dict):
        fields = cast("dict[str, object]", value)
        return {name: _without_secret_fields(entry) for name, entry in fields.items() if not _is_secret(name)}
    listed = wire.json_array(value)
    return value if listed is None else [_without_secret_fields(entry) for entry in listed]


def _secrets(value: object) -> set[str]:
    fields = wire.json_object(value)
    hidden = [entry for name, found in fields.items() if _is_secret(name) for entry in [found, *wire.items(found)]]
    own = {entry for entry in hidden if isinstance(entry, str) and len(entry) >= MIN_SECRET}
    return own.union(*map(_secrets, [*fields.values(), *wire.items(value)]))


def _is_secret(name: str) -> bool:
    return name.casefold().endswith(_NAMES)
