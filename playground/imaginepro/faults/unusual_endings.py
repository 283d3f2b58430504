"""Ways in which finished and failed jobs look other than documented, as clients of the API report them."""

from __future__ import annotations

from playground.imaginepro.jobs.fault import Fault, JobBehaviour

from . import record_faults

FILTERS = "Request cancelled due to image filters"

ENDINGS = (
    Fault(
        "done-empty",
        "DONE at 100 %, but with neither picture nor buttons.",
        reshape=record_faults.done_without("uri", "images", "originalUrl", "buttons"),
    ),
    Fault(
        "tiles-only",
        "DONE with the four tiles, but without the grid.",
        reshape=record_faults.done_without("uri", "originalUrl"),
    ),
    Fault(
        "buttons-only",
        "DONE with buttons, but without any picture.",
        reshape=record_faults.done_without("uri", "images", "originalUrl"),
    ),
    Fault(
        "texts-without-status",
        "The prompts of a describe at 100 %, without status and picture.",
        reshape=record_faults.done_without("status", "uri", "originalUrl"),
    ),
    Fault(
        "other-words",
        "Every status has another word: CREATED, PENDING, IN_PROGRESS, COMPLETED, FAILURE.",
        reshape=record_faults.status_words(
            SUBMITTED="CREATED", QUEUED="PENDING", PROCESSING="IN_PROGRESS", DONE="COMPLETED", FAIL="FAILURE"
        ),
    ),
    Fault("done-is-success", "DONE is called SUCCESS.", reshape=record_faults.status_words(DONE="SUCCESS")),
    Fault(
        "unknown-end",
        "The finished job has an unknown status, with picture and buttons.",
        reshape=record_faults.status_words(DONE="ARCHIVED"),
    ),
    Fault(
        "error-alone",
        "The job fails at 46 % and its record is an id and an error, without a status.",
        behaviour=JobBehaviour(fails_at=46, error=FILTERS),
        reshape=record_faults.error_alone,
    ),
    Fault(
        "success-false-record",
        "The job fails at 31 % and its record is success false and a message, without a status.",
        behaviour=JobBehaviour(fails_at=31, error=FILTERS),
        reshape=record_faults.success_false,
    ),
    Fault(
        "says-timeout",
        "The job ends at 54 % with the status TIMEOUT and no error.",
        behaviour=JobBehaviour(fails_at=54, error="timeout"),
        reshape=record_faults.timed_out,
    ),
    Fault(
        "spaced-address",
        "The finished picture's address holds a space that is not quoted.",
        reshape=record_faults.spaced_address,
    ),
    Fault(
        "picture-empty-at-first",
        "The finished picture comes without a byte, twice.",
        picture="empty-at-first",
    ),
)
