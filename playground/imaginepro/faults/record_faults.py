"""Ways a job's record departs from the usual one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playground.imaginepro.jobs.fault import AffectedJob, RecordChange

Record = dict[str, Any]


def without(*names: str) -> RecordChange:
    """Leave fields out."""

    def change(record: Record, job: AffectedJob) -> Record:
        return {name: value for name, value in record.items() if name not in names}

    return change


def done_without(*names: str) -> RecordChange:
    """Leave fields out of a finished record."""

    def change(record: Record, job: AffectedJob) -> Record:
        return without(*names)(record, job) if job.status.terminal else record

    return change


def video_url_only(record: Record, job: AffectedJob) -> Record:
    """A film's address in the field that only videos have."""
    uri = str(record.get("uri", ""))
    return {**without("uri", "originalUrl")(record, job), "videoUrl": uri} if uri.endswith(".mp4") else record


def with_buttons(*labels: str) -> RecordChange:
    """Add labels to a finished record's buttons."""

    def change(record: Record, job: AffectedJob) -> Record:
        return {**record, "buttons": [*record["buttons"], *labels]} if "buttons" in record else record

    return change


def progress_as(form: str) -> RecordChange:
    """Write the percentage as text."""

    def change(record: Record, job: AffectedJob) -> Record:
        return {**record, "progress": form.format(record["progress"])}

    return change


def unknown_status(record: Record, job: AffectedJob) -> Record:
    """A state no documentation knows, until the job ends."""
    return record if job.status.terminal else {**record, "status": "WARMING_UP"}


def status_words(**words: str) -> RecordChange:
    """Name states by other words."""

    def change(record: Record, job: AffectedJob) -> Record:
        return {**record, "status": words.get(record["status"], record["status"])}

    return change


def error_alone(record: Record, job: AffectedJob) -> Record:
    """A failure's body of id and error, without any status."""
    if record["status"] != "FAIL":
        return record
    return {"messageId": record["messageId"], "error": record["error"]}


def success_false(record: Record, job: AffectedJob) -> Record:
    """A failure's body as that of a refused request."""
    return {"success": False, "message": record["error"]} if record["status"] == "FAIL" else record


def timed_out(record: Record, job: AffectedJob) -> Record:
    """A failure whose only explanation is its status."""
    return {**without("error")(record, job), "status": "TIMEOUT"} if record["status"] == "FAIL" else record


def spaced_address(record: Record, job: AffectedJob) -> Record:
    """The finished picture under an address with a space that is not quoted."""
    if not job.status.terminal or "uri" not in record:
        return record
    return {**record, "uri": record["uri"].replace("/cdn/", "/cdn/a fox/")}


def other_parent_spelling(record: Record, job: AffectedJob) -> Record:
    """The parent under the field table's name instead of the examples'."""
    return {**without("originatingMessageId")(record, job), "originalMessageId": record["originatingMessageId"]}


def extra_fields(record: Record, job: AffectedJob) -> Record:
    """Undocumented fields, `success` as the text the field table has, and a null here and there."""
    extra = {"success": f"req-{job.id[:8]}", "hash": job.id[::-1], "content": None, "flags": 0}
    return {**record, **extra, "meta": {"model": "v7", "queue": [1, 2, 3]}}


def offset_times(record: Record, job: AffectedJob) -> Record:
    """Times with an offset and without milliseconds."""
    times = {name: record[name][:19] + "+00:00" for name in ("createdAt", "updatedAt")}
    return {**record, **times}


def small_failure(record: Record, job: AffectedJob) -> Record:
    """A failure's body of status and error only."""
    return {"status": "FAIL", "error": record["error"]} if record["status"] == "FAIL" else record


def cancel_listed(record: Record, job: AffectedJob) -> Record:
    """Cancel Job among the buttons while the job runs."""
    return record if job.status.terminal else {**record, "buttons": ["Cancel Job"]}


def preview_with_query(query: str) -> RecordChange:
    """Add a query to the preview's address."""

    def change(record: Record, job: AffectedJob) -> Record:
        if job.status.terminal or "uri" not in record:
            return record
        return {**record, "uri": f"{record['uri']}?{query}"}

    return change
