"""Removes the waits of the dispatcher for all tests of the services."""

import pytest


@pytest.fixture(autouse=True)
def in_haste(monkeypatch: pytest.MonkeyPatch) -> None:
    """Positions are shown without delay."""
    monkeypatch.setattr("bot.services.queue.dispatcher._DEBOUNCE_SECONDS", 0.0)
    monkeypatch.setattr("bot.services.queue.dispatcher._POSITIONS_MIN_SECONDS", 0.0)
