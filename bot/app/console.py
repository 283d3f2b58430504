"""Output for people at a terminal of any kind."""

import io
import sys


def tolerate_narrow_output() -> None:
    """Let standard output replace characters that its encoding lacks, as many on Windows do, and not fail on them."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
