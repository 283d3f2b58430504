"""The credentials inside URLs of settings."""

from base64 import b64encode
from collections.abc import Iterable

from sqlalchemy import make_url
from yarl import URL

from bot.redaction import PASSWORD_PARAMETERS


def database_secrets(url: str) -> Iterable[str]:
    """The passwords in a valid database URL: before the host, in the query, decoded and as they are written."""
    parsed = make_url(url)
    yield str(parsed.password or "")
    yield _written_password(url)
    for name in PASSWORD_PARAMETERS:
        value = parsed.query.get(name, ())
        yield from [value] if isinstance(value, str) else value


def proxy_secrets(url: str) -> Iterable[str]:
    """The password in a proxy's URL, and the header value that a proxy gets it in."""
    parsed = URL(url)
    if parsed.password:
        yield parsed.password
        yield _written_password(url)
        # aiohttp encodes in Latin-1, other libraries in UTF-8.
        for encoding in ("latin-1", "utf-8"):
            yield b64encode(f"{parsed.user or ''}:{parsed.password}".encode(encoding, "ignore")).decode()


def _written_password(url: str) -> str:
    """The password as it stands in the URL, before decoding: up to the last `@`."""
    before_host = url.partition("://")[2].rpartition("@")[0]
    return before_host.partition(":")[2]


def has_stray_at(url: str) -> bool:
    """Whether a PostgreSQL URL has an `@` that is not the one before the host: one that a password should escape."""
    before_query, _, query = url.partition("://")[2].partition("?")
    names = [pair.partition("=")[0] for pair in query.split("&")]
    return before_query.count("@") > 1 or any("@" in name for name in names)
