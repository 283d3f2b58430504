"""/imagine, a climbing percentage, U2, Vary (Strong): the bot's main job, with nothing put in the place of anything."""

from itertools import pairwise

import pytest

from playground.discord_server import media, texts
from tests.end_to_end.place import Place
from tests.end_to_end.readers import percent

pytestmark = pytest.mark.process


@pytest.mark.parametrize("setup", [{"speed": 7.0}], ids=[""])
async def test_from_the_command_to_a_variation_of_the_chosen_picture(place: Place) -> None:
    """Each step has a reply of its own, percentages climb, and the API's limits are kept throughout."""
    async with place.bot() as bot:
        asked = await place.imagine()
        grid = await place.result(asked, "U2")
        chosen = await place.result(await place.mia.press(grid, label="U2"), "Vary (Strong)")
        varied = await place.result(await place.mia.press(chosen, label="Vary (Strong)"), "U2")
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
    assert {entry.status for entry in place.api.journal} == {200}
    general = [entry.time for entry in place.api.journal if entry.method == "POST"]
    assert len(general) == 3
    # 3 s apart when they leave; on a busy machine one may be noted a little later than the next.
    assert min(later - earlier for earlier, later in pairwise(general)) >= 2.9


async def test_not_even_a_talkative_bot_tells_secrets(place: Place) -> None:
    """At DEBUG the libraries' own lines are there as well, and hold neither keys nor tokens."""
    async with place.bot(LOG_LEVEL="DEBUG"):
        await place.result(await place.imagine())
    assert any('"level": "debug"' in line for line in place.runs[0].lines)
