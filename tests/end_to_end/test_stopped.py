"""SIGTERM in the middle of a job: a clean end, and the next process goes on."""

import pytest

from tests.end_to_end.place import Place
from tests.end_to_end.readers import climbing

pytestmark = pytest.mark.process


async def test_it_ends_cleanly_and_the_next_one_goes_on(place: Place) -> None:
    """Exit code 0, nothing said but ordinary lines, and the same message gets its picture."""
    async with place.bot() as first:
        place.api.hold(46)
        asked = await place.imagine()
        await asked.wait_for(climbing)
        first.terminate()
        assert await first.exit_code(timeout=10) == 0
    place.api.hold(None)
    async with place.bot():
        done = await place.result(asked)
    assert list(place.channel.messages) == [done["id"]]
    assert place.submissions() == ["imagine"]


@pytest.mark.parametrize("setup", [{"relayed": True}], ids=[""])
async def test_a_request_under_way_is_written_down_first(place: Place) -> None:
    """Asked to end while the API takes its time over a submission, it waits for the answer and loses nothing."""
    place.api.faults.choose("slow-answer", seconds=1.0, on="submit")
    async with place.bot() as first:
        place.relay.on_request.append(lambda method, path: first.terminate() if path.endswith("/imagine") else None)
        asked = await place.imagine()
        assert await first.exit_code(timeout=10) == 0
    async with place.bot():
        await place.result(asked)
    assert place.submissions() == ["imagine"]
    assert not [
        entry for entry in place.api.request_log if entry.path.endswith("/images")
    ]  # nothing had to be searched


async def test_it_ends_cleanly_while_it_starts(place: Place) -> None:
    """Told to end while it registers its commands, it does so, with exit code 0 and nothing to complain of."""
    place.discord.faults.rate_limit_next("PUT /applications/{application_id}/commands", 60)
    async with place.cluster(0, 1) as bot:
        await place.discord.request_log.wait_for(lambda entry: entry.method == "PUT" and entry.status == 429)
        bot.terminate()
        assert await bot.exit_code(timeout=10) == 0
