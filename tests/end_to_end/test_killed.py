"""The process dies at the worst moments; the next one goes on with the same message and pays nothing twice."""

from collections.abc import Callable

import pytest

from playground.discord_server import media
from playground.discord_server.observe.request_log import LoggedRequest
from tests.end_to_end.place import Place
from tests.end_to_end.readers import climbing, offers

pytestmark = pytest.mark.process

Strike = Callable[[], None]


def final_edit(entry: LoggedRequest) -> bool:
    """Whether the request brought the picture to the reply."""
    return entry.method == "PATCH" and bool(entry.files)


def once_answered(place: Place, strike: Strike) -> None:
    """Discord has the answer to the command, and the bot does not know that yet."""
    place.discord.request_log.listeners.append(lambda entry: strike() if entry.route.endswith("/callback") else None)


def once_submitted(place: Place, strike: Strike) -> None:
    """The API has taken the job, and its answer is on the way."""
    place.relay.on_answer.append(lambda method, path: strike() if path.endswith("/imagine") else None)


def while_running(place: Place, strike: Strike) -> None:
    """The reply shows a percentage."""
    place.api.hold(46)
    place.discord.world.listeners.append(lambda name, at, stored: strike() if climbing(stored.message) else None)


def once_fetched(place: Place, strike: Strike) -> None:
    """The finished picture is on its way to the bot."""
    place.relay.on_answer.append(lambda method, path: strike() if "/cdn/" in path and ".png" in path else None)


def once_shown(place: Place, strike: Strike) -> None:
    """Discord has taken the last edit, and the bot does not know that yet."""
    place.discord.request_log.listeners.append(lambda entry: strike() if final_edit(entry) else None)


@pytest.mark.parametrize(
    ("moment", "setup"),
    [
        (once_answered, {"relayed": True}),
        (once_submitted, {"relayed": True}),
        (while_running, {"relayed": True}),
        (once_fetched, {"relayed": True}),
        (once_shown, {"relayed": True}),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
async def test_the_same_message_goes_on(place: Place, moment: Callable[[Place, Strike], None]) -> None:
    """Killed then and started again, it ends the message with the picture; the API was asked once."""
    async with place.bot() as first:
        moment(place, first.kill)
        asked = await place.imagine()
        assert await first.exit_code() == -9
    place.api.hold(None)
    reply, restarted = asked.message, place.discord.clock.now()
    assert reply is not None
    async with place.bot():
        await place.discord.request_log.wait_for(lambda entry: final_edit(entry) and entry.time > restarted)
    done = place.channel.messages[reply["id"]].message
    assert offers("U2")(done)
    assert len(media(done)) == 1
    assert list(place.channel.messages) == [reply["id"]]
    assert place.submissions() == ["imagine"]
    assert len(place.api.jobs) == 1


async def test_buttons_outlive_the_process(place: Place) -> None:
    """A button of a message from before the crash starts its job; pressed again it leads to the same one."""
    async with place.bot() as first:
        grid = await place.result(await place.imagine())
        first.kill()
        await first.exit_code()
    async with place.bot():
        pressed = await place.mia.press(grid, label="U2")
        chosen = await place.result(pressed, "Vary (Strong)")
        again = await place.mia.press(grid, label="U2")
        assert chosen["id"] in (again.message or {})["content"]
    assert place.submissions() == ["imagine", "button"]
    # The new process counts what the old one sent.
    assert {entry.status for entry in place.api.request_log} == {200}
