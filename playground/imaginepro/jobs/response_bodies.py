"""What goes over the wire: error bodies, the answer to a submission, and a job's record."""

from __future__ import annotations

from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from aiohttp import web

if TYPE_CHECKING:
    from .job import Job


class Refused(Exception):
    """The request is refused: an HTTP status and the message of the error body."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def timestamp(moment: float) -> str:
    """ISO 8601 in the service's usual spelling: UTC, milliseconds, a closing Z."""
    text = datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


def error(status: int, message: str) -> web.Response:
    """The documented error body; `error` is only the HTTP reason, the useful text is in `message`."""
    reason = HTTPStatus(status).phrase
    return web.json_response({"message": message, "error": reason, "statusCode": status}, status=status)


def accepted(job: Job) -> web.Response:
    """The same small body for every kind of submission."""
    return web.json_response({"success": True, "messageId": job.id, "createdAt": timestamp(job.created_at)})


def record(job: Job) -> dict[str, Any]:
    """The job as a progress reply or webhook body shows it, changed by the job's faults."""
    body: dict[str, Any] = {
        "messageId": job.id,
        "prompt": job.prompt,
        "status": job.status.value,
        "progress": job.progress,
        "createdAt": timestamp(job.created_at),
        "updatedAt": timestamp(job.updated_at),
        "originatingMessageId": job.root,
        "ref": job.ref or "",
        **job.outcome,
    }
    if job.error is not None:
        body["error"] = job.error
    for fault in job.faults:
        if fault.reshape is not None:
            body = fault.reshape(body, job)
    return body


def history_item(job: Job) -> dict[str, Any]:
    """One entry of the history."""
    return {
        "id": job.id,
        "type": job.kind,
        "button": job.button or "",
        "prompt": job.prompt,
        "uri": job.outcome.get("uri", ""),
        "createdAt": timestamp(job.created_at),
    }
