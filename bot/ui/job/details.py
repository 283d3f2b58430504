"""The "Job details" view: prompt, seed, ids, times and cost of a job, ready to copy."""

import re
from collections.abc import Iterator
from datetime import datetime

import discord
from discord import ui

from bot.services.jobs.history import Relatives
from bot.services.kinds import request_of
from bot.store import JobRecord
from bot.ui.base.location import message_link
from bot.ui.base.message import panel
from bot.ui.base.text import asked_by, duration, escape, shorten
from bot.ui.job.heading import cost, flags_of
from bot.ui.job.names import action_name, state_label

_MAX_TEXT = 4000
"""Characters that Discord allows in all texts of a message together."""

_MAX_PROMPT = 2300
_MAX_FLAGS = 400
_MAX_URL = 500
_MAX_CHILDREN = 6
_INCOMPLETE = "-# There is more, but no room for it."
_FENCE = re.compile(r"`(?=``)")
_ID = re.compile(r"ip1:[a-z]+:([\w-]{1,32})(?::.*)?", re.DOTALL)


def job_ids_on(message: discord.Message) -> Iterator[str]:
    """Ids in the custom_ids of a message's buttons and menus, in order; they may be ids of jobs."""
    for component in message.components:
        yield from _job_ids(component)


def _job_ids(component: object) -> Iterator[str]:
    if found := _ID.fullmatch(getattr(component, "custom_id", None) or ""):
        yield found[1]
    for child in (*getattr(component, "children", ()), getattr(component, "accessory", None)):
        if child is not None:
            yield from _job_ids(child)


def details_view(job: JobRecord, relatives: Relatives) -> ui.LayoutView:
    """The job's request and result; each value to copy is in a code block of its own."""
    left, fitting, complete = _MAX_TEXT - len(_INCOMPLETE), list[str](), True
    for part in _parts(job, relatives):
        if len(part) <= left:
            fitting.append(part)
            left -= len(part)
        else:
            complete = False
    if not complete:
        fitting.append(_INCOMPLETE)
    return panel(*(ui.TextDisplay(part) for part in fitting))


def _parts(job: JobRecord, relatives: Relatives) -> Iterator[str]:
    """The texts from top to bottom; one that does not fit is left out."""
    yield f"**Job details**\n-# {escape(action_name(job))} · {state_label(job)}"
    if job.prompt:
        yield _copy_block("Prompt", job.prompt)
    flags = flags_of(job)
    if flags and len(flags) <= _MAX_FLAGS:
        yield _copy_block("Flags", flags)
    if job.seed is not None:
        yield _copy_block("Seed", str(job.seed))
    yield _copy_block("Job id", job.id)
    if job.remote_id is not None:
        yield _copy_block("ImaginePro's id", job.remote_id)
    yield "\n".join(_facts(job))
    if links := list(_relative_links(relatives)):
        yield "\n".join(links)
    if inputs := list(_input_links(job)):
        yield f"Made from {', '.join(inputs)}"


def _copy_block(name: str, text: str) -> str:
    # Three backticks would end the code block; a zero-width space between them prevents that.
    escaped = _FENCE.sub("`\u200b", text)
    return f"{name}\n```\n{shorten(escaped, _MAX_PROMPT)}\n```"


def _facts(job: JobRecord) -> Iterator[str]:
    yield f"Asked for {_timestamp(job.created_at)} by {asked_by(job.reply.user_id, job.reply.user_name)}"
    if job.submitted_at is not None:
        yield f"Sent {_timestamp(job.submitted_at)}"
    if job.finished_at is not None:
        took = duration((job.finished_at - job.created_at).total_seconds())
        yield f"Ended {_timestamp(job.finished_at)}, after {took}"
    if job.mode:
        yield f"Mode: {job.mode}"
    yield f"Cost: {cost(job) or 'nothing'}"
    if link := message_link(job):
        yield f"[Its message]({link})"


def _relative_links(relatives: Relatives) -> Iterator[str]:
    if relatives.parent is not None:
        yield f"Made from {_job_link(relatives.parent)}"
    if children := relatives.children:
        more = len(children) - _MAX_CHILDREN
        rest = f" and {more} more" if more > 0 else ""
        yield f"Led to {', '.join(map(_job_link, children[:_MAX_CHILDREN]))}{rest}"


def _job_link(job: JobRecord) -> str:
    name, link = escape(action_name(job)), message_link(job)
    return f"[{name}]({link})" if link is not None else name


def _input_links(job: JobRecord) -> Iterator[str]:
    for number, url in enumerate(request_of(job).inputs, 1):
        escaped = url.replace("<", "%3C").replace(">", "%3E")
        yield f"[picture {number}](<{escaped}>)" if len(escaped) <= _MAX_URL else f"picture {number}"


def _timestamp(time: datetime) -> str:
    return f"<t:{int(time.timestamp())}:f>"
