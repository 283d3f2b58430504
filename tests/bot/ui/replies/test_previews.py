"""Which previews of a running job are fetched."""

from bot.services.images.formats import Upload
from bot.services.presenter import JobPhase, JobProgress
from bot.ui.replies.previews import ReplyPreview
from tests.bot.ui.records import JOB


def at(percent: int) -> JobProgress:
    """The progress at this percentage, with a preview of its own."""
    url = f"https://cdn.imaginepro.ai/{percent}.webp"
    return JobProgress(job=JOB, phase=JobPhase.RUNNING, percent=percent, preview_url=url)


def test_few_previews_are_fetched() -> None:
    """After one that was had, the next is due 40 points later."""
    preview = ReplyPreview()
    assert preview.is_due(at(15))
    preview.fetched(at(15), Upload(b"RIFF", "preview.webp"))
    assert [percent for percent in (15, 31, 54, 55) if preview.is_due(at(percent))] == [55]


def test_a_preview_that_is_missing_already_costs_no_other() -> None:
    """After one that could not be had, the next one is due at once, and the same one never."""
    preview = ReplyPreview()
    preview.fetched(at(15), None)
    assert [percent for percent in (15, 31) if preview.is_due(at(percent))] == [31]
    assert preview.newest is None
