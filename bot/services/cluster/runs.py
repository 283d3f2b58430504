"""Names of a process's runs, from which a later one on the same machine sees whether they have ended."""

import os
import secrets
import sys
from functools import cache
from hashlib import sha256
from pathlib import Path

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_PROCESS_IDS = Path("/proc/self/ns/pid")


def new_run() -> str:
    """A name for this run, at most 32 characters."""
    return f"{_machine()}-{os.getpid()}-{secrets.token_hex(5)}"


def has_ended(run: str) -> bool:
    """Whether this run certainly has: its process was one of this machine and is no more. False if that is unknown."""
    machine, _, rest = run.partition("-")
    number = rest.partition("-")[0]
    if machine != _machine() or not number.isdecimal():
        return False
    # An earlier process had the number that this one has now, as in a container that was started again.
    return int(number) == os.getpid() or not _is_alive(int(number))


def _is_alive(number: int) -> bool:
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


@cache
def _machine() -> str:
    """The boot of this machine and the process namespace that this process sees; unique where that is unknown."""
    if sys.platform != "linux":
        return secrets.token_hex(4)
    try:
        seen = f"{_BOOT_ID.read_text()}{_PROCESS_IDS.stat().st_ino}"
    except OSError:
        return secrets.token_hex(4)
    return sha256(seen.encode()).hexdigest()[:8]
