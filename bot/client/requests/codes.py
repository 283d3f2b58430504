"""Discord's error codes on which more than one part of the bot acts.

They are listed at https://docs.discord.com/developers/topics/opcodes-and-status-codes.
"""

ALREADY_ANSWERED = 40060
"""A second answer to one interaction."""

UNKNOWN_INTERACTION = 10062
"""An answer that came too late: Discord waits three seconds."""

EXPIRED_TOKEN = frozenset({10015, 50027})
"""A request by the token of an interaction that was not answered in time, or is older than 15 minutes."""

MISSING_PERMISSIONS = 50013

ARCHIVED_THREAD = 50083
"""A change of a message in a thread that is archived or, by an interaction's token, locked."""

LOCKED_THREAD = 160005

EXPLICIT_CONTENT = 20009
"""Pictures that Discord's filter does not let through."""

TEXT_BLOCKED = frozenset({200000, 240000})
"""A text that was refused: by the server's AutoMod, and for a link by Discord's filter."""

TOO_LARGE = frozenset({40005, 50045})
"""A request, or a file of it, that is too large."""

TOO_LARGE_STATUS = 413
"""The HTTP status of the same, which may come without a code."""
