"""Discord or the API is unreachable for a while during a job."""

import pytest

from playground.discord_server import texts
from tests.end_to_end.environment import Environment
from tests.end_to_end.replies import is_running

pytestmark = pytest.mark.process


@pytest.mark.parametrize("resumable", [True, False])
async def test_the_gateway_disconnects(environment: Environment, resumable: bool) -> None:
    """The job's message is still finished, and its buttons work once the bot has reconnected."""
    async with environment.bot():
        environment.api.hold(46)
        asked = await environment.imagine()
        await asked.wait_for(is_running)
        await environment.discord.faults.drop_gateway(resumable=resumable)
        environment.api.hold(None)
        grid = await environment.result(asked)
        await environment.wait_until_online()
        chosen = await environment.result(await environment.mia.press(grid, label="U2"), "Vary (Strong)")
    assert list(environment.channel.messages) == [grid["id"], chosen["id"]]


async def test_the_api_is_down(environment: Environment) -> None:
    """After an API outage the job continues on the same message."""
    async with environment.bot():
        environment.api.hold(46)
        asked = await environment.imagine()
        await asked.wait_for(is_running)
        environment.api.faults.choose("down", seconds=600)
        await asked.wait_for(lambda message: "does not answer" in texts(message))
        environment.api.hold(None)
        environment.api.faults.clear()
        done = await environment.result(asked)
    assert [entry for entry in environment.api.request_log if entry.status is None]
    assert list(environment.channel.messages) == [done["id"]]
    assert environment.submissions() == ["imagine"]
