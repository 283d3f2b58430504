"""A killed process: the next one finishes the job on the same message and does not submit it twice."""

from collections.abc import Callable

import pytest

from playground.discord_server import media
from playground.discord_server.observe.request_log import LoggedRequest
from tests.end_to_end.environment import Environment
from tests.end_to_end.replies import has_picture_and_button, is_running

pytestmark = pytest.mark.process

Kill = Callable[[], None]


def is_final_edit(entry: LoggedRequest) -> bool:
    """Whether the request attached the picture to the reply."""
    return entry.method == "PATCH" and bool(entry.files)


def after_first_answer(environment: Environment, kill: Kill) -> None:
    """Kill the bot when Discord has received the command's answer and has not confirmed it."""
    environment.discord.request_log.listeners.append(
        lambda entry: kill() if entry.route.endswith("/callback") else None
    )


def after_submission(environment: Environment, kill: Kill) -> None:
    """Kill the bot when the API has accepted the job and its answer has not arrived."""
    environment.proxy.on_response.append(lambda method, path: kill() if path.endswith("/imagine") else None)


def while_running(environment: Environment, kill: Kill) -> None:
    """Kill the bot when the reply shows a percentage."""
    environment.api.hold(46)
    environment.discord.world.listeners.append(lambda name, at, stored: kill() if is_running(stored.message) else None)


def after_download(environment: Environment, kill: Kill) -> None:
    """Kill the bot when the API sends the finished picture."""
    environment.proxy.on_response.append(lambda method, path: kill() if "/cdn/" in path and ".png" in path else None)


def after_final_edit(environment: Environment, kill: Kill) -> None:
    """Kill the bot when Discord has received the last edit and has not confirmed it."""
    environment.discord.request_log.listeners.append(lambda entry: kill() if is_final_edit(entry) else None)


@pytest.mark.parametrize(
    ("kill_point", "setup"),
    [
        (after_first_answer, {"proxied": True}),
        (after_submission, {"proxied": True}),
        (while_running, {"proxied": True}),
        (after_download, {"proxied": True}),
        (after_final_edit, {"proxied": True}),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
async def test_the_next_process_finishes_the_message(
    environment: Environment, kill_point: Callable[[Environment, Kill], None]
) -> None:
    """After a kill the next process puts the picture into the same message; the job was submitted once."""
    async with environment.bot() as first:
        kill_point(environment, first.kill)
        asked = await environment.imagine()
        assert await first.exit_code() == -9
    environment.api.hold(None)
    reply, restarted = asked.message, environment.discord.clock.now()
    assert reply is not None
    async with environment.bot():
        await environment.discord.request_log.wait_for(lambda entry: is_final_edit(entry) and entry.time > restarted)
    done = environment.channel.messages[reply["id"]].message
    assert has_picture_and_button("U2")(done)
    assert len(media(done)) == 1
    assert list(environment.channel.messages) == [reply["id"]]
    assert environment.submissions() == ["imagine"]
    assert len(environment.api.jobs) == 1


async def test_buttons_outlive_the_process(environment: Environment) -> None:
    """A button from before the crash starts its job; pressed again it links to the same job."""
    async with environment.bot() as first:
        grid = await environment.result(await environment.imagine())
        first.kill()
        await first.exit_code()
    async with environment.bot():
        pressed = await environment.mia.press(grid, label="U2")
        chosen = await environment.result(pressed, "Vary (Strong)")
        again = await environment.mia.press(grid, label="U2")
        assert chosen["id"] in (again.message or {})["content"]
    assert environment.submissions() == ["imagine", "button"]
    # The new process's rate limiter counts the old one's requests, so no answer is 429. A preview may be gone already.
    assert {entry.status for entry in environment.api.request_log if entry.path.startswith("/api/")} == {200}
