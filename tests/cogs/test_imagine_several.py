"""Several jobs from one prompt, and boosted ones: counted and priced, and sent only after a confirmation."""

import pytest

from playground.discord_server import media, texts
from playground.discord_server.members.driver import Outcome
from tests.support.stage import Message, Stage, ended, is_private, labels

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def question(outcome: Outcome) -> Message:
    """What the member is asked, alone, before anything is sent."""
    return await outcome.wait_for(lambda message: is_private(message) and "Confirm" in labels(message))


async def results(outcome: Outcome, number: int) -> list[Message]:
    """The public replies of so many jobs, once all have ended."""

    def all_done(_: Message) -> bool:
        return len([each for each in outcome.messages if media(each) and ended(each)]) == number

    await outcome.wait_for(all_done, 20)
    return [message for message in outcome.messages if media(message)]


@pytest.mark.parametrize(
    ("prompt", "number"),
    [("a {ruby, sapphire} fox in a row", 2), ("a fox in a row of clones --repeat 3", 3)],
)
async def test_each_gets_its_own_reply(stage: Stage, prompt: str, number: int) -> None:
    """The question names jobs and credits; nothing was sent before, and everything after it."""
    stage.api.account.refill()
    before = len(stage.api.jobs)
    asked = await question(await stage.mia.slash(stage.channel, "imagine", prompt=prompt))
    assert f"**{number} jobs** for **{number * 10} credits** in all" in texts(asked)
    assert len(stage.api.jobs) == before
    replies = await results(await stage.mia.press(asked, label="Confirm"), number)
    assert len({reply["id"] for reply in replies}) == number
    assert len(stage.api.jobs) == before + number
    assert not any(reply["flags"] & 64 for reply in replies)


async def test_cancelled_costs_nothing(stage: Stage) -> None:
    """The question is gone with its buttons, and nothing is sent."""
    asked = await question(await stage.mia.slash(stage.channel, "imagine", prompt="a {timid, shy} fox nobody wants"))
    before = stage.posts()
    outcome = await stage.mia.press(asked, label="Cancel")
    gone = await outcome.wait_for(lambda message: "Nothing was started" in texts(message))
    assert labels(gone) == []
    assert stage.posts() == before


async def test_boost_is_confirmed_and_sent_boosted(stage: Stage) -> None:
    """Its price is not published, so the question says that it may cost more."""
    asked = await question(await stage.mia.slash(stage.channel, "imagine", prompt="a boosted fox", boost=True))
    assert "**1 job** with boost, which may cost more credits" in texts(asked)
    await results(await stage.mia.press(asked, label="Confirm"), 1)
    assert [entry.path for entry in stage.api.request_log if entry.method == "POST"][-1].endswith("/boost/imagine")


async def test_in_a_form_as_well(stage: Stage) -> None:
    """Braces in a form's prompt ask the same question."""
    outcome = await stage.mia.slash(stage.channel, "enhance", prompt="a fox in many coats")
    shown = await outcome.wait_for(lambda message: is_private(message) and "soft" in texts(message))
    opened = await stage.mia.press(shown, label="Imagine")
    assert opened.modal is not None
    [field] = [part["component"] for part in opened.modal.components if part["type"] == 18]
    sent = await stage.mia.submit(opened.modal, {field["custom_id"]: "a fox in a {red, blue} coat"})
    assert "**2 jobs**" in texts(await question(sent))
