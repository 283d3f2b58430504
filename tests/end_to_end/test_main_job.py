"""/imagine, U2 and Vary (Strong) with nothing replaced: real process, real sockets, real rate limits."""

import pytest

from playground.discord_server import Outcome, media, texts
from tests.end_to_end.environment import Environment
from tests.end_to_end.replies import Message, percent

pytestmark = pytest.mark.process


async def result(environment: Environment, outcome: Outcome, label: str) -> Message:
    """The finished reply with this button, after it has shown three percentages."""
    for reached in (15, 46, 77):
        environment.api.hold(reached)
        await outcome.wait_for(lambda message, reached=reached: percent(message) == reached)
    environment.api.hold(None)
    return await environment.result(outcome, label)


async def test_from_the_command_to_a_variation(environment: Environment) -> None:
    """Each step has its own reply, percentages rise, and the API's rate limits are kept."""
    async with environment.bot() as bot:
        environment.api.hold(0)
        asked = await environment.imagine()
        grid = await result(environment, asked, "U2")
        environment.api.hold(0)
        chosen = await result(environment, await environment.mia.press(grid, label="U2"), "Vary (Strong)")
        environment.api.hold(0)
        varied = await result(environment, await environment.mia.press(chosen, label="Vary (Strong)"), "U2")
        assert asked.error is None
        bot.terminate()
        assert await bot.exit_code() == 0
    assert list(environment.channel.messages) == [grid["id"], chosen["id"], varied["id"]]
    assert all("a red fox" in texts(message) for message in (grid, chosen, varied))
    assert len({media(message)[0]["url"] for message in (grid, chosen, varied)}) == 3
    shown = [percent(version) for version in environment.channel.versions(grid["id"])]
    percentages = [value for value in shown if value is not None]
    assert len(set(percentages)) >= 3
    assert percentages == sorted(percentages)
    assert [(job.kind, job.button) for job in environment.api.jobs.values()] == [
        ("imagine", None),
        ("tile", "U2"),
        ("vary", "Vary (Strong)"),
    ]
    # The API answered no request with 429.
    assert {entry.status for entry in environment.api.request_log} == {200}


async def test_debug_logs_hold_no_secrets(environment: Environment) -> None:
    """At DEBUG the libraries' log lines contain neither keys nor tokens."""
    async with environment.bot(LOG_LEVEL="DEBUG"):
        await environment.result(await environment.imagine())
    assert any('"level": "debug"' in line for line in environment.runs[0].lines)
