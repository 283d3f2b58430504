"""Every setting of the bot, read from the environment and validated before anything starts."""

import getpass
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError, model_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from bot.settings import validators as checks
from bot.settings.credentials import database_secrets, proxy_secrets
from bot.settings.key_names import check_key_aliases, parse_key_aliases
from bot.settings.proxy import Proxies
from bot.settings.shards import (
    Shards,
    check_cluster_id,
    check_shard_count,
    check_shard_ids,
    cluster_shards,
    parse_shard_ids,
)
from bot.settings.unpublished_endpoints import Endpoint, UnpublishedCall, parse_endpoint

LogLevel = Annotated[Literal["DEBUG", "INFO", "WARNING", "ERROR"], BeforeValidator(checks.upper)]
LogFormat = Annotated[Literal["console", "json"], BeforeValidator(checks.lower)]
BalanceFor = Annotated[Literal["managers", "owners"], BeforeValidator(checks.lower)]


class SettingsError(Exception):
    """Settings are missing or invalid; `lines` has one sentence for each mistake."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__("\n".join(lines))
        self.lines = lines


Secret = Annotated[SecretStr, AfterValidator(checks.secret)]
EndpointText = Annotated[str, AfterValidator(checks.endpoint)]
"""A method and a path, for example `GET /queue/count`, or empty."""


class Settings(BaseSettings):
    """Everything an operator can set, in the environment or a `.env` file; the environment wins."""

    model_config = SettingsConfigDict(
        env_file=".env", env_file_encoding="utf-8-sig", env_ignore_empty=True, extra="ignore", frozen=True
    )

    discord_token: Secret
    imaginepro_api_key: Annotated[SecretStr, AfterValidator(checks.api_keys)]
    imaginepro_key_aliases: Annotated[
        dict[str, str], NoDecode, BeforeValidator(parse_key_aliases), AfterValidator(check_key_aliases)
    ] = {}
    imaginepro_base_url: Annotated[str, checks.url("https", "http")] = "https://api.imaginepro.ai"
    imaginepro_prefix: Literal["nova", "midjourney"] = "nova"

    # Which of several processes this is. The order matters: each is checked against those before it.
    cluster_count: Annotated[int, Field(ge=1)] = 1
    shard_count: Annotated[int | None, Field(ge=1), AfterValidator(check_shard_count)] = None
    shard_ids: Annotated[
        tuple[int, ...], NoDecode, BeforeValidator(parse_shard_ids), AfterValidator(check_shard_ids)
    ] = ()
    cluster_id: Annotated[int, Field(ge=0, validate_default=True), AfterValidator(check_cluster_id)] = 0

    database_url: Annotated[SecretStr, Field(validate_default=True), AfterValidator(checks.database)] = SecretStr(
        "sqlite:///data/bot.db"
    )
    proxy_url: Annotated[SecretStr | None, AfterValidator(checks.proxy)] = None
    discord_api_url: Annotated[str, checks.url("https", "http")] = "https://discord.com/api/v10"
    discord_gateway_url: Annotated[str, checks.url("wss", "ws")] = "wss://gateway.discord.gg"
    public_url: Annotated[str, checks.url("https", "http"), AfterValidator(checks.public_url)] | None = None
    web_host: str = "127.0.0.1"
    web_port: Annotated[int, Field(ge=0, le=65535)] = 8080
    imaginepro_remix: bool = False
    imaginepro_uploads: bool = False
    midjourney_version: Annotated[str | None, AfterValidator(checks.midjourney_version)] = None
    log_level: LogLevel = "INFO"
    log_format: LogFormat = "console"
    poll_seconds: Annotated[float, Field(ge=0.2, le=60)] = 3.0
    job_timeout_seconds: Annotated[int, Field(ge=10, le=900)] = 900
    balance_for: BalanceFor = "managers"

    # How many jobs may run and wait.
    jobs_at_once: Annotated[int | None, Field(ge=1, le=1000)] = None
    member_running: Annotated[int, Field(ge=1)] = 3
    member_waiting: Annotated[int, Field(ge=1)] = 20
    guild_running: Annotated[int, Field(ge=1)] = 12
    guild_waiting: Annotated[int, Field(ge=1)] = 200

    # The operator's commands. The paths are those of API calls that are not documented.
    imaginepro_diy: bool = False
    operator_guild_id: Annotated[
        int | None, Field(gt=0, lt=2**63, validate_default=True), AfterValidator(checks.operator_guild)
    ] = None
    imaginepro_queue_count_path: EndpointText = ""
    imaginepro_queue_pause_path: EndpointText = ""
    imaginepro_queue_resume_path: EndpointText = ""
    imaginepro_queue_reboot_path: EndpointText = ""
    imaginepro_banwords_show_path: EndpointText = ""
    imaginepro_banwords_add_path: EndpointText = ""
    imaginepro_banwords_remove_path: EndpointText = ""
    imaginepro_account_queue_path: EndpointText = ""

    @model_validator(mode="before")
    @classmethod
    def _without_quotes(cls, values: Any) -> Any:
        return {name: checks.unquoted(value) for name, value in values.items()} if isinstance(values, dict) else values

    @property
    def shards(self) -> Shards:
        """The shards that this process serves."""
        if self.cluster_count == 1:
            return Shards(self.shard_ids or None, self.shard_count)
        count = self.shard_count or self.cluster_count
        return Shards(self.shard_ids or cluster_shards(self.cluster_id, self.cluster_count, count), count)

    @property
    def endpoints(self) -> dict[UnpublishedCall, Endpoint]:
        """The undocumented API calls whose method and path are set."""
        texts = {call: str(getattr(self, call.value.lower())) for call in UnpublishedCall}
        return {call: parse_endpoint(call, text) for call, text in texts.items() if text}

    @property
    def api_keys(self) -> tuple[SecretStr, ...]:
        """The keys in IMAGINEPRO_API_KEY, in order."""
        return tuple(SecretStr(key) for key in self.imaginepro_api_key.get_secret_value().split(","))

    @property
    def proxies(self) -> Proxies:
        """The proxies for requests to Discord, to the API and for results."""
        return Proxies(self.proxy_url.get_secret_value() if self.proxy_url is not None else None)

    @property
    def secrets(self) -> tuple[str, ...]:
        """The texts that must never appear in a log line."""
        keys = [key.get_secret_value() for key in self.api_keys]
        found = [self.discord_token.get_secret_value(), *keys]
        found += database_secrets(self.database_url.get_secret_value())
        for url in self.proxies.urls:
            found += proxy_secrets(url)
        return tuple(dict.fromkeys(filter(None, found)))


def load_settings() -> Settings:
    """Read and validate the settings; raises `SettingsError` with one line per mistake."""
    try:
        return Settings()  # pyright: ignore[reportCallIssue]  # the environment gives the values
    except ValidationError as error:
        raise SettingsError([_mistake(detail) for detail in error.errors(include_input=False)]) from None
    except UnicodeError:
        raise SettingsError(["The .env file can't be read: save it as plain text in UTF-8."]) from None
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        raise SettingsError([f"The .env file can't be read ({reason}): let {_user()} read it."]) from None


def _user() -> str:
    try:
        return f"the user {getpass.getuser()}"
    except (OSError, KeyError, ImportError):
        # In a container the user often has a number only.
        return "the user of this process"


def _mistake(detail: ErrorDetails) -> str:
    name = str(detail["loc"][0]).upper() if detail["loc"] else "Settings"
    if detail["type"] == "missing":
        return f"{name} is missing: set it in the environment or in the .env file (see .env.example)."
    reason = detail["msg"].removeprefix("Value error, ")
    return f"{name} is not valid: {reason[0].lower()}{reason[1:]}."
