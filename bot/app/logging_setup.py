"""Configures the format of log lines, and removes secrets from them."""

import logging
import re
from collections.abc import MutableMapping
from typing import Any

import structlog
from stamina.instrumentation import set_on_retry_hooks

from bot.settings.model import Settings

_LEVELS = {
    "sqlalchemy": logging.WARNING,
    "alembic": logging.WARNING,
    # Its debug lines contain whole events and URLs, and with them interaction tokens.
    "discord": logging.INFO,
    # It warns about missing voice libraries, which the bot does not use.
    "discord.client": logging.ERROR,
}


class Redaction:
    """A structlog processor that replaces every known secret in a finished line."""

    def __init__(self, secrets: tuple[str, ...]) -> None:
        self._secrets = tuple(secret for secret in secrets if secret)

    def __call__(self, _logger: object, _method: str, line: Any) -> Any:
        for secret in self._secrets:
            if secret in line:
                line = line.replace(secret, "[hidden]")
        return line


_PAGE = re.compile(r"<(?:!doctype\s+html|html)\b.*?(?:</html\s*>|\Z)", re.IGNORECASE | re.DOTALL)


def without_pages(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A structlog processor that cuts web pages out of a line: a proxy's answer, with this machine's address in it."""
    for name, value in event.items():
        if isinstance(value, str) and "<" in value:
            event[name] = _PAGE.sub("[a web page]", value)
    return event


def _drop_internal(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    event.pop("_record", None)
    event.pop("_from_structlog", None)
    return event


def log_formatter(settings: Settings) -> logging.Formatter:
    """The chosen format of a line, without secrets and web pages."""
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    final: list[structlog.typing.Processor]
    if settings.log_format == "json":
        final = [structlog.processors.JSONRenderer()]
    else:
        # A traceback with local variables would show tokens and prompts.
        plain = structlog.dev.plain_traceback
        final = [structlog.dev.ConsoleRenderer(colors=False, exception_formatter=plain)]
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            _drop_internal,
            structlog.processors.format_exc_info,
            without_pages,
            *final,
            Redaction(settings.secrets),
        ],
    )


def configure_logs(settings: Settings) -> None:
    """Send all log lines, also those of libraries, to standard error in the chosen format."""
    handler = logging.StreamHandler()
    handler.setFormatter(log_formatter(settings))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(settings.log_level)
    for name, level in _LEVELS.items():
        logging.getLogger(name).setLevel(max(level, root.level))
    # DBOS attaches its own handler unless there is one; its lines must be redacted like all others.
    engine = logging.getLogger("dbos")
    engine.handlers, engine.propagate = [handler], False
    engine.setLevel(max(logging.WARNING, root.level))
    # Stamina logs each retry without this handler; the services log the first failure and the recovery.
    set_on_retry_hooks([])
