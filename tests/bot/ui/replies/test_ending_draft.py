"""What is left out of an ending that Discord refuses, and in which order."""

from dataclasses import replace

import discord
import pytest

from bot.services.images.formats import Upload
from bot.services.images.results import NO_ATTACH_FILES
from bot.services.presenter import JobEnding
from bot.store import JobState
from bot.ui.replies.discord_calls import NotPermitted
from bot.ui.replies.ending_draft import SAFE_UPLOAD_LIMIT, UPLOAD_LATER, UPLOAD_REFUSED, EndingDraft
from tests.bot.ui.records import job
from tests.bot.ui.replies.test_replies import http_error

MIB = 1024 * 1024
TOO_LARGE = http_error(413, 40005)


class Refits:
    """Files of one size after another, for the limits that they are asked for."""

    def __init__(self) -> None:
        self.limits: list[int] = []

    async def __call__(self, limit: int) -> tuple[tuple[Upload, ...], str | None]:
        """One file of the limit's size."""
        self.limits.append(limit)
        return files(limit), None


def files(*sizes: int) -> tuple[Upload, ...]:
    """Files of these sizes in bytes."""
    return tuple(Upload(bytes(size), f"picture-{number}.png") for number, size in enumerate(sizes, 1))


def draft_of(*sizes: int, refits: Refits | None = None) -> EndingDraft:
    """The draft of a finished job with files of these sizes."""
    done = job(state=JobState.DONE, image_url="https://cdn.imaginepro.ai/a.png")
    return EndingDraft(JobEnding(job=done, uploads=files(*sizes), refit=refits))


@pytest.mark.parametrize("error", [TOO_LARGE, http_error(400, 50045), http_error(413)])
async def test_file_that_is_too_large_is_made_smaller(error: discord.HTTPException) -> None:
    """It is fitted to what every channel takes; when that is refused too, it is left out."""
    refits = Refits()
    draft = draft_of(20 * MIB, refits=refits)
    assert await draft.reduce(error)
    assert refits.limits == [SAFE_UPLOAD_LIMIT]
    assert draft.ending.uploads == files(SAFE_UPLOAD_LIMIT)
    assert await draft.reduce(error)
    assert (draft.ending.uploads, draft.ending.note) == ((), UPLOAD_REFUSED)
    assert not await draft.reduce(error)


async def test_files_share_the_limit_of_a_request() -> None:
    """Several files that are small enough each are fitted to 25 MiB together."""
    refits = Refits()
    assert await draft_of(*[9 * MIB] * 4, refits=refits).reduce(TOO_LARGE)
    assert refits.limits == [6 * MIB]


async def test_another_route_has_another_limit() -> None:
    """Files are fitted only where they are too large for the route."""
    refits = Refits()
    draft = draft_of(20 * MIB, refits=refits)
    await draft.fit(50 * MIB)
    assert refits.limits == []
    await draft.fit(10 * MIB)
    assert refits.limits == [10 * MIB]


@pytest.mark.parametrize(
    ("error", "note", "is_pending"),
    [
        (NotPermitted(), NO_ATTACH_FILES, False),
        (http_error(403, 50013), NO_ATTACH_FILES, False),
        (http_error(504), UPLOAD_LATER, True),
        (http_error(400, 20009), UPLOAD_REFUSED, False),
        (http_error(403, 50999), UPLOAD_REFUSED, False),
    ],
)
async def test_files_are_left_out(error: Exception, note: str, is_pending: bool) -> None:
    """With the reason; only those that fail for a while are added later."""
    draft = draft_of(10)
    assert await draft.reduce(error)
    assert (draft.ending.uploads, draft.ending.note, draft.files_pending) == ((), note, is_pending)


@pytest.mark.parametrize("code", [200000, 240000])
async def test_words_go_before_files(code: int) -> None:
    """A refused text keeps its files; when that is refused as well, nothing more can be left out."""
    draft = draft_of(10)
    assert await draft.reduce(http_error(400, code))
    assert (draft.ending.without_words, len(draft.ending.uploads)) == (True, 1)
    assert not await draft.reduce(http_error(400, code))


async def test_everything_is_restored_for_another_channel() -> None:
    """Direct messages may take what the channel did not."""
    refits = Refits()
    draft = draft_of(20 * MIB, refits=refits)
    await draft.reduce(http_error(504))
    await draft.restore(10 * MIB)
    assert (draft.ending.uploads, draft.files_pending) == (files(10 * MIB), False)
    without = EndingDraft(replace(draft_of().ending, refit=refits))
    await without.restore(10 * MIB)
    assert without.ending.uploads == files(10 * MIB)
