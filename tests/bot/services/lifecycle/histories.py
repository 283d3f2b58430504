"""Accounts with a scripted history, and jobs whose submission was never answered."""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from bot.imaginepro import HistoryItem, ImagineProClient, ImagineProError, Job, Priority, UnknownJob
from bot.store import JobRecord, JobState, JobStore, NewJob
from tests.bot.records import new_job, rewritten


class Account(ImagineProClient):
    """An account with this history; `refs` are those in the records of its jobs. The first reads raise `errors`.

    A job without a ref was submitted by others. With `echoes` off no record has the field.
    """

    def __init__(
        self,
        *items: HistoryItem,
        refs: Mapping[str, str] | None = None,
        echoes: bool = True,
        errors: Sequence[ImagineProError] = (),
        unreadable: Collection[str] = (),
    ) -> None:
        self.items, self.refs, self.echoes = list(items), dict(refs or {}), echoes
        self.errors, self.unreadable = list(errors), unreadable
        self.reads, self.read_records = 0, list[str]()

    async def history(
        self, *, page: int = 1, size: int = 10, priority: Priority = Priority.LOOKUP
    ) -> list[HistoryItem]:
        self.reads += 1
        if self.errors:
            raise self.errors.pop(0)
        return self.items[:size]

    async def progress(self, message_id: str) -> Job:
        self.read_records.append(message_id)
        if message_id in self.unreadable:
            raise UnknownJob(status=404)
        ref = {"ref": self.refs.get(message_id, "")} if self.echoes else {}
        return Job.from_body({"status": "DONE", **ref}, polled_id=message_id)


def item(remote_id: str = "x", prompt: str | None = "a red fox", **fields: object) -> HistoryItem:
    """One item of the history; `created_at` is in seconds from now."""
    if (seconds := fields.pop("created_at", None)) is not None:
        fields["created_at"] = datetime.now(UTC) + timedelta(seconds=float(str(seconds)))
    return HistoryItem.model_validate({"id": remote_id, "prompt": prompt} | fields)


async def lost(store: JobStore, job: NewJob | None = None) -> JobRecord:
    """A job whose submission was never answered."""
    record, _ = await store.record(job or new_job(prompt="a red fox", words="a red fox"))
    return await rewritten(store, record.id, state=JobState.SUBMITTING, submitting_at=datetime.now(UTC))
