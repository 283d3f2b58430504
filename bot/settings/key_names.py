"""Names of API keys, and the names of keys that were replaced by others."""

import re
from hashlib import sha256
from typing import Any

from pydantic import SecretStr, ValidationInfo

_ALIAS = re.compile(r"([0-9a-f]{8})\s*:\s*([0-9a-f]{8})", re.ASCII)


def name_of(key: str) -> str:
    """A public name for a key: a hash, long enough to distinguish keys and too short to reveal the key."""
    return sha256(key.encode()).hexdigest()[:8]


def parse_key_aliases(value: Any) -> Any:
    """The present names by the former ones in a text like `1a2b3c4d:5e6f7a8b`; raises ValueError with the reason."""
    if not isinstance(value, str):
        return value
    aliases: dict[str, str] = {}
    for part in filter(None, map(str.strip, value.split(","))):
        match = _ALIAS.fullmatch(part.lower())
        if match is None:
            raise ValueError("must be pairs of names of keys such as 1a2b3c4d:5e6f7a8b, the former one first")
        if aliases.setdefault(match[1], match[2]) != match[2]:
            raise ValueError(f"must name one key for {match[1]}")
    return aliases


def check_key_aliases(value: dict[str, str], info: ValidationInfo) -> dict[str, str]:
    """Check that each former name belongs to no key in the settings, and each present name to one."""
    keys = info.data.get("imaginepro_api_key")
    if not isinstance(keys, SecretStr):
        # That setting has a mistake of its own.
        return value
    names = {name_of(key) for key in keys.get_secret_value().split(",")}
    for former, present in value.items():
        if former in names:
            raise ValueError(f"must not replace {former}, which is a key in IMAGINEPRO_API_KEY")
        if present not in names:
            listed = ", ".join(sorted(names))
            raise ValueError(f"must name keys in IMAGINEPRO_API_KEY, which are {listed}, and not {present}")
    return value
