"""Everything the bot knows of a job that a member may want to copy."""

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
from bot.ui.base.text import duration, escape, price, shorten
from bot.ui.job.names import kind_of, state_of
from bot.ui.job.view import flags_of

_ROOM = 4000
"""Characters Discord shows in one message, all texts together."""

_MAX_PROMPT = 2300
_MAX_FLAGS = 400
_MAX_URL = 500
_MAX_CHILDREN = 6
_LEFT_OUT = "-# There is more, but no room for it."
_FENCE = re.compile(r"`(?=``)")
_ID = re.compile(r"ip1:[a-z]+:([\w-]{1,32})(?::.*)?", re.DOTALL)


def job_ids_on(message: discord.Message) -> Iterator[str]:
    """What may be ids of jobs on the buttons and menus of a message, in their order."""
    for component in message.components:
        yield from _ids(component)


def _ids(component: object) -> Iterator[str]:
    if found := _ID.fullmatch(getattr(component, "custom_id", None) or ""):
        yield found[1]
    for child in (*getattr(component, "children", ()), getattr(component, "accessory", None)):
        if child is not None:
            yield from _ids(child)


def details_view(job: JobRecord, relatives: Relatives) -> ui.LayoutView:
    """The job's request and how it went, each value to be copied in a block of its own."""
    left, shown, complete = _ROOM - len(_LEFT_OUT), list[str](), True
    for part in _parts(job, relatives):
        if len(part) <= left:
            shown.append(part)
            left -= len(part)
        else:
            complete = False
    if not complete:
        shown.append(_LEFT_OUT)
    return panel(*(ui.TextDisplay(part) for part in shown))


def _parts(job: JobRecord, relatives: Relatives) -> Iterator[str]:
    """Texts in the order in which they are read; a later one gives way when there is no room."""
    yield f"**Job details**\n-# {escape(kind_of(job))} · {state_of(job)}"
    if job.prompt:
        yield _copied("Prompt", job.prompt)
    flags = flags_of(job)
    if flags and len(flags) <= _MAX_FLAGS:
        yield _copied("Flags", flags)
    if job.seed is not None:
        yield _copied("Seed", str(job.seed))
    yield _copied("Job id", job.id)
    if job.remote_id is not None:
        yield _copied("ImaginePro's id", job.remote_id)
    yield "\n".join(_facts(job))
    if family := list(_family(relatives)):
        yield "\n".join(family)
    if inputs := list(_inputs(job)):
        yield f"Made from {', '.join(inputs)}"


def _copied(name: str, text: str) -> str:
    # Three backticks would end the block; an invisible sign between them keeps it whole.
    whole = _FENCE.sub("`\u200b", text)
    return f"{name}\n```\n{shorten(whole, _MAX_PROMPT)}\n```"


def _facts(job: JobRecord) -> Iterator[str]:
    yield f"Asked for {_moment(job.created_at)} by <@{job.reply.user_id}>"
    if job.submitted_at is not None:
        yield f"Sent {_moment(job.submitted_at)}"
    if job.finished_at is not None:
        took = duration((job.finished_at - job.created_at).total_seconds())
        yield f"Ended {_moment(job.finished_at)}, after {took}"
    if job.mode:
        yield f"Mode: {job.mode}"
    yield f"Cost: {price(job.cost_credits)}"
    if link := message_link(job):
        yield f"[Its message]({link})"


def _family(relatives: Relatives) -> Iterator[str]:
    if relatives.parent is not None:
        yield f"Made from {_named(relatives.parent)}"
    if children := relatives.children:
        more = len(children) - _MAX_CHILDREN
        rest = f" and {more} more" if more > 0 else ""
        yield f"Led to {', '.join(map(_named, children[:_MAX_CHILDREN]))}{rest}"


def _named(job: JobRecord) -> str:
    name, link = escape(kind_of(job)), message_link(job)
    return f"[{name}]({link})" if link is not None else name


def _inputs(job: JobRecord) -> Iterator[str]:
    for place, url in enumerate(request_of(job).inputs, 1):
        address = url.replace("<", "%3C").replace(">", "%3E")
        yield f"[picture {place}](<{address}>)" if len(address) <= _MAX_URL else f"picture {place}"


def _moment(moment: datetime) -> str:
    return f"<t:{int(moment.timestamp())}:f>"
