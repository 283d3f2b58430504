"""/settings: an administrator's options for a server, and their effect."""

from collections.abc import AsyncIterator

import pytest

from playground.discord_server import media
from playground.discord_server.base.errors import Refused
from tests.cogs.all_kinds import KINDS, Kind, finished
from tests.support.stage import Stage, ended

pytestmark = pytest.mark.asyncio(loop_scope="module")

WITH_PROMPT = [kind for kind in KINDS.values() if "prompt" in kind.options]


@pytest.fixture(autouse=True)
async def reset_settings(stage: Stage) -> AsyncIterator[None]:
    """Switch all options off after each test."""
    yield
    await stage.bot.services.guild_settings.change(int(stage.discord.world.guild.id), boost=False, check_prompts=False)


def paths(stage: Stage) -> list[str]:
    """The paths of all POST requests to the API, in order."""
    return [entry.path for entry in stage.api.request_log if entry.method == "POST"]


async def test_options_are_off_at_first(stage: Stage) -> None:
    """All options are off at first, and the answer is private."""
    text = await stage.private_reply(await stage.adam.slash(stage.channel, "settings"))
    assert "**Boost for buttons** (`boost`): off" in text
    assert "(`check_prompts`): off" in text


async def test_a_change_is_stored(stage: Stage) -> None:
    """Changing one option keeps the other and is stored."""
    text = await stage.private_reply(await stage.adam.slash(stage.channel, "settings", boost=True))
    assert "(`boost`): on" in text
    assert "(`check_prompts`): off" in text
    assert await stage.private_reply(await stage.adam.slash(stage.channel, "settings")) == text


async def test_members_change_nothing(stage: Stage) -> None:
    """Members can't use the command."""
    before = await stage.bot.services.guild_settings.settings(int(stage.discord.world.guild.id))
    with pytest.raises(Refused):
        await stage.mia.slash(stage.channel, "settings", boost=True)
    assert await stage.bot.services.guild_settings.settings(int(stage.discord.world.guild.id)) == before


async def test_boosted_buttons_use_the_boosted_call(stage: Stage) -> None:
    """With boost on, buttons use the boost call."""
    grid = await stage.finished("a fox in a hurry by setting")
    await stage.private_reply(await stage.adam.slash(stage.channel, "settings", boost=True))
    assert media(await (await stage.mia.press(grid, label="V1")).wait_for(ended))
    assert paths(stage)[-1].endswith("/boost/button")


async def test_direct_messages_have_settings_of_their_own(stage: Stage) -> None:
    """Direct messages do not use the server's options."""
    await stage.private_reply(await stage.adam.slash(stage.channel, "settings", check_prompts=True))
    text = await stage.private_reply(await stage.mia.slash(stage.mia.dm, "settings"))
    assert "(`check_prompts`): off" in text


async def test_a_refused_prompt_is_not_sent(stage: Stage) -> None:
    """With the check on, a refused prompt is explained privately and not sent."""
    await stage.private_reply(await stage.adam.slash(stage.channel, "settings", check_prompts=True))
    credits_before = stage.api.credits
    outcome = await stage.imagine("a fox full of gore")
    text = await stage.private_reply(outcome)
    assert "gore" in text
    assert stage.submissions("full of gore") == []
    assert stage.api.credits == credits_before


@pytest.mark.parametrize("kind", WITH_PROMPT, ids=lambda kind: kind.command)
async def test_prompts_of_all_commands_are_checked(stage: Stage, kind: Kind) -> None:
    """With the check on, prompts of all commands are checked."""
    await stage.private_reply(await stage.adam.slash(stage.channel, "settings", check_prompts=True))
    before = len(stage.api.jobs)
    outcome = await stage.mia.slash(stage.channel, kind.command, **(kind.options | {"prompt": "a jar full of gore"}))
    assert "gore" in await stage.private_reply(outcome)
    assert len(stage.api.jobs) == before
    assert media(await finished(stage, kind.command))


async def test_a_failing_check_lets_the_job_through(stage: Stage) -> None:
    """When the check fails, the job is sent anyway."""
    await stage.private_reply(await stage.adam.slash(stage.channel, "settings", check_prompts=True))
    stage.api.faults.choose("html-500", times=3, on="tool")
    assert media(await stage.finished("a fox nobody checks"))
