"""SIGTERM during a job: the process exits cleanly and the next one continues."""

import pytest

from tests.end_to_end.environment import Environment
from tests.end_to_end.replies import is_running

pytestmark = pytest.mark.process


async def test_a_clean_exit_and_the_next_process_continues(environment: Environment) -> None:
    """The process exits with 0 and no error, and the next one puts the picture into the same message."""
    async with environment.bot() as first:
        environment.api.hold(46)
        asked = await environment.imagine()
        await asked.wait_for(is_running)
        first.terminate()
        assert await first.exit_code(timeout=10) == 0
    environment.api.hold(None)
    async with environment.bot():
        done = await environment.result(asked)
    assert list(environment.channel.messages) == [done["id"]]
    assert environment.submissions() == ["imagine"]


@pytest.mark.parametrize("setup", [{"proxied": True}], ids=[""])
async def test_a_submission_under_way_is_recorded_first(environment: Environment) -> None:
    """A process that gets SIGTERM during a slow submission records the API's answer before it exits."""
    environment.api.faults.choose("slow-answer", seconds=1.0, on="submit")
    async with environment.bot() as first:
        environment.proxy.on_request.append(
            lambda method, path: first.terminate() if path.endswith("/imagine") else None
        )
        asked = await environment.imagine()
        assert await first.exit_code(timeout=10) == 0
    async with environment.bot():
        await environment.result(asked)
    assert environment.submissions() == ["imagine"]
    assert not [
        entry for entry in environment.api.request_log if entry.path.endswith("/images")
    ]  # no search for the job was needed


async def test_a_clean_exit_during_the_start(environment: Environment) -> None:
    """A process that gets SIGTERM while it registers commands exits with 0 and no error."""
    environment.discord.faults.rate_limit_next("PUT /applications/{application_id}/commands", 60)
    async with environment.cluster(0, 1) as bot:
        await environment.discord.request_log.wait_for(lambda entry: entry.method == "PUT" and entry.status == 429)
        bot.terminate()
        assert await bot.exit_code(timeout=10) == 0
