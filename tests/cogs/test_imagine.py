"""/imagine from the command to the finished reply."""

import re

import pytest

from playground.discord_server import media, texts, unsigned
from tests.support.stage import Stage, ended, labels, labels_in_rows, percent_of

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_reply_comes_at_once_and_can_be_cancelled(stage: Stage) -> None:
    """The first reply shows the prompt, the member and a Cancel button."""
    outcome = await stage.imagine("a red fox")
    first = outcome.message
    assert first is not None
    assert "**a red fox**" in texts(first)
    assert f"<@{stage.mia.id}>" in texts(first)
    assert labels(first) == ["Cancel"]
    await outcome.wait_for(ended)


async def test_percentages_rise_on_the_same_message(stage: Stage) -> None:
    """One message shows rising percentages, a preview and a Cancel button."""
    stage.hold()
    outcome = await stage.imagine("a climbing fox")
    for percent in (15, 38, 69):
        stage.hold(percent)
        await outcome.wait_for(lambda message, percent=percent: percent_of(message) == percent)
    stage.release()
    done = await outcome.wait_for(ended)
    running = [version for version in stage.channel.versions(done["id"]) if percent_of(version) is not None]
    percents = [percent_of(version) for version in running]
    assert len(set(percents)) >= 3
    assert percents == sorted(percents)  # pyright: ignore[reportArgumentType]  # None was sorted out
    assert any(media(version) for version in running)
    assert all("Cancel" in labels(version) for version in running)


async def test_result_shows_all_facts(stage: Stage) -> None:
    """The finished reply has the picture with alt text, a link to the original, the member, mode, time and seed."""
    done = await stage.finished("a red fox", mode="relax", seed=77)
    [picture] = media(done)
    assert re.search(r"/picture\.(png|jpg|webp)$", unsigned(picture["url"]))
    assert picture["description"] == "Picture made from the prompt: a red fox"
    [job] = stage.submissions("--relax")
    assert f"[original](<{job.outcome['uri']}>)" in texts(done)
    assert f"<@{stage.mia.id}> · relax · " in texts(done)
    assert re.search(r"· \d+ s ·", texts(done))
    assert "seed 77" in texts(done)


async def test_result_is_uploaded_as_the_api_made_it(stage: Stage) -> None:
    """The uploaded file is the API's picture, byte for byte."""
    done = await stage.finished("a faithful fox")
    [patch] = [entry for entry in stage.discord.request_log.of("/messages/{message_id}", "PATCH") if entry.files][-1:]
    [job] = stage.submissions("a faithful fox")
    assert patch.files[0]["size"] == len(stage.api._service.picture_store._files[job.id])
    assert done["attachments"] == []


async def test_buttons_are_in_midjourney_order(stage: Stage) -> None:
    """U1 to U4 and 🔄 are in the first row, V1 to V4 in the second, Singles in the third."""
    done = await stage.finished("a red fox with buttons")
    assert labels_in_rows(done) == [["U1", "U2", "U3", "U4", "🔄"], ["V1", "V2", "V3", "V4"], ["Singles"]]
