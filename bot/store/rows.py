"""Rows of the jobs table as records, without their masks."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from typing import Any

import sqlalchemy as sa

from bot.store.db.mask import without_mask
from bot.store.db.schema import jobs
from bot.store.records import JobKind, JobRecord, JobState, NewJob, ReplyTarget

RECORD: tuple[sa.ColumnElement[Any], ...] = tuple(
    without_mask(column).label(column.name) if column is jobs.c.details else column for column in jobs.c
)
"""The columns of a record. A mask is megabytes, and only its sender and Retry need it: see `JobStore.get_with_mask`."""

LISTS = ("tiles", "buttons", "texts", "videos")
"""The columns that hold a list of texts."""

_USER_NAME = "user_name"
"""Part of a reply that has no column of its own: it is stored with the details, for requests ignore it there."""

_REPLY_COLUMNS = tuple(field.name for field in fields(ReplyTarget) if field.name != _USER_NAME)


def record_of(row: Mapping[Any, Any]) -> JobRecord:
    """The job in a row of the table."""
    values: dict[str, Any] = dict(row)
    details = dict(row["details"])
    user_name = str(details.pop(_USER_NAME, ""))
    values["details"] = details
    values["reply"] = ReplyTarget(user_name=user_name, **{name: values.pop(name) for name in _REPLY_COLUMNS})
    values["kind"], values["state"] = JobKind(row["kind"]), JobState(row["state"])
    values.update((name, _texts(row[name])) for name in LISTS)
    return JobRecord(**values)


def columns_of(job: NewJob) -> dict[str, Any]:
    """The job as values of the table's columns."""
    reply = asdict(job.reply)
    user_name = reply.pop(_USER_NAME)
    details = dict(job.details) | ({_USER_NAME: user_name} if user_name else {})
    own = {field.name: getattr(job, field.name) for field in fields(job) if field.name != "reply"}
    return own | reply | {"details": details}


def _texts(value: Sequence[Any]) -> tuple[str, ...]:
    return tuple(str(item) for item in value)
