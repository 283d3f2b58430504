"""Previews of running jobs: uploaded with the reply, a few of them, since Discord leaves foreign pictures blank."""

from collections.abc import Iterator

import pytest

from playground.discord_server import media
from playground.discord_server.base.message_readers import components
from tests.support.hasty_discord_py import hasty_discord_py
from tests.support.stage import Message, Stage, ended, percent_of

pytestmark = pytest.mark.asyncio(loop_scope="module")

LOADED = 2


@pytest.fixture(autouse=True)
def settled(stage: Stage) -> Iterator[None]:
    """Leave pictures of other hosts blank, and undo what a test changes."""
    stage.discord.faults.blank_pictures()
    yield
    stage.settle_down()


def loading_states(message: Message) -> list[int | None]:
    """Whether each of the message's pictures is loaded."""
    galleries = [each for each in components(message) if "items" in each]
    return [item["media"].get("loading_state") for each in galleries for item in each["items"]]


def uploaded_previews(stage: Stage, message: Message) -> list[str]:
    """The names of the previews that edits of this message have uploaded."""
    edits = [each for each in stage.discord.request_log if each.method == "PATCH" and message["id"] in each.path]
    names = [file["filename"] for each in edits if each.status == 200 for file in each.files]
    return [name for name in names if name.startswith("preview")]


async def test_few_previews_are_uploaded(stage: Stage) -> None:
    """Each is visible; between two of them the earlier one stays, without another upload."""
    stage.hold(15)
    outcome = await stage.imagine("a fox in the making")
    first = await outcome.wait_for(lambda message: percent_of(message) == 15)
    assert loading_states(first) == [LOADED]
    stage.hold(46)
    same = await outcome.wait_for(lambda message: percent_of(message) == 46)
    assert media(same)[0]["url"] == media(first)[0]["url"]
    assert uploaded_previews(stage, first) == ["preview-1.webp"]
    stage.hold(77)
    second = await outcome.wait_for(lambda message: percent_of(message) == 77)
    assert loading_states(second) == [LOADED]
    assert uploaded_previews(stage, first) == ["preview-1.webp", "preview-2.webp"]
    stage.release()
    done = await outcome.wait_for(ended)
    assert "picture" in media(done)[0]["url"]


async def test_no_preview_without_the_permission(stage: Stage) -> None:
    """Where the bot may attach no files it tries none, also when it could not know that before."""
    stage.hold(15)
    outcome = await stage.imagine("a fox losing its photographer")
    running = await outcome.wait_for(lambda message: percent_of(message) == 15)
    stage.discord.faults.forbid_files(stage.channel)
    stage.hold(77)
    assert await outcome.wait_for(lambda message: percent_of(message) == 77)
    assert uploaded_previews(stage, running) == ["preview-1.webp"]
    second = await stage.imagine("a fox that was never seen")
    assert media(await second.wait_for(lambda message: percent_of(message) == 77)) == []
    stage.release()
    await outcome.wait_for(ended)
    await second.wait_for(ended)


async def test_failing_uploads_stop_no_progress(stage: Stage) -> None:
    """While Discord takes no files, the percentage climbs on. The last test: no preview is tried for a minute."""
    stage.discord.faults.fail_uploads()
    stage.hold(15)
    with hasty_discord_py():
        outcome = await stage.imagine("a fox with no photographer")
        assert media(await outcome.wait_for(lambda message: percent_of(message) == 15)) == []
    stage.hold(46)
    running = await outcome.wait_for(lambda message: percent_of(message) == 46)
    assert media(running) == []
    failed = [each for each in stage.discord.request_log if each.status == 500 and running["id"] in each.path]
    assert len({each.files[0]["filename"] for each in failed}) == 1
    stage.discord.faults.clear()
    stage.release()
    assert media(await outcome.wait_for(ended))
