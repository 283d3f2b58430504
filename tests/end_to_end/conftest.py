"""The whole bot as a process, between both neighbours."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.place import Place


@pytest.fixture
def setup() -> dict[str, Any]:
    """How the place is set up; a test says otherwise by a parameter."""
    return {}


@pytest.fixture
async def place(tmp_path: Path, setup: dict[str, Any]) -> AsyncIterator[Place]:
    """A place for bots. Afterwards nothing they have said or kept may hold a secret, an error or anything but JSON."""
    async with Place(tmp_path, **setup) as ready:
        yield ready
    assert ready.complaints() == []
