"""Edits of old messages, for which Discord's limit may have to be waited out."""

import asyncio

import pytest

from bot.ui.replies.edits.old_messages import OldMessageEdits


async def test_edits_of_a_message_are_made_in_order() -> None:
    """A caller waits for a while only; a later edit is never overtaken by one that was given up."""
    edits, made, open_gate = OldMessageEdits(0.01), list[str](), asyncio.Event()

    async def slow() -> None:
        await open_gate.wait()
        made.append("first")

    async def quick() -> None:
        made.append("second")

    for edit in (slow, quick):
        with pytest.raises(TimeoutError):
            await edits.make(1, edit)
    await edits.make(2, quick)
    assert made == ["second"]
    open_gate.set()
    async with asyncio.timeout(60):
        while len(made) < 3:  # noqa: ASYNC110  # they have no waiter left
            await asyncio.sleep(0.01)
    assert made == ["second", "first", "second"]


async def test_errors_reach_the_caller() -> None:
    """The next edit does not depend on the one before."""
    edits = OldMessageEdits(60.0)

    async def fails() -> None:
        raise LookupError

    async def works() -> None:
        return None

    with pytest.raises(LookupError):
        await edits.make(1, fails)
    await edits.make(1, works)
