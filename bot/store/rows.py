"""Rows of the jobs table as records."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

from bot.store.records import JobKind, JobRecord, JobState, ReplyTarget

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
