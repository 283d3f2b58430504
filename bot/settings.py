"""The only reader of the environment: every setting of the bot, checked before anything starts."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, SecretStr, ValidationError, ValidationInfo
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError
from yarl import URL

from bot.endpoints import Endpoint, Unpublished, read_endpoint

LogLevel = Literal["DEBUG", "INFO", "WARNING", "ERROR"]
LogFormat = Literal["console", "json"]
BalanceFor = Literal["managers", "owners"]


class SettingsError(Exception):
    """Settings are missing or malformed; `lines` holds one readable sentence for each mistake."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__("\n".join(lines))
        self.lines = lines


def _address(*schemes: str) -> AfterValidator:
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


def _not_blank(value: SecretStr) -> SecretStr:
    secret = value.get_secret_value()
    if not secret.strip():
        raise ValueError("must not be empty")
    if any(character.isspace() for character in secret.strip()) or not secret.isascii():
        raise ValueError("must be one word without spaces; copy it again")
    return SecretStr(secret.strip())


def _database(value: SecretStr) -> SecretStr:
    try:
        url = make_url(value.get_secret_value())
    except (ArgumentError, ValueError):
        # A piece that can't be read may be the password, so the library's own words are not passed on.
        url = make_url("none://")
    if url.get_backend_name() not in ("sqlite", "postgresql"):
        raise ValueError("must look like sqlite:///data/bot.db or postgresql://user:password@host/name")
    if url.get_backend_name() == "sqlite" and url.database in (None, "", ":memory:"):
        raise ValueError("must name a file, such as sqlite:///data/bot.db, because jobs have to survive a restart")
    return value


def _endpoint(value: str, info: ValidationInfo) -> str:
    if value.strip():
        read_endpoint(Unpublished((info.field_name or "").upper()), value)
    return value.strip()


def _operator_guild(value: int | None, info: ValidationInfo) -> int | None:
    if value is None and info.data.get("imaginepro_diy"):
        raise ValueError("must be the id of the server for the operator's commands, because IMAGINEPRO_DIY is true")
    return value


Secret = Annotated[SecretStr, AfterValidator(_not_blank)]
EndpointText = Annotated[str, AfterValidator(_endpoint)]
"""A method and a path such as `GET /queue/count`, or nothing."""


class Settings(BaseSettings):
    """Everything an operator can set, from the environment or a `.env` file; the environment wins."""

    model_config = SettingsConfigDict(
        env_file=".env", env_file_encoding="utf-8-sig", env_ignore_empty=True, extra="ignore", frozen=True
    )

    discord_token: Secret
    imaginepro_api_key: Secret
    imaginepro_base_url: Annotated[str, _address("https", "http")] = "https://api.imaginepro.ai"
    imaginepro_prefix: Literal["nova", "midjourney"] = "nova"
    database_url: Annotated[SecretStr, AfterValidator(_database)] = SecretStr("sqlite:///data/bot.db")
    discord_api_url: Annotated[str, _address("https", "http")] = "https://discord.com/api/v10"
    discord_gateway_url: Annotated[str, _address("wss", "ws")] = "wss://gateway.discord.gg"
    public_url: Annotated[str, _address("https", "http")] | None = None
    web_host: str = "127.0.0.1"
    web_port: Annotated[int, Field(ge=0, le=65535)] = 8080
    imaginepro_remix: bool = False
    log_level: LogLevel = "INFO"
    log_format: LogFormat = "console"
    poll_seconds: Annotated[float, Field(ge=0.2, le=60)] = 3.0
    job_timeout_seconds: Annotated[int, Field(ge=10, le=900)] = 900
    balance_for: BalanceFor = "managers"

    # The operator's commands. The paths are those of calls that the API does not publish.
    imaginepro_diy: bool = False
    operator_guild_id: Annotated[
        int | None, Field(gt=0, lt=2**63, validate_default=True), AfterValidator(_operator_guild)
    ] = None
    imaginepro_queue_count_path: EndpointText = ""
    imaginepro_queue_pause_path: EndpointText = ""
    imaginepro_queue_resume_path: EndpointText = ""
    imaginepro_queue_reboot_path: EndpointText = ""
    imaginepro_banwords_show_path: EndpointText = ""
    imaginepro_banwords_add_path: EndpointText = ""
    imaginepro_banwords_remove_path: EndpointText = ""
    imaginepro_account_queue_path: EndpointText = ""

    @property
    def endpoints(self) -> dict[Unpublished, Endpoint]:
        """The unpublished calls whose method and path are set."""
        texts = {call: str(getattr(self, call.value.lower())) for call in Unpublished}
        return {call: read_endpoint(call, text) for call, text in texts.items() if text}

    @property
    def secrets(self) -> tuple[str, ...]:
        """The texts that must never appear in a log line."""
        values = [self.discord_token.get_secret_value(), self.imaginepro_api_key.get_secret_value()]
        password = make_url(self.database_url.get_secret_value()).password
        return tuple([*values, password] if password else values)


def load_settings() -> Settings:
    """The settings of this process.

    Raises `SettingsError` with one line per mistake.
    """
    try:
        return Settings()  # pyright: ignore[reportCallIssue]  # the environment gives the values
    except ValidationError as error:
        raise SettingsError([_line(detail) for detail in error.errors(include_input=False)]) from None
    except (OSError, UnicodeError):
        raise SettingsError(["The .env file can't be read: save it as plain text in UTF-8."]) from None


def _line(detail: ErrorDetails) -> str:
    name = str(detail["loc"][0]).upper() if detail["loc"] else "Settings"
    if detail["type"] == "missing":
        return f"{name} is missing: set it in the environment or in the .env file (see .env.example)."
    reason = detail["msg"].removeprefix("Value error, ")
    return f"{name} is not valid: {reason[0].lower()}{reason[1:]}."
