"""The credentials inside URLs of settings."""

from base64 import b64encode
from collections.abc import Iterable

from sqlalchemy import make_url
from yarl import URL

from bot.redaction import PASSWORD_PARAMETERS


def database_secrets(url: str) -> Iterable[str]:
    """The passwords in a valid database URL: before the host and in the query, decoded and as they are written."""
    parsed = make_url(url)
    if parsed.password is not None:
        yield str(parsed.password)
        yield _split_at_password(url)[0]
    for name in PASSWORD_PARAMETERS:
        value = parsed.query.get(name, ())
        yield from [value] if isinstance(value, str) else value


def proxy_secrets(url: str) -> Iterable[str]:
    """The password in a proxy's URL, decoded and as it is written, and in the header that the proxy gets."""
    parsed = URL(url)
    if parsed.password is None or parsed.raw_password is None:
        return
    yield parsed.password
    yield parsed.raw_password
    # aiohttp encodes in Latin-1, other libraries in UTF-8.
    for encoding in ("latin-1", "utf-8"):
        yield b64encode(f"{parsed.user or ''}:{parsed.password}".encode(encoding, "ignore")).decode()


def has_stray_at(url: str) -> bool:
    """Whether a database URL's password seems to hold an `@`, so that its rest would be taken for the host."""
    if make_url(url).password is None:
        return False
    before_query, _, query = _split_at_password(url)[1].partition("?")
    return any("@" in part for part in [before_query, *(pair.partition("=")[0] for pair in query.split("&"))])


def _split_at_password(url: str) -> tuple[str, str]:
    """The password as it stands in the URL, and what comes after it, split as SQLAlchemy does."""
    password, _, rest = url.partition("://")[2].partition(":")[2].partition("@")
    return password, rest
