"""Parsing every recorded answer into models."""

from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from bot.imaginepro.models import Account, HistoryItem, Job, Submission
from bot.imaginepro.status import JobStatus
from tests.bot.imaginepro.payloads import JOB_ID, payload


def job(name: str) -> Job:
    return Job.from_body(payload(name), polled_id="polled")


@pytest.mark.parametrize(
    ("name", "status", "percent"),
    [
        ("job-queued", JobStatus.QUEUED, 0),
        ("job-pending", JobStatus.QUEUED, None),
        ("job-preview", JobStatus.PROCESSING, 31),
        ("job-text-progress", JobStatus.PROCESSING, 46),
        ("job-percent-sign", JobStatus.PROCESSING, 45),
        ("job-unknown-status", JobStatus.PROCESSING, 12),
        ("job-done-grid", JobStatus.DONE, 100),
        ("job-done-without-picture", JobStatus.DONE, 100),
        ("job-older-done", JobStatus.DONE, 100),
        ("job-older-running", JobStatus.PROCESSING, 100),
        ("job-failed-small", JobStatus.FAILED, None),
        ("job-junk", JobStatus.FAILED, None),
    ],
)
def test_status_and_percent_of_every_shape(name: str, status: JobStatus, percent: int | None) -> None:
    """Status and percentage are read from every recorded form."""
    read = job(name)
    assert (read.status, read.percent) == (status, percent)


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("fail", JobStatus.FAILED),
        ("FAILED", JobStatus.FAILED),
        ("ERROR", JobStatus.FAILED),
        ("CANCELLED", JobStatus.FAILED),
        ("canceled", JobStatus.FAILED),
        (" done ", JobStatus.DONE),
        ("SUBMITTED", JobStatus.SUBMITTED),
        ("read", JobStatus.PROCESSING),
    ],
)
def test_spellings_of_a_status(word: str, status: JobStatus) -> None:
    """Every known spelling of a status is read."""
    assert Job.from_body({"status": word}, polled_id="x").status is status


def test_only_done_and_failed_are_terminal() -> None:
    """Only DONE and FAILED are terminal."""
    assert {status for status in JobStatus if status.is_terminal} == {JobStatus.DONE, JobStatus.FAILED}


@pytest.mark.parametrize(
    ("progress", "percent"),
    [(-5, 0), (250, 100), (99.99, 99), ("NaN", None), (1e400, None), (True, None), ("", None), ("7.9 %", 7)],
)
def test_percent_is_clamped_and_rounded_down(progress: object, percent: int | None) -> None:
    """The percentage is clamped to 0–100 and rounded down, or None."""
    assert Job.from_body({"progress": progress}, polled_id="x").percent == percent


def test_grid() -> None:
    """A finished grid is read with picture, tiles, buttons, parent and UTC times."""
    grid = job("job-done-grid")
    assert grid.has_picture
    assert grid.original_url == "https://cdn.discordapp.com/attachments/5/6/grid.png"
    assert len(grid.tiles) == 4
    assert grid.buttons == ("U1", "U2", "U3", "U4", "🔄", "V1", "V2", "V3", "V4")
    assert (grid.root_id, grid.ref) == (JOB_ID, "job-7")
    assert grid.updated_at == datetime(2026, 2, 3, 10, 0, 41, 250000, tzinfo=UTC)


def test_the_other_spelling_of_the_parent_and_unknown_buttons() -> None:
    """The other parent field is read, labels are kept exactly, and an empty ref is None."""
    single = job("job-done-single")
    assert (single.root_id, single.ref) == (JOB_ID, None)
    assert single.buttons == ("Upscale (Subtle)", "Vary (Strong)", "\u2b05\ufe0f", "Something New")


def test_done_without_picture_is_not_shown_as_a_picture() -> None:
    """A finished job without a picture has no picture."""
    done = job("job-done-without-picture")
    assert done.status is JobStatus.DONE
    assert not done.has_picture


def test_spaces_in_a_url_are_quoted() -> None:
    """They can be sent, shown and linked then; other white space makes it no URL."""
    read = Job.from_body(
        {"uri": " https://x.example/a red%20fox.png", "images": ["https://x.example/1 2.png", "https://x.example/\n3"]},
        polled_id="x",
    )
    assert read.image_url == "https://x.example/a%20red%20fox.png"
    assert read.tiles == ("https://x.example/1%202.png",)


def test_a_description_may_begin_with_a_url() -> None:
    """With words behind it, it is a prompt."""
    content = ["https://x.example/1.png", "https://x.example/1.png a red fox"]
    assert Job.from_body({"response": {"content": content}}, polled_id="x").texts == (content[1],)


def test_junk_entries_are_dropped() -> None:
    """Invalid entries are skipped, valid ones kept."""
    read = job("job-junk")
    assert read.tiles == ("https://cdn.imaginepro.ai/storage/v1/object/public/cdn/ok.png",)
    assert read.buttons == ("U1", "V1")
    assert (read.image_url, read.original_url, read.prompt) == (None, None, None)
    assert (read.message_id, read.root_id) == ("polled", JOB_ID)
    assert read.error == "one; two lines"
    assert (read.created_at, read.updated_at) == (None, datetime(2026, 2, 3, 10, tzinfo=UTC))


def test_a_failure_without_id_keeps_the_polled_one() -> None:
    """A failure without an id gets the polled id."""
    failed = job("job-failed-small")
    assert (failed.message_id, failed.error) == ("polled", "Request cancelled due to image filters")


def test_a_job_can_be_built_by_its_own_names_and_never_changes() -> None:
    """Models accept their own field names and are frozen."""
    built = Job(message_id="a", status=JobStatus.DONE, percent=100, image_url="https://x.example/1.png")
    assert Job.model_validate(built.model_dump()) == built
    assert Job.model_validate(built) is built
    with pytest.raises(ValidationError):
        built.percent = 3  # type: ignore[misc]


@pytest.mark.parametrize("name", ["submission", "submission-offset-time"])
def test_submission_times_are_utc(name: str) -> None:
    """Submission times in both formats are converted to UTC."""
    accepted = Submission.model_validate(payload(name))
    assert accepted == Submission(message_id=JOB_ID, created_at=datetime(2026, 2, 3, 10, tzinfo=UTC))


def test_account_never_keeps_the_address() -> None:
    """An account is read without its email address."""
    account = Account.model_validate(payload("account"))
    assert (account.plan, account.credits, account.credits_quota, account.balance) == ("STARTER", 1230, 1600, 1250)
    assert account.expires_at == datetime(2026, 3, 1, tzinfo=UTC)
    assert "owner@" not in repr(account) + account.model_dump_json()


def test_an_unknown_balance_is_not_zero() -> None:
    """A missing balance is None, not zero."""
    assert Account.model_validate({}).balance is None
    assert Account.model_validate({"creditsExtra": "12"}).balance == 12


def test_history_page() -> None:
    """History entries are read, those without an id skipped."""
    page = HistoryItem.page_from(payload("history"))
    assert page is not None
    assert [(item.kind, item.button) for item in page] == [("imagine", None), ("button", "U2")]
    assert page[0].message_id == JOB_ID


@pytest.mark.parametrize(
    ("body", "count"), [([{"messageId": "a"}], 1), ({"images": None}, 0), ({"images": []}, 0), ([], 0)]
)
def test_other_forms_of_a_history_page(body: object, count: int) -> None:
    """A bare list and a null list are history pages."""
    page = HistoryItem.page_from(body)
    assert page is not None
    assert len(page) == count


@pytest.mark.parametrize("body", [{}, None, "x", {"message": "oops"}, {"images": "none"}])
def test_an_answer_without_a_list_is_no_history(body: object) -> None:
    """An answer without a list is not a history page."""
    assert HistoryItem.page_from(body) is None


def test_a_video_in_any_record() -> None:
    """`videoUrl` is read from the record of any call, and is enough for a result."""
    url = "https://cdn.imaginepro.ai/1.mp4"
    made = Job.from_body({"status": "DONE", "progress": 100, "videoUrl": url}, polled_id="x")
    assert (made.video_url, made.has_video, made.has_picture) == (url, True, False)
    assert not Job.from_body({"videoUrl": "javascript:x"}, polled_id="x").has_video
