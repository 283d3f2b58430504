"""The bot as a process of its own, with a local Discord and a simulated API."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.environment import Environment


@pytest.fixture
def setup() -> dict[str, Any]:
    """Options for the environment; tests override them by parametrizing `setup`."""
    return {}


@pytest.fixture
async def environment(tmp_path: Path, setup: dict[str, Any]) -> AsyncIterator[Environment]:
    """Servers for bot processes, whose logs must be JSON without errors and, like the database, without secrets."""
    async with Environment(tmp_path, **setup) as ready:
        yield ready
    assert ready.violations() == []
