"""What no log line may hold: secrets, text that is not JSON, errors that no trouble explains."""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator

from tests.end_to_end.environment import Environment

_TOKEN_IN_PATH = re.compile(r"/(?:interactions|webhooks)/\d+/([^/]+)")
_LONGEST = 300

_EXPECTED_ERRORS = re.compile(
    # A gateway that refuses connections.
    r"(?:Attempting a reconnect for shard|Failed to connect for shard_id)"
    # An answer after the token has expired, or by a process that was stopped meanwhile.
    r"|(?:an interaction failed|Ignoring exception in autocomplete).*(?:Invalid Webhook Token|Unknown interaction)"
    # A suggestion that nobody can be sent any more, as the process ends or Discord is away.
    r"|Ignoring exception in autocomplete.*(?:Session is closed|aiohttp\.client_exceptions\.)"
    # A start while a server is unreachable, which the supervisor repeats.
    r"|(?:The database can.t be used|Discord can.t be reached|Discord did not let the bot start): "
    # PostgreSQL was away for longer than the bot waits for it.
    r"|.*\(psycopg\.(?:OperationalError|errors\.\w+)\)"
)
"""Errors that the injected troubles explain."""


def log_violations(lines: Iterable[str], secrets: Iterable[str]) -> Iterator[str]:
    """One line for each kind of violation, with how often it occurred."""
    found = Counter(_violations(lines, re.compile("|".join(map(re.escape, secrets)))))
    yield from (f"{count} × {what}" for what, count in found.most_common())


def secrets_of(environment: Environment, keys: Iterable[str]) -> set[str]:
    """Values that no log line may hold: the API's keys, the bot's token and the interactions' tokens."""
    paths = [_TOKEN_IN_PATH.search(entry.path) for entry in environment.discord.request_log]
    return {*keys, environment.discord.token, *(match[1] for match in paths if match)}


def _violations(lines: Iterable[str], secret: re.Pattern[str]) -> Iterator[str]:
    for line in lines:
        if secret.search(line):
            yield f"a secret: {line[:_LONGEST]}"
        try:
            fields = json.loads(line)
        except ValueError:
            yield f"not JSON: {line[:_LONGEST]}"
            continue
        error = _error(fields)
        if error is not None and not _EXPECTED_ERRORS.match(error):
            yield f"{fields['level']}: {error}"


def _error(fields: dict[str, str]) -> str | None:
    """The event and what was raised, None for a line that reports no error."""
    raised = fields.get("exception", "")
    if fields["level"] not in ("error", "critical") and "Traceback" not in raised:
        return None
    # The traceback's last lines: the error, and for SQL the statement.
    errors = [line for line in raised.splitlines() if line and not line[0].isspace() and line != "Traceback"]
    return " | ".join([fields["event"], *errors[-3:]])[:_LONGEST]
