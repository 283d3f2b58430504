"""Removes credentials that some answers contain in plain text, before anything else reads them."""

from typing import cast

from bot.imaginepro import parsing as wire
from bot.imaginepro.http.responses import MIN_KEY_CHARACTERS

_NAMES = ("token", "tokens", "authorization", "credential", "credentials", "password", "secret", "cookie")


def without_credentials(body: object) -> object:
    """The body without fields named like credentials, and without the values of those fields in any other text."""
    return _scrubbed(body, sorted(_secrets(body), key=len, reverse=True))


def _secrets(value: object) -> set[str]:
    fields = wire.json_object(value)
    hidden = [entry for name, found in fields.items() if _is_secret(name) for entry in [found, *wire.items(found)]]
    own = {entry for entry in hidden if isinstance(entry, str) and len(entry) >= MIN_KEY_CHARACTERS}
    return own.union(*map(_secrets, [*fields.values(), *wire.items(value)]))


def _scrubbed(value: object, secrets: list[str]) -> object:
    if isinstance(value, str):
        for secret in secrets:
            value = value.replace(secret, wire.REDACTED)
        return wire.without_keys(value)
    if isinstance(value, dict):
        fields = cast("dict[str, object]", value)
        kept = {name: entry for name, entry in fields.items() if not _is_secret(name)}
        return {str(_scrubbed(name, secrets)): _scrubbed(entry, secrets) for name, entry in kept.items()}
    listed = wire.json_array(value)
    return value if listed is None else [_scrubbed(entry, secrets) for entry in listed]


def _is_secret(name: str) -> bool:
    return name.casefold().endswith(_NAMES)
