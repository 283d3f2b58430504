"""How a script ended, as a number."""

from enum import IntEnum


class Ending(IntEnum):
    """How a script ended, as the exit code tells."""

    PASSED = 0
    FAILED = 1  # something expected was not there, or did not come in time
    WRONG = 2  # the script makes no sense; nothing was started
    BOT_GONE = 3  # the bot ended by itself, or did not start
    STOPPED = 130  # Ctrl-C
