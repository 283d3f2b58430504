"""Rows of the jobs table as records, without their masks."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

import sqlalchemy as sa

from bot.store.db.mask import without_mask
from bot.store.db.schema import jobs
from bot.store.records import JobKind, JobRecord, JobState, ReplyTarget

RECORD: tuple[sa.ColumnElement[Any], ...] = tuple(
    without_mask(column).label(column.name) if column is jobs.c.details else column for column in jobs.c
)
"""The columns of a record. A mask is megabytes, and only its sender and Retry need it: see `JobStore.get_with_mask`."""

LISTS = ("tiles", "buttons", "texts", "videos")
"""The columns that hold a list of texts."""

_REPLY_COLUMNS = tuple(field.name for field in fields(ReplyTarget))


def record_of(row: Mapping[Any, Any]) -> JobRecord:
    """The job in a row of the table."""
    values: dict[str, Any] = dict(row)
    values["reply"] = ReplyTarget(**{name: values.pop(name) for name in _REPLY_COLUMNS})
    values["kind"], values["state"] = JobKind(row["kind"]), JobState(row["state"])
    values.update((name, _texts(row[name])) for name in LISTS)
    return JobRecord(**values)


def _texts(value: Sequence[Any]) -> tuple[str, ...]:
    return tuple(str(item) for item in value)
