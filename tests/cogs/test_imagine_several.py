"""Prompts for several jobs, and boosted jobs, are sent only after a confirmation with the price."""

import pytest

from playground.discord_server import media, texts
from playground.discord_server.members.driver import Outcome
from tests.support.stage import Message, Stage, ended, is_private, labels

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def confirmation(outcome: Outcome) -> Message:
    """The private confirmation."""
    return await outcome.wait_for(lambda message: is_private(message) and "Confirm" in labels(message))


async def finished_replies(outcome: Outcome, number: int) -> list[Message]:
    """The public replies of this many jobs, once all have ended."""

    def all_done(_: Message) -> bool:
        return len([each for each in outcome.messages if media(each) and ended(each)]) == number

    await outcome.wait_for(all_done, 20)
    return [message for message in outcome.messages if media(message)]


@pytest.mark.parametrize(
    ("prompt", "number"),
    [("a {ruby, sapphire} fox in a row", 2), ("a fox in a row of clones --repeat 3", 3)],
)
async def test_each_job_gets_its_own_reply(stage: Stage, prompt: str, number: int) -> None:
    """The confirmation names jobs and credits; after it each job gets its own reply."""
    stage.api.account.refill()
    before = len(stage.api.jobs)
    asked = await confirmation(await stage.mia.slash(stage.channel, "imagine", prompt=prompt))
    assert f"**{number} jobs** for **{number * 10} credits** in all" in texts(asked)
    assert len(stage.api.jobs) == before
    replies = await finished_replies(await stage.mia.press(asked, label="Confirm"), number)
    assert len({reply["id"] for reply in replies}) == number
    assert len(stage.api.jobs) == before + number
    assert not any(reply["flags"] & 64 for reply in replies)


async def test_cancelled_costs_nothing(stage: Stage) -> None:
    """Cancel removes the buttons and sends nothing."""
    asked = await confirmation(
        await stage.mia.slash(stage.channel, "imagine", prompt="a {timid, shy} fox nobody wants")
    )
    before = stage.posts()
    outcome = await stage.mia.press(asked, label="Cancel")
    cancelled = await outcome.wait_for(lambda message: "Nothing was started" in texts(message))
    assert labels(cancelled) == []
    assert stage.posts() == before


async def test_boost_is_confirmed_and_sent_boosted(stage: Stage) -> None:
    """A boosted job is confirmed as possibly costing more, then sent to the boost call."""
    asked = await confirmation(await stage.mia.slash(stage.channel, "imagine", prompt="a boosted fox", boost=True))
    assert "**1 job** with boost, which may cost more credits" in texts(asked)
    await finished_replies(await stage.mia.press(asked, label="Confirm"), 1)
    assert [entry.path for entry in stage.api.request_log if entry.method == "POST"][-1].endswith("/boost/imagine")


async def test_prompt_from_a_modal_is_confirmed(stage: Stage) -> None:
    """Braces in a modal's prompt lead to the same confirmation."""
    outcome = await stage.mia.slash(stage.channel, "enhance", prompt="a fox in many coats")
    shown = await outcome.wait_for(lambda message: is_private(message) and "soft" in texts(message))
    opened = await stage.mia.press(shown, label="Imagine")
    assert opened.modal is not None
    [field] = [part["component"] for part in opened.modal.components if part["type"] == 18]
    sent = await stage.mia.submit(opened.modal, {field["custom_id"]: "a fox in a {red, blue} coat"})
    assert "**2 jobs**" in texts(await confirmation(sent))
