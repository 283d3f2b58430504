"""What one process tells itself."""

import asyncio

import pytest

from bot.services.cluster.pubsub import LocalPubSub


@pytest.fixture
def signals() -> LocalPubSub:
    return LocalPubSub()


async def test_everybody_who_listens_hears_it_soon(signals: LocalPubSub) -> None:
    """Not before the sender has gone on, in order, and only under the topic."""
    heard: list[str] = []
    signals.subscribe("a", lambda text: heard.append(f"first {text}"))
    signals.subscribe("a", lambda text: heard.append(f"second {text}"))
    signals.subscribe("b", heard.append)
    await signals.publish("a", "1")
    await signals.publish("a", "2")
    await signals.publish("nobody listens", "3")
    assert heard == []
    await asyncio.sleep(0)
    assert heard == ["first 1", "second 1", "first 2", "second 2"]


async def test_one_who_fails_is_no_concern_of_the_others(
    signals: LocalPubSub, caplog: pytest.LogCaptureFixture
) -> None:
    """The log says which topic it was about."""
    heard: list[str] = []
    signals.subscribe("a", lambda text: heard.append(str(int(text))))
    signals.subscribe("a", heard.append)
    await signals.publish("a", "no number")
    await asyncio.sleep(0)
    assert heard == ["no number"]
    assert "a signal was not taken up: a" in caplog.text
    assert "ValueError" in caplog.text
