"""A pytest plugin: what tests write stays in memory where there is room for it.

The bot's every commit waits until it is on disk, and tests commit tens of thousands of times. A process that is killed
loses as little of a file in memory as of one on disk. TMPDIR chooses another place, as ever.
"""

import os
import shutil
import tempfile
from pathlib import Path

import pytest

_MEMORY = Path("/dev/shm")
_ROOM = 4 * 2**30
"""Bytes: enough for a PostgreSQL and a Chromium in each of several processes."""


@pytest.hookimpl(tryfirst=True)
def pytest_configure() -> None:
    """Choose the place before anything is written; processes that tests start inherit it."""
    if "TMPDIR" not in os.environ and _MEMORY.is_dir() and shutil.disk_usage(_MEMORY).free >= _ROOM:
        os.environ["TMPDIR"] = str(_MEMORY)
        tempfile.tempdir = None
