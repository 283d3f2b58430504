"""Publish and subscribe within one process."""

import asyncio

import pytest

from bot.services.cluster.pubsub import LocalPubSub


@pytest.fixture
def pubsub() -> LocalPubSub:
    return LocalPubSub()


async def test_subscribers_receive_in_order(pubsub: LocalPubSub) -> None:
    """Subscribers of a topic receive texts in order, after the publisher has continued."""
    received: list[str] = []
    pubsub.subscribe("a", lambda text: received.append(f"first {text}"))
    pubsub.subscribe("a", lambda text: received.append(f"second {text}"))
    pubsub.subscribe("b", received.append)
    await pubsub.publish("a", "1")
    await pubsub.publish("a", "2")
    await pubsub.publish("nobody listens", "3")
    assert received == []
    await asyncio.sleep(0)
    assert received == ["first 1", "second 1", "first 2", "second 2"]


async def test_a_failing_subscriber(pubsub: LocalPubSub, caplog: pytest.LogCaptureFixture) -> None:
    """A failing subscriber is logged with the topic and does not affect the others."""
    received: list[str] = []
    pubsub.subscribe("a", lambda text: received.append(str(int(text))))
    pubsub.subscribe("a", received.append)
    await pubsub.publish("a", "no number")
    await asyncio.sleep(0)
    assert received == ["no number"]
    assert "a signal was not taken up: a" in caplog.text
    assert "ValueError" in caplog.text
