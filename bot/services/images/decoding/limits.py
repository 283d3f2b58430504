"""Limits of the operating system on one task: a worker that exceeds them ends. Windows has none of these."""

import sys
from contextlib import suppress
from pathlib import Path

_SLACK = 96 * 1024**2
"""Bytes beside the reserved ones: encoders and copies of small parts."""


def set_limits(*, cpu_seconds: int, memory: int) -> None:
    """Allow this process `cpu_seconds` more seconds of processor time, and `memory` more bytes and some slack."""
    if sys.platform == "win32":
        return
    import resource  # noqa: PLC0415  # does not exist on Windows

    # Some systems know a limit and refuse to set it; the bot's own limit on time holds there.
    with suppress(ValueError, OSError):
        usage = resource.getrusage(resource.RUSAGE_SELF)
        used = int(usage.ru_utime + usage.ru_stime) + 1
        # The kernel may write the memory of a process that exceeds its time to a file.
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_CPU, (used + cpu_seconds, resource.getrlimit(resource.RLIMIT_CPU)[1]))
    with suppress(ValueError, OSError):
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
        most = pages * resource.getpagesize() + memory + _SLACK
        resource.setrlimit(resource.RLIMIT_AS, (most, resource.getrlimit(resource.RLIMIT_AS)[1]))
