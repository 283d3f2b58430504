"""/job shows a member's own job again, anywhere, with working buttons."""

import re

import pytest
import sqlalchemy.exc

from bot.store import JobStore
from playground.discord_server import media, texts
from playground.discord_server.state.channels import EPHEMERAL
from tests.support.stage import Message, Stage, ended, labels, labels_in_rows, percent_of

pytestmark = pytest.mark.asyncio(loop_scope="module")

BY_TOKEN = "PATCH /webhooks/{webhook_id}/{token}/messages/{message_id}"
UNKNOWN = "You have no job with this id. Choose one from the list that appears while you type."


def job_id(stage: Stage, word: str) -> str:
    """The id in the store of the newest job with this word in its prompt."""
    return stage.submissions(word)[-1].ref or ""


def link_to(stage: Stage, message: Message) -> str:
    """The link to a message in the server."""
    return f"https://discord.com/channels/{stage.discord.world.guild.id}/{message['channel_id']}/{message['id']}"


async def test_a_picture_is_shown_again_elsewhere(stage: Stage) -> None:
    """/job shows a picture again in another channel, publicly, with facts and the same buttons."""
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
    """Buttons of the second message belong to the same job, so a follow-up is paid once."""
    grid = await stage.finished("a fox pressed elsewhere")
    outcome = await stage.mia.slash(stage.mia.dm, "job", id=job_id(stage, "pressed elsewhere"))
    again = await outcome.wait_for(ended)
    single = await stage.pressed(again, "U2")
    assert single["channel_id"] == stage.mia.dm.id
    assert f"U2 of [this picture]({link_to(stage, grid)})" in texts(single)
    assert single["id"] in await stage.private_reply(await stage.max.press(grid, label="U2"))
    assert [job.button for job in stage.submissions("pressed elsewhere")] == [None, "U2"]


async def test_a_follow_up_is_shown_with_its_parent(stage: Stage) -> None:
    """A follow-up shown again still links its parent."""
    grid = await stage.finished("a fox and its child")
    await stage.pressed(grid, "U3")
    again = await (await stage.mia.slash(stage.channel, "job", id=job_id(stage, "its child"))).wait_for(ended)
    assert f"U3 of [this picture]({link_to(stage, grid)})" in texts(again)


async def test_a_running_job_is_only_linked(stage: Stage) -> None:
    """A running job is answered privately, with its percentage and a link to its reply."""
    stage.hold()
    outcome = await stage.imagine("a fox in the making")
    running = await outcome.wait_for(percent_of)
    sentence = await stage.private_reply(await stage.mia.slash(stage.mia.dm, "job", id=job_id(stage, "in the making")))
    assert re.search(r"\*\*\d+ %\*\*", sentence)
    assert link_to(stage, running) in sentence
    stage.release()
    await outcome.wait_for(ended)


async def test_a_failed_job_can_be_tried_again(stage: Stage) -> None:
    """A failed job is shown privately with its reason and Retry; the retried job is public."""
    stage.api.faults.choose("fails-at-60")
    await stage.finished("a fox that failed once")
    outcome = await stage.mia.slash(stage.channel, "job", id=job_id(stage, "failed once"))
    failed = await outcome.wait_for(ended)
    assert failed["flags"] & EPHEMERAL
    assert "Something went wrong while making this picture" in texts(failed)
    assert labels(failed) == ["Retry"]
    retried = await stage.pressed(failed, "Retry")
    assert media(retried)
    assert not retried["flags"] & EPHEMERAL


async def test_a_picture_whose_file_is_missing(stage: Stage) -> None:
    """When the picture's file is missing, a sentence and the buttons are shown."""
    grid = await stage.finished("a fox that fades")
    [job] = stage.submissions("that fades")
    del stage.api.jobs[job.id]
    again = await (await stage.mia.slash(stage.channel, "job", id=job.ref)).wait_for(ended)
    assert media(again) == []
    assert "can no longer be downloaded" in texts(again)
    assert labels_in_rows(again) == labels_in_rows(grid)


async def test_a_picture_that_does_not_fit_here(stage: Stage) -> None:
    """When Discord refuses the file, the rest is shown with a link to the original."""
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
    """An unknown id is answered with what to do instead."""
    assert await stage.private_reply(await stage.mia.slash(stage.channel, "job", id=typed)) == UNKNOWN


async def test_another_members_job(stage: Stage) -> None:
    """Another member's job is answered like an unknown id and is not suggested."""
    await stage.finished("a fox of Mia alone")
    other = job_id(stage, "of Mia alone")
    assert await stage.private_reply(await stage.max.slash(stage.channel, "job", id=other)) == UNKNOWN
    assert await stage.max.autocomplete(stage.channel, "job", "id", "Mia alone") == []


async def test_own_jobs_are_offered(stage: Stage) -> None:
    """Autocomplete finds own jobs by words in any order or an id's beginning, newest first."""
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
    """A suggestion is cut to 100 characters and keeps kind and age."""
    await stage.finished("a fox as long as " + "very " * 60 + "long")
    [offer] = await stage.mia.autocomplete(stage.channel, "job", "id", "as long as very")
    assert len(offer["name"]) <= 100
    assert offer["name"].endswith("… · Imagine · just now")


@pytest.mark.parametrize("typed", ["a\0b", "\0", "%\0%"])
async def test_characters_that_no_database_takes(stage: Stage, typed: str) -> None:
    """Are not looked for, in suggestions neither."""
    assert await stage.private_reply(await stage.mia.slash(stage.channel, "job", id=typed)) == UNKNOWN
    await stage.mia.autocomplete(stage.channel, "job", "id", f"fox{typed}")
    assert stage.errors == []


@pytest.mark.parametrize(("command", "option"), [("job", "id"), ("cancel", "job"), ("history", "search")])
async def test_suggestions_while_the_database_is_away(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, command: str, option: str
) -> None:
    """There are none, and the log has no traceback for each letter."""

    async def away(*_: object, **__: object) -> None:
        raise sqlalchemy.exc.OperationalError("SELECT", None, OSError("gone"), connection_invalidated=True)

    monkeypatch.setattr(JobStore, "find", away)
    assert await stage.mia.autocomplete(stage.channel, command, option, "fox") == []
    assert stage.errors == []
