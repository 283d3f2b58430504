"""/job: own jobs again, anywhere, with buttons that work."""

import re

import pytest

from playground.discord_server import media, texts
from playground.discord_server.channels import EPHEMERAL
from tests.support.stage import Message, Stage, ended, labels, labels_in_rows, percent_of

pytestmark = pytest.mark.asyncio(loop_scope="module")

BY_TOKEN = "PATCH /webhooks/{webhook_id}/{token}/messages/{message_id}"
UNKNOWN = "You have no job with this id. Choose one from the list that appears while you type."


def job_id(stage: Stage, word: str) -> str:
    """The bot's id of the newest job with this word in its prompt."""
    return stage.submissions(word)[-1].ref or ""


def link_to(stage: Stage, message: Message) -> str:
    """The address of a message of a channel."""
    return f"https://discord.com/channels/{stage.discord.world.guild.id}/{message['channel_id']}/{message['id']}"


async def test_a_picture_is_shown_again_elsewhere(stage: Stage) -> None:
    """In another channel, as a public message of its own, with picture, facts and the same buttons."""
    grid = await stage.finished("a fox seen twice", seed=7)
    art = stage.discord.world.channel("art")
    again = await (await stage.mia.slash(art, "job", id=job_id(stage, "seen twice"))).wait_for(ended)
    assert not again["flags"] & EPHEMERAL
    assert (again["channel_id"], again["id"] != grid["id"]) == (art.id, True)
    assert "seed 7" in texts(again)
    assert [each["description"] for each in media(again)] == [each["description"] for each in media(grid)]
    assert media(again)[0]["url"] != media(grid)[0]["url"]
    assert labels_in_rows(again) == labels_in_rows(grid)


async def test_buttons_of_the_second_message_work(stage: Stage) -> None:
    """They point at the same job: its follow-up is paid once, and leads to where the job was first shown."""
    grid = await stage.finished("a fox pressed elsewhere")
    outcome = await stage.mia.slash(stage.mia.dm, "job", id=job_id(stage, "pressed elsewhere"))
    again = await outcome.wait_for(ended)
    single = await stage.pressed(again, "U2")
    assert single["channel_id"] == stage.mia.dm.id
    assert f"U2 of [this picture]({link_to(stage, grid)})" in texts(single)
    assert single["id"] in await stage.private_reply(await stage.max.press(grid, label="U2"))
    assert [job.button for job in stage.submissions("pressed elsewhere")] == [None, "U2"]


async def test_a_follow_up_is_shown_with_its_parent(stage: Stage) -> None:
    """Its link still leads to the picture it was made from."""
    grid = await stage.finished("a fox and its child")
    await stage.pressed(grid, "U3")
    again = await (await stage.mia.slash(stage.channel, "job", id=job_id(stage, "its child"))).wait_for(ended)
    assert f"U3 of [this picture]({link_to(stage, grid)})" in texts(again)


async def test_a_running_job_is_only_told_of(stage: Stage) -> None:
    """Privately: how it stands at this moment, and where its reply is."""
    stage.hold()
    outcome = await stage.imagine("a fox in the making")
    running = await outcome.wait_for(percent_of)
    sentence = await stage.private_reply(await stage.mia.slash(stage.mia.dm, "job", id=job_id(stage, "in the making")))
    assert re.search(r"\*\*\d+ %\*\*", sentence)
    assert link_to(stage, running) in sentence
    stage.release()
    await outcome.wait_for(ended)


async def test_a_failed_job_can_be_tried_again(stage: Stage) -> None:
    """Its reason and Retry for the member alone; what Retry starts is public."""
    stage.api.control.choose("fails-at-60")
    await stage.finished("a fox that failed once")
    outcome = await stage.mia.slash(stage.channel, "job", id=job_id(stage, "failed once"))
    failed = await outcome.wait_for(ended)
    assert failed["flags"] & EPHEMERAL
    assert "Something went wrong while making this picture" in texts(failed)
    assert labels(failed) == ["Retry"]
    retried = await stage.pressed(failed, "Retry")
    assert media(retried)
    assert not retried["flags"] & EPHEMERAL


async def test_a_picture_that_is_gone(stage: Stage) -> None:
    """A sentence in its place, and the buttons all the same."""
    grid = await stage.finished("a fox that fades")
    [job] = stage.submissions("that fades")
    del stage.api.jobs[job.id]
    again = await (await stage.mia.slash(stage.channel, "job", id=job.ref)).wait_for(ended)
    assert media(again) == []
    assert "can no longer be downloaded" in texts(again)
    assert labels_in_rows(again) == labels_in_rows(grid)


async def test_a_picture_that_does_not_fit_here(stage: Stage) -> None:
    """When Discord does not take the file, the rest is shown, with the original one press away."""
    await stage.finished("a fox too heavy to show again")
    art = stage.discord.world.channel("art")
    stage.discord.faults.refuse_next(BY_TOKEN, 413, code=40005)
    outcome = await stage.mia.slash(art, "job", id=job_id(stage, "heavy to show again"))
    again = await outcome.wait_for(ended)
    assert media(again) == []
    assert "could not be uploaded here; open the original" in texts(again)
    assert "U2" in labels(again)


@pytest.mark.parametrize("typed", ["nobody-knows-this", "%", "x" * 100])
async def test_an_unknown_id(stage: Stage, typed: str) -> None:
    """A sentence that says what to do."""
    assert await stage.private_reply(await stage.mia.slash(stage.channel, "job", id=typed)) == UNKNOWN


async def test_somebody_elses_job(stage: Stage) -> None:
    """It is neither shown nor offered, and nothing tells it from an unknown one."""
    await stage.finished("a fox of Mia alone")
    other = job_id(stage, "of Mia alone")
    assert await stage.private_reply(await stage.max.slash(stage.channel, "job", id=other)) == UNKNOWN
    assert await stage.max.autocomplete(stage.channel, "job", "id", "Mia alone") == []


async def test_own_jobs_are_offered(stage: Stage) -> None:
    """By words in any order or by the beginning of the id, newest first, with kind and age."""
    await stage.pressed(await stage.finished("a purple fox on offer"), "U1")
    newest, oldest = await stage.mia.autocomplete(stage.channel, "job", "id", "offer purple")
    assert newest == {
        "name": "a purple fox on offer · U1 · just now",
        "value": job_id(stage, "purple fox on offer"),
    }
    assert oldest["name"] == "a purple fox on offer · Imagine · just now"
    assert await stage.mia.autocomplete(stage.mia.dm, "job", "id", oldest["value"][:8]) == [oldest]
    assert await stage.mia.autocomplete(stage.channel, "job", "id", "100%_of nothing") == []


async def test_a_long_prompt_fits_into_the_offer(stage: Stage) -> None:
    """A name of at most 100 characters, cut so that kind and age stay."""
    await stage.finished("a fox as long as " + "very " * 60 + "long")
    [offer] = await stage.mia.autocomplete(stage.channel, "job", "id", "as long as very")
    assert len(offer["name"]) <= 100
    assert offer["name"].endswith("… · Imagine · just now")
