"""/imagine, a climbing percentage, U2, Vary (Strong): the bot's main job, with nothing put in the place of anything."""

import pytest

from playground.discord_server import Outcome, media, texts
from tests.end_to_end.place import Place
from tests.end_to_end.readers import Message, percent

pytestmark = pytest.mark.process


async def result(place: Place, outcome: Outcome, label: str) -> Message:
    """The reply with its picture and this button, after it was seen at three percentages."""
    for reached in (15, 46, 77):
        place.api.hold(reached)
        await outcome.wait_for(lambda message, reached=reached: percent(message) == reached)
    place.api.hold(None)
    return await place.result(outcome, label)


async def test_from_the_command_to_a_variation_of_the_chosen_picture(place: Place) -> None:
    """Each step has a reply of its own, percentages climb, and the API's limits are kept throughout."""
    async with place.bot() as bot:
        place.api.hold(0)
        asked = await place.imagine()
        grid = await result(place, asked, "U2")
        place.api.hold(0)
        chosen = await result(place, await place.mia.press(grid, label="U2"), "Vary (Strong)")
        place.api.hold(0)
        varied = await result(place, await place.mia.press(chosen, label="Vary (Strong)"), "U2")
        assert asked.error is None
        bot.terminate()
        assert await bot.exit_code() == 0
    assert list(place.channel.messages) == [grid["id"], chosen["id"], varied["id"]]
    assert all("a red fox" in texts(message) for message in (grid, chosen, varied))
    assert len({media(message)[0]["url"] for message in (grid, chosen, varied)}) == 3
    shown = [percent(version) for version in place.channel.versions(grid["id"])]
    climbed = [value for value in shown if value is not None]
    assert len(set(climbed)) >= 3
    assert climbed == sorted(climbed)
    assert [(job.kind, job.button) for job in place.api.jobs.values()] == [
        ("imagine", None),
        ("tile", "U2"),
        ("vary", "Vary (Strong)"),
    ]
    # Nothing was refused for coming too early.
    assert {entry.status for entry in place.api.request_log} == {200}


async def test_not_even_a_talkative_bot_tells_secrets(place: Place) -> None:
    """At DEBUG the libraries' own lines are there as well, and hold neither keys nor tokens."""
    async with place.bot(LOG_LEVEL="DEBUG"):
        await place.result(await place.imagine())
    assert any('"level": "debug"' in line for line in place.runs[0].lines)
