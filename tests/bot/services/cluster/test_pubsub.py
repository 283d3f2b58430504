"""What one process tells itself."""

import asyncio

import pytest

from bot.services.cluster.pubsub import LocalSignals


@pytest.fixture
def signals() -> LocalSignals:
    return LocalSignals()


async def test_everybody_who_listens_hears_it_soon(signals: LocalSignals) -> None:
    """Not before the sender has gone on, in order, and only under the topic."""
    heard: list[str] = []
    signals.on("a", lambda text: heard.append(f"first {text}"))
    signals.on("a", lambda text: heard.append(f"second {text}"))
    signals.on("b", heard.append)
    await signals.send("a", "1")
    await signals.send("a", "2")
    await signals.send("nobody listens", "3")
    assert heard == []
    await asyncio.sleep(0)
    assert heard == ["first 1", "second 1", "first 2", "second 2"]


async def test_one_who_fails_is_no_concern_of_the_others(
    signals: LocalSignals, caplog: pytest.LogCaptureFixture
) -> None:
    """The log says which topic it was about."""
    heard: list[str] = []
    signals.on("a", lambda text: heard.append(str(int(text))))
    signals.on("a", heard.append)
    await signals.send("a", "no number")
    await asyncio.sleep(0)
    assert heard == ["no number"]
    assert "a signal was not taken up: a" in caplog.text
    assert "ValueError" in caplog.text
