"""The bot. Says in one line what a Python that can't run it lacks, before anything is imported that needs it."""

import sys
from importlib.util import find_spec

if sys.version_info < (3, 11):  # noqa: UP036  # the only check that an older Python reads
    sys.exit("The bot needs Python 3.11 or newer, and this is %d.%d. Start it with another one." % sys.version_info[:2])  # noqa: UP031

_missing = [name for name in ("discord", "dbos", "sqlalchemy", "pydantic_settings", "PIL") if find_spec(name) is None]
if _missing:
    sys.exit(
        f"This Python lacks the package {_missing[0]}. Start the bot with: uv run python -m bot – or install "
        "requirements.lock first."
    )
