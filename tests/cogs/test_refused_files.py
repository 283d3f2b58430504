"""Results whose files or words Discord does not take: the reply still shows all that it does take."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from bot.store import JobRecord
from playground.discord_server import Outcome, media, texts
from playground.discord_server.state.permission_bits import VIEW_CHANNEL
from playground.discord_server.state.uploads import MIB
from tests.support.hasty_discord_py import hasty_discord_py
from tests.support.stage import Message, Stage, ended, labels, percent_of

pytestmark = pytest.mark.asyncio(loop_scope="module")

LACKS_PERMISSION = "lacks the permission"
TOKEN_EXPIRED = 16 * 60


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def stage(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    """A bot that soon shows an ending without its files, and tries them again often."""
    folder: Path = tmp_path_factory.mktemp("files")
    timings = {"upload_patience": 0.2, "upload_retry": 0.05, "upload_retry_longest": 0.1}
    with hasty_discord_py():
        async with Stage(folder, timings=timings) as running:
            yield running


@pytest.fixture(autouse=True)
def settled(stage: Stage) -> Iterator[None]:
    """Undo what a test changes."""
    yield
    stage.settle_down()
    stage.channel.overwrites.clear()
    stage.discord.world.upload_limits.stated = None


async def held(stage: Stage, prompt: str) -> Outcome:
    """A job that is held, whose reply shows its percentage."""
    stage.hold()
    outcome = await stage.imagine(prompt)
    await outcome.wait_for(percent_of)
    return outcome


async def record_of(stage: Stage, word: str) -> JobRecord:
    """The record of the only job with this word, once it is delivered."""
    [remote] = stage.submissions(word)
    return await stage.delivered_record(remote.submitted["ref"])


def uploads(stage: Stage, message: Message, *, refused: bool) -> int:
    """How many edits of the message with its result were refused, or accepted."""
    return sum(
        "picture" in str(entry.files) and (entry.status >= 400) is refused and message["id"] in entry.path
        for entry in stage.discord.request_log
    )


async def test_missing_permission_is_said_at_once(stage: Stage) -> None:
    """The running reply says that the result will be a link, and no upload is tried."""
    stage.discord.faults.forbid_files(stage.channel)
    outcome = await held(stage, "a fox without luggage")
    running = await outcome.wait_for(percent_of)
    assert LACKS_PERMISSION in texts(running)
    stage.release()
    done = await outcome.wait_for(ended)
    assert LACKS_PERMISSION in texts(done)
    assert "[original](<" in texts(done)
    assert labels(done)[:2] == ["U1", "U2"]
    assert media(done) == []
    assert uploads(stage, done, refused=True) == 0
    assert (await record_of(stage, "without luggage")).reply.in_dm is False


async def test_permission_taken_meanwhile(stage: Stage) -> None:
    """A refused upload leads to an edit of the same reply without files, not to a direct message."""
    outcome = await held(stage, "a fox losing its luggage")
    stage.discord.faults.forbid_files(stage.channel)
    stage.release()
    done = await outcome.wait_for(ended)
    assert LACKS_PERMISSION in texts(done)
    assert "[original](<" in texts(done)
    assert "U1" in labels(done)
    assert uploads(stage, done, refused=True) == 1
    assert (await record_of(stage, "losing its luggage")).reply.in_dm is False


async def test_permission_taken_after_the_token_has_expired(stage: Stage) -> None:
    """The same holds for edits by the channel's route."""
    outcome = await held(stage, "a fox losing it late")
    stage.discord.clock.advance(TOKEN_EXPIRED)
    stage.discord.faults.forbid_files(stage.channel)
    stage.release()
    done = await outcome.wait_for(ended)
    assert LACKS_PERMISSION in texts(done)
    assert (await record_of(stage, "losing it late")).reply.in_dm is False


async def test_direct_message_has_the_files(stage: Stage) -> None:
    """When the reply can't be reached, the result comes with its files, which the channel would not have taken."""
    stage.discord.faults.forbid_files(stage.channel)
    await held(stage, "a fox sent home")
    stage.discord.clock.advance(TOKEN_EXPIRED)
    stage.channel.forbid(stage.discord.world.guild.id, VIEW_CHANNEL)
    stage.release()
    job = await record_of(stage, "sent home")
    sent = stage.mia.dm.messages[str(job.reply.message_id)].message
    assert media(sent)
    assert LACKS_PERMISSION not in texts(sent)


async def test_job_and_singles_without_the_permission(stage: Stage) -> None:
    """A job shown again and the pictures of a grid are links where no files may be attached."""
    done = await stage.finished("a fox seen twice")
    stage.discord.faults.forbid_files(stage.channel)
    again = await stage.mia.slash(stage.channel, "job", id=(await record_of(stage, "seen twice")).id)
    shown = await again.wait_for(lambda message: "U1" in labels(message))
    assert (media(shown), LACKS_PERMISSION in texts(shown)) == ([], True)
    singles = await (await stage.mia.press(done, label="Singles")).wait_for(labels)
    assert (media(singles), "can't be attached" in texts(singles)) == ([], True)


async def test_overstated_limit(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """A result that is refused although Discord allowed its size is made smaller and shown."""
    limit = 3000
    monkeypatch.setattr("bot.ui.replies.ending_draft.SAFE_UPLOAD_LIMIT", limit)
    monkeypatch.setattr(stage.discord.world.guild, "attachment_limit", limit)
    stage.discord.world.upload_limits.stated = 500 * MIB
    done = await stage.finished("a fox too proud")
    assert media(done)
    assert (uploads(stage, done, refused=True), uploads(stage, done, refused=False)) == (1, 1)


async def test_files_are_added_later(stage: Stage) -> None:
    """While uploads alone fail, the end is shown with link and buttons; the file follows, without another message."""
    stage.discord.faults.fail_uploads(504)
    outcome = await stage.imagine("a fox arriving in two parts")
    done = await outcome.wait_for(ended)
    assert "takes no files at the moment" in texts(done)
    assert "[original](<" in texts(done)
    assert "U1" in labels(done)
    [remote] = stage.submissions("in two parts")
    job = await stage.store.get(remote.submitted["ref"])
    assert job is not None
    assert (job.state, job.delivered_at) == ("done", None)
    refused = uploads(stage, done, refused=True)
    await stage.wait_until(lambda: uploads(stage, done, refused=True) > refused + 10)
    stage.discord.faults.clear()
    complete = await outcome.wait_for(lambda message: bool(media(message)))
    assert complete["id"] == done["id"]
    assert "takes no files" not in texts(complete)
    assert (await record_of(stage, "in two parts")).reply.message_id == int(done["id"])


async def test_files_are_added_to_an_old_reply(stage: Stage) -> None:
    """When Discord takes no more edits of it for now, the file is added as soon as it takes one again."""
    stage.discord.faults.fail_uploads(500)
    outcome = await stage.imagine("a fox arriving with the last train")
    done = await outcome.wait_for(ended)
    stage.discord.clock.advance(TOKEN_EXPIRED)
    by_channel = "PATCH /channels/{channel_id}/messages/{message_id}"
    # As often as discord.py asks at a time.
    stage.discord.faults.refuse_next(by_channel, 429, code=30046, times=5)
    stage.discord.faults.uploads_fail_with = None
    complete = await stage.channel.wait_for(lambda message: message["id"] == done["id"] and bool(media(message)))
    assert "takes no files" not in texts(complete)
    assert any(entry.status == 429 for entry in stage.discord.request_log if done["id"] in entry.path)


async def test_files_are_added_by_the_next_process(stage: Stage) -> None:
    """A restart in between loses no file."""
    stage.discord.faults.fail_uploads(500)
    outcome = await stage.imagine("a fox arriving after a restart")
    await outcome.wait_for(ended)
    await stage.stop()
    stage.discord.faults.clear()
    await stage.start()
    assert await outcome.wait_for(lambda message: ended(message) and media(message))
    await record_of(stage, "after a restart")


async def test_blocked_words_are_left_out(stage: Stage) -> None:
    """An ending whose text AutoMod refuses keeps its picture and buttons, without words and links."""
    outcome = await held(stage, "a fox with a forbidden name")
    stage.discord.faults.block("blocked_by_automod", "forbidden")
    stage.release()
    done = await outcome.wait_for(ended)
    assert "its moderation refuses it" in texts(done)
    assert "https://" not in texts(done)
    assert "U1" in labels(done)
    assert media(done)


async def test_blocked_links_of_a_failure_are_left_out(stage: Stage) -> None:
    """A failure that is refused shows that there is no result, with Retry."""
    outcome = await held(stage, "a fox with a dangerous link scenario:fails-at-60")
    stage.discord.faults.block("harmful_link", "dangerous")
    stage.release()
    done = await outcome.wait_for(ended)
    assert "ended without a result" in texts(done)
    assert labels(done) == ["Retry"]


async def test_explicit_picture_is_linked(stage: Stage) -> None:
    """A picture that Discord calls explicit is left out, and the rest is shown."""
    stage.discord.faults.block("explicit_content")
    done = await stage.finished("a fox without a coat")
    assert (media(done), "U1" in labels(done)) == ([], True)
    assert "[original](<" in texts(done)


async def test_ending_that_is_refused_in_every_form(stage: Stage) -> None:
    """When the channel takes not even the shortest form, the whole result is sent by direct message."""
    await held(stage, "a fox that is not welcome")
    stage.discord.faults.block("blocked_by_automod", ".")
    stage.release()
    job = await record_of(stage, "not welcome")
    sent = stage.mia.dm.messages[str(job.reply.message_id)].message
    assert media(sent)
    assert "a fox that is not welcome" in texts(sent)


async def test_blocked_first_answer(stage: Stage) -> None:
    """Words that may not even be shown start nothing, and the member reads why."""
    stage.discord.faults.block("blocked_by_automod", "unspeakable")
    outcome = await stage.mia.slash(stage.channel, "imagine", prompt="an unspeakable fox")
    assert "moderation of this channel refuses these words" in await stage.private_reply(outcome)
    assert stage.submissions("unspeakable") == []
