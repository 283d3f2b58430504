"""Collects the log lines of a bot under test."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager


class BotLog(logging.Handler):
    """A log handler that keeps every line as text, and those from ERROR on in `errors` too."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []
        self.errors: list[str] = []
        self.setFormatter(logging.Formatter("%(levelname)s %(name)s: %(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the line."""
        self.lines.append(self.format(record))
        if record.levelno >= logging.ERROR:
            self.errors.append(self.lines[-1])

    @contextmanager
    def capturing(self) -> Iterator[None]:
        """Collect warnings of all loggers, and the bot's own lines from INFO on."""
        root, own = logging.getLogger(), logging.getLogger("bot")
        before = own.level
        root.addHandler(self)
        own.setLevel(logging.INFO)
        try:
            yield
        finally:
            root.removeHandler(self)
            own.setLevel(before)
