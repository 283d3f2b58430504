"""Services of an API that may be asked as often as one likes."""

import pytest


@pytest.fixture(autouse=True)
def in_haste(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for the next read, or for an API that is full."""
    monkeypatch.setattr("bot.services.queue.dispatcher._DEBOUNCE_SECONDS", 0.0)
    monkeypatch.setattr("bot.services.queue.dispatcher._POSITIONS_MIN_SECONDS", 0.0)
