"""Discord or the API is away for a while in the middle of a job."""

import pytest

from playground.discord_server import texts
from tests.end_to_end.place import Place
from tests.end_to_end.readers import climbing

pytestmark = pytest.mark.process


@pytest.mark.parametrize("resumable", [True, False])
async def test_the_gateway_breaks_off(place: Place, resumable: bool) -> None:
    """The job's message still ends, and once the bot is back, it hears its buttons."""
    async with place.bot():
        place.api.hold(46)
        asked = await place.imagine()
        await asked.wait_for(climbing)
        await place.discord.faults.drop_gateway(resumable=resumable)
        place.api.hold(None)
        grid = await place.result(asked)
        await place.back_online()
        chosen = await place.result(await place.mia.press(grid, label="U2"), "Vary (Strong)")
    assert list(place.channel.messages) == [grid["id"], chosen["id"]]


async def test_the_api_is_away(place: Place) -> None:
    """The job goes on where it was, on the same message, though for a while no request was answered."""
    async with place.bot():
        place.api.hold(46)
        asked = await place.imagine()
        await asked.wait_for(climbing)
        place.api.faults.choose("down", seconds=600)
        await asked.wait_for(lambda message: "does not answer" in texts(message))
        place.api.hold(None)
        place.api.faults.clear()
        done = await place.result(asked)
    assert [entry for entry in place.api.request_log if entry.status is None]
    assert list(place.channel.messages) == [done["id"]]
    assert place.submissions() == ["imagine"]
