"""Configures the format of log lines, and removes secrets from them."""

import logging
import re
import sys
from collections.abc import MutableMapping
from types import TracebackType
from typing import Any

import structlog
from stamina.instrumentation import set_on_retry_hooks

from bot.redaction import Redactor
from bot.settings.model import Settings

log = logging.getLogger(__name__)

_LEVELS = {
    "sqlalchemy": logging.WARNING,
    "alembic": logging.WARNING,
    # Its debug lines contain whole events and URLs, and with them interaction tokens.
    "discord": logging.INFO,
    # It warns about missing voice libraries, which the bot does not use.
    "discord.client": logging.ERROR,
}


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


def _log_uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
        return
    log.critical("the bot ends with an error", exc_info=(kind, error, trace))


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
    redact = Redactor(settings.secrets)

    def redacted(_logger: object, _method: str, line: Any) -> str:
        return redact(str(line))

    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[_drop_internal, structlog.processors.format_exc_info, without_pages, *final, redacted],
    )


def configure_logs(settings: Settings) -> None:
    """Send all log lines, also those of libraries, to standard error in the chosen format."""
    handler = logging.StreamHandler()
    handler.setFormatter(log_formatter(settings))
    # Python itself would print the traceback as it is.
    sys.excepthook = _log_uncaught
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
