"""What makes a setting valid; each check raises ValueError with the reason, in words that go on after its name."""

from pydantic import AfterValidator, SecretStr, ValidationInfo
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError
from yarl import URL

from bot.settings.shards import several_processes
from bot.settings.unpublished_endpoints import Unpublished, read_endpoint


def address(*schemes: str) -> AfterValidator:
    """A check for addresses that start with one of the schemes; they lose a slash at the end."""

    def check(value: str) -> str:
        # Only the reason is said: an address may carry a password that must not be repeated in an error.
        try:
            url = URL(value)
        except ValueError:
            url = URL()
        if url.scheme not in schemes or not url.host:
            raise ValueError(f"must be an address that starts with {' or '.join(s + '://' for s in schemes)}")
        return value.rstrip("/")

    return AfterValidator(check)


def not_blank(value: SecretStr) -> SecretStr:
    """A token or key: one word."""
    secret = value.get_secret_value()
    if not secret.strip():
        raise ValueError("must not be empty")
    if any(character.isspace() for character in secret.strip()) or not secret.isascii():
        raise ValueError("must be one word without spaces; copy it again")
    return SecretStr(secret.strip())


def api_keys(value: SecretStr) -> SecretStr:
    """One key or several with commas between them, each once and without the spaces around it."""
    parts = [part for part in value.get_secret_value().split(",") if part.strip()]
    keys = [not_blank(SecretStr(part)).get_secret_value() for part in parts or [""]]
    return SecretStr(",".join(dict.fromkeys(keys)))


def database(value: SecretStr, info: ValidationInfo) -> SecretStr:
    """A SQLite file, or a PostgreSQL server, which several processes need."""
    try:
        url = make_url(value.get_secret_value())
    except (ArgumentError, ValueError):
        # A piece that can't be read may be the password, so the library's own words are not passed on.
        url = make_url("none://")
    if url.get_backend_name() not in ("sqlite", "postgresql"):
        raise ValueError("must look like sqlite:///data/bot.db or postgresql://user:password@host/name")
    if url.get_backend_name() == "sqlite" and several_processes(info.data):
        raise ValueError("must be the same postgresql://... for all, because several clusters share one PostgreSQL")
    if url.get_backend_name() == "sqlite" and url.database in (None, "", ":memory:"):
        raise ValueError("must name a file, such as sqlite:///data/bot.db, because jobs have to survive a restart")
    return value


def endpoint(value: str, info: ValidationInfo) -> str:
    """Method and path of an unpublished call, or nothing."""
    if value.strip():
        read_endpoint(Unpublished((info.field_name or "").upper()), value)
    return value.strip()


def operator_guild(value: int | None, info: ValidationInfo) -> int | None:
    """The server of the operator's commands, needed with them."""
    if value is None and info.data.get("imaginepro_diy"):
        raise ValueError("must be the id of the server for the operator's commands, because IMAGINEPRO_DIY is true")
    return value
