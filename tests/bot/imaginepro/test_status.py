"""The status of records, also of those that name it in no documented way."""

from typing import Any

import pytest

from bot.imaginepro.models import Job
from bot.imaginepro.status import JobStatus

URI = "https://cdn.imaginepro.ai/1.png"
DESCRIBED = {"content": ["1️⃣ a fox", "2️⃣ a red fox"]}
RUNNING, DONE, FAILED = JobStatus.PROCESSING, JobStatus.DONE, JobStatus.FAILED


def read(**record: Any) -> Job:
    """The job in this record."""
    return Job.from_body(record, polled_id="polled")


@pytest.mark.parametrize(
    ("words", "status"),
    [
        ("SUCCESS succeeded Successful COMPLETE completed finished", DONE),
        ("TIMEOUT timed_out timed-out EXPIRED FAILURE rejected aborted canceled", FAILED),
        ("pending IN_QUEUE in-queue scheduled", JobStatus.QUEUED),
        ("in_progress IN-PROGRESS running", RUNNING),
        ("created not_start", JobStatus.SUBMITTED),
        ("MODERATING 100", RUNNING),
    ],
)
def test_other_words(words: str, status: JobStatus) -> None:
    """Words are read as what they say, in any spelling; unknown ones as running."""
    assert {word: read(status=word).status for word in words.split()} == dict.fromkeys(words.split(), status)


@pytest.mark.parametrize(
    ("record", "status"),
    [
        ({"error": "No."}, FAILED),
        ({"error": {"message": "No."}, "progress": 60, "uri": URI}, FAILED),
        ({"error": "No.", "progress": 100, "uri": URI}, FAILED),
        ({"error": "", "progress": 60}, RUNNING),
        ({"error": False, "progress": 60}, RUNNING),
        ({"success": False}, FAILED),
        ({"success": False, "status": "PROCESSING", "progress": 60}, FAILED),
        ({"success": True, "progress": 60}, RUNNING),
        ({"success": "req-1", "progress": 60}, RUNNING),
        ({"success": False, "status": "DONE", "uri": URI}, DONE),
        ({"progress": 100, "uri": URI}, DONE),
        ({"progress": 100, "originalUrl": URI}, DONE),
        ({"progress": 100, "images": [URI]}, DONE),
        ({"progress": 100, "videoUrl": URI}, DONE),
        ({"progress": 100, "response": DESCRIBED}, DONE),
        ({"progress": 100, "prompt": "1️⃣ a fox\n\n2️⃣ a red fox"}, DONE),
        ({"progress": 100, "prompt": "a fox"}, RUNNING),
        ({"progress": 100, "buttons": ["U1"]}, RUNNING),
        ({"progress": 99, "uri": URI, "buttons": ["U1"]}, RUNNING),
        ({"response": DESCRIBED}, RUNNING),
    ],
)
def test_records_without_a_known_end(record: dict[str, Any], status: JobStatus) -> None:
    """An error ends a job as failed, 100 percent with a result as done."""
    assert read(**record).status is status


@pytest.mark.parametrize(
    ("record", "status"),
    [
        ({"uri": URI, "buttons": ["U1"]}, DONE),
        ({"uri": URI, "buttons": ["U1"], "error": "a webhook failed"}, DONE),
        ({"uri": URI, "buttons": ["Cancel Job"]}, RUNNING),
        ({"uri": URI}, RUNNING),
        ({"buttons": ["U1"]}, RUNNING),
        ({"images": [URI]}, DONE),
        ({"response": DESCRIBED}, DONE),
        ({"error": "No."}, FAILED),
    ],
)
def test_an_unknown_word_at_100_percent(record: dict[str, Any], status: JobStatus) -> None:
    """It is done with what no running job has: a preview alone may be followed by more."""
    assert read(status="ARCHIVED", progress=100, **record).status is status


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ({"status": "FAIL", "error": "No."}, "No."),
        ({"success": False, "message": "Not now."}, "Not now."),
        ({"success": False, "error": "Bad Request", "message": "Not now."}, "Not now."),
        ({"error": "Bad Request"}, "Bad Request"),
        ({"error": {"message": "nested"}}, "nested"),
        ({"error": True, "message": "Not now."}, "Not now."),
        ({"status": "timed out"}, "It took too long."),
        ({"status": "TIMEOUT", "error": "Too slow."}, "Too slow."),
        ({"status": "CANCELLED"}, "It was cancelled."),
        ({"status": "FAIL"}, None),
        ({"status": "PROCESSING", "message": "Working."}, None),
    ],
)
def test_the_reason_of_a_failure(record: dict[str, Any], reason: str | None) -> None:
    """It is taken from where it says most."""
    assert read(**record).error == reason
