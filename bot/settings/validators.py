"""Validators of settings. Each raises ValueError with a reason that continues the sentence "NAME is not valid: ..."."""

import re
from collections.abc import Sequence
from typing import Any

import yarl
from pydantic import AfterValidator, SecretStr, ValidationInfo
from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from bot.settings.credentials import has_stray_at
from bot.settings.shards import is_clustered
from bot.settings.unpublished_endpoints import UnpublishedCall, parse_endpoint

MAX_PUBLIC_URL = 300
"""Characters; with a link's ticket the URL stays below the 512 of a button."""


def url(*schemes: str) -> AfterValidator:
    """A validator for URLs with one of the schemes; removes a trailing slash."""

    def check(value: str) -> str:
        _check_url(value, schemes)
        return value.rstrip("/")

    return AfterValidator(check)


def _check_url(value: str, schemes: Sequence[str]) -> None:
    # The error does not repeat the URL, which may contain a password.
    try:
        parsed = yarl.URL(value)
    except ValueError:
        parsed = yarl.URL()
    if parsed.scheme not in schemes or not parsed.host:
        raise ValueError(f"must be an address that starts with {' or '.join(s + '://' for s in schemes)}")


def unquoted(value: Any) -> Any:
    """A text without the quotation marks around it, which `docker run --env-file` keeps."""
    if isinstance(value, str) and len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
        return value[1:-1]
    return value


def upper(value: Any) -> Any:
    """A text in capital letters."""
    return value.strip().upper() if isinstance(value, str) else value


def lower(value: Any) -> Any:
    """A text in small letters."""
    return value.strip().lower() if isinstance(value, str) else value


def secret(value: SecretStr) -> SecretStr:
    """Check a token or key: one word of ASCII characters."""
    text = value.get_secret_value()
    if not text.strip():
        raise ValueError("must not be empty")
    if any(character.isspace() for character in text.strip()) or not text.isascii():
        raise ValueError("must be one word without spaces; copy it again")
    return SecretStr(text.strip())


def api_keys(value: SecretStr) -> SecretStr:
    """Check one or more keys, separated by commas; removes spaces and duplicates."""
    parts = [part for part in value.get_secret_value().split(",") if part.strip()]
    keys = [secret(SecretStr(part)).get_secret_value() for part in parts or [""]]
    return SecretStr(",".join(dict.fromkeys(keys)))


def database(value: SecretStr, info: ValidationInfo) -> SecretStr:
    """Check the database URL: a SQLite file, or PostgreSQL, which several processes need. `postgres://` is read too."""
    text = _POSTGRES.sub("postgresql", value.get_secret_value().strip())
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        # SQLAlchemy's message may quote the password, so it is not passed on.
        url = make_url("none://")
    if url.get_backend_name() == "postgresql" and has_stray_at(text):
        # The rest of the password would be looked up as a host, and quoted in the log.
        raise ValueError(f"must hold one @, before the host; {_SIGNS}")
    if url.get_backend_name() not in ("sqlite", "postgresql"):
        raise ValueError(f"must look like sqlite:///data/bot.db or postgresql://user:password@host/name; {_SIGNS}")
    if url.get_backend_name() == "sqlite":
        _check_file_url(url, info)
    else:
        _check_server_url(url)
    return SecretStr(text)


_POSTGRES = re.compile(r"^postgres(?=[+:])")
"""The name that hosting platforms give the scheme."""

_SIGNS = "in a password write @ as %40, : as %3A and / as %2F"


def _check_file_url(url: URL, info: ValidationInfo) -> None:
    if is_clustered(info.data):
        raise ValueError("must be the same postgresql://... for all, because several clusters share one PostgreSQL")
    if url.host:
        raise ValueError("must have three slashes before the file's path, as in sqlite:///data/bot.db")
    if url.database in (None, "", ":memory:"):
        raise ValueError("must name a file, such as sqlite:///data/bot.db, because jobs have to survive a restart")


def _check_server_url(url: URL) -> None:
    if not url.database:
        raise ValueError("must end with the name of the database, as in postgresql://user:password@host/name")
    if url.port is not None and not 0 < url.port < 65536:
        raise ValueError("must have a port from 1 to 65535, or none for 5432")


def proxy(value: SecretStr | None) -> SecretStr | None:
    """Check the URL of a proxy: HTTP or HTTPS, the kinds that aiohttp supports; the error does not repeat it."""
    if value is not None:
        _check_url(value.get_secret_value(), ("http", "https"))
    return value


def public_url(value: str) -> str:
    """Check the length of the site's URL: links to it are buttons, whose URL has a limit in Discord."""
    if len(value) > MAX_PUBLIC_URL:
        raise ValueError(f"must have at most {MAX_PUBLIC_URL} characters, because Discord takes no longer links")
    return value


def midjourney_version(value: str | None) -> str | None:
    """Check the name of a model; returns it as `8.2` or `niji 7`."""
    if value is None:
        return None
    found = re.fullmatch(r"(?:--)?(?:(niji)|v(?:ersion)?)?\s*([0-9]{1,2}(?:\.[0-9])?)", value.strip().casefold())
    if found is None:
        raise ValueError("must be the number of a version, such as 8.2, or niji with a number, such as niji 7")
    return f"niji {found[2]}" if found[1] else found[2]


def endpoint(value: str, info: ValidationInfo) -> str:
    """Check the method and path of an undocumented call; empty is valid."""
    if value.strip():
        parse_endpoint(UnpublishedCall((info.field_name or "").upper()), value)
    return value.strip()


def operator_guild(value: int | None, info: ValidationInfo) -> int | None:
    """Check the operator's server: required when their commands are enabled."""
    if value is None and info.data.get("imaginepro_diy"):
        raise ValueError("must be the id of the server for the operator's commands, because IMAGINEPRO_DIY is true")
    return value
