"""A pytest plugin: the folders that pytest gives to tests lie in memory where there is room.

The bot's every commit waits until it is on disk, and tests commit tens of thousands of times. A process that is killed
loses as little of a file in memory as of one on disk. PYTEST_DEBUG_TEMPROOT or --basetemp choose another place.
"""

import os
import shutil
from pathlib import Path

import pytest

_MEMORY = Path("/dev/shm")
_ROOM = 2**30
"""Bytes: much more than is needed, as the folder of a test that passed is removed at once."""


@pytest.hookimpl(tryfirst=True)
def pytest_configure() -> None:
    """Choose the place before pytest does; its worker processes inherit it."""
    if _MEMORY.is_dir() and shutil.disk_usage(_MEMORY).free >= _ROOM:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(_MEMORY))
