"""How a job looks: one view while it runs, one when it has ended. Built anew for every edit."""

import re

import discord
from discord import ui

from bot.services.images.results import result_urls
from bot.services.kinds import request_of
from bot.services.kinds.result_kind import ResultKind
from bot.services.presenter import JobEnding, JobPhase, JobProgress
from bot.services.prompt import clean_text
from bot.store import JobRecord, JobState
from bot.ui.base.location import message_link
from bot.ui.base.message import Message, gallery
from bot.ui.base.text import MAX_ALT_TEXT, alt_text, duration, escape, price, shorten
from bot.ui.buttons.describe import prompts_text
from bot.ui.buttons.job_buttons import CancelButton, RetryButton
from bot.ui.buttons.rows import action_row, result_rows
from bot.ui.job.status_line import status

_RUNNING = discord.Colour(0x5865F2)
_DONE = discord.Colour(0x3BA55D)
_FAILED = discord.Colour(0xED4245)
_CANCELLED = discord.Colour(0x99AAB5)
_MAX_WORDS = 600
_MAX_FLAGS = 300
_MAX_REASON = 700
_MAX_URL = 1000
_MAX_MEDIA_URL = 2048
_MAX_CHARACTERS = 4000
_MAX_LABEL = 80
_ADDRESSES = re.compile(r"(?:https?://\S+(?: |$))*", re.IGNORECASE)


def running_message(frame: JobProgress, parent: str | None = None) -> Message:
    """A job under way. `parent` is the address of the reply it follows up."""
    lines = [_title(frame.job), _subtitle(frame.job, f"<t:{_seconds(frame.job)}:R>", parent=parent), status(frame)]
    if frame.note is not None:
        lines.append(f"⚠️ {_reason(frame.note)}")
    box = _box(_RUNNING, lines)
    if frame.preview_url is not None:
        box.add_item(gallery([(frame.preview_url, description(frame.job))]))
    elif inputs := _inputs(frame.job):
        box.add_item(gallery([(url, f"Picture {place} to work on") for place, url in enumerate(inputs, 1)]))
    if frame.phase is not JobPhase.CANCELLING:
        box.add_item(action_row(CancelButton.build(frame.job.id)))
    return Message(_view(box))


def ended_message(ending: JobEnding, parent: str | None = None, heading: str | None = None) -> Message:
    """A job that has ended, with its picture and buttons or with the reason why there is none.

    `heading` is a line of markdown above everything else.
    """
    above = [heading] if heading is not None else []
    match ending.job.state:
        case JobState.DONE:
            return _done(ending, parent, above)
        case JobState.CANCELLED:
            return _without_result(ending, parent, above, _CANCELLED, "🚫")
        case JobState.FAILED | JobState.UNCONFIRMED:
            return _without_result(ending, parent, above, _FAILED, "⚠️")
        case JobState.RECORDED | JobState.WAITING | JobState.DISPATCHED | JobState.SUBMITTING | JobState.RUNNING:
            raise ValueError(f"job {ending.job.id} has not ended")


def moved_message(job: JobRecord, link: str) -> Message:
    """What is left of a reply whose job has ended in a newer message, which the link leads to."""
    what = "Done" if job.state is JobState.DONE else "Ended"
    return Message(
        _view(_box(_CANCELLED, [_title(job), _subtitle(job), f"➡️ {what}: see [the newer message]({link})."]))
    )


def _done(ending: JobEnding, parent: str | None, above: list[str]) -> Message:
    job = ending.job
    lines = [*above, _title(job), _subtitle(job, *_facts(job), parent=parent)]
    if ending.note is not None:
        lines.append(f"⚠️ {_reason(ending.note)}")
    box = _box(_DONE, lines)
    if ending.uploads:
        box.add_item(gallery([(f"attachment://{upload.filename}", description(job)) for upload in ending.uploads]))
    elif job.texts and (inputs := _inputs(job)):
        # The API need not send the described picture back.
        box.add_item(gallery([(url, description(job)) for url in inputs]))
    if job.texts:
        box.add_item(ui.TextDisplay(prompts_text(job.texts, _MAX_CHARACTERS - len("\n".join(lines)))))
    for row in result_rows(job):
        box.add_item(row)
    return Message(_view(box), ending.uploads)


def _without_result(
    ending: JobEnding, parent: str | None, above: list[str], colour: discord.Colour, sign: str
) -> Message:
    job = ending.job
    reason = _reason(job.reason or "This job ended without a result.")
    box = _box(colour, [*above, _title(job), _subtitle(job, parent=parent), f"{sign} {reason}"])
    box.add_item(action_row(RetryButton.build(job.id, again=job.state is JobState.UNCONFIRMED)))
    return Message(_view(box))


def _reason(text: str) -> str:
    return escape(shorten(text, _MAX_REASON))


def _view(box: ui.Container[ui.LayoutView]) -> ui.LayoutView:
    view = ui.LayoutView(timeout=None)
    view.add_item(box)
    return view


def _box(colour: discord.Colour, lines: list[str]) -> ui.Container[ui.LayoutView]:
    return ui.Container(ui.TextDisplay("\n".join(lines)), accent_colour=colour)


def _inputs(job: JobRecord) -> list[str]:
    """The pictures that the job is made from, those that Discord would show."""
    return [url for url in request_of(job).inputs if len(url) <= _MAX_MEDIA_URL]


def description(job: JobRecord) -> str:
    """What somebody who can't see the job's picture is told of it."""
    if job.texts:
        return shorten(f"Described as: {clean_text(job.texts[0])}", MAX_ALT_TEXT)
    order = request_of(job)
    name = order.name or job.button or ""
    if not job.words:
        return shorten(f"Result of {clean_text(name)}", MAX_ALT_TEXT) if name else "Picture"
    if order.result is ResultKind.VIDEO:
        return alt_text(job.words, clean_text(name) or "Video")
    text = alt_text(job.words)
    return shorten(f"{clean_text(name)}: {text}", MAX_ALT_TEXT) if name else text


def _title(job: JobRecord) -> str:
    flags = flags_of(job)
    title = f"**{shorten(escape(job.words or request_of(job).name or 'Picture'), _MAX_WORDS)}**"
    return f"{title} {shorten(escape(flags), _MAX_FLAGS)}" if flags else title


def flags_of(job: JobRecord) -> str:
    """What stands in the prompt behind its words."""
    # The addresses of pictures stand in front of the words and may hold the same letters.
    return _ADDRESSES.sub("", job.prompt, count=1).removeprefix(job.words).strip()


def _subtitle(job: JobRecord, *facts: str, parent: str | None = None) -> str:
    # Of what has ended, "may cost credits" would be no news.
    cost = "" if job.state.is_final and job.cost_credits is None else price(job.cost_credits)
    what = [job.mode, *_origin(job, parent), cost]
    return "-# " + " · ".join([f"<@{job.reply.user_id}>", *filter(None, what), *facts])


def _origin(job: JobRecord, parent: str | None) -> list[str]:
    """What was done, and to which picture; a job without words says the first in its title."""
    label = _label(job.button if job.button is not None else request_of(job).name) if job.words else ""
    if job.button is not None and not label:
        label = _label(job.button)
    if parent is not None:
        what = "video" if request_of(job).result is ResultKind.VIDEO else "picture"
        # Without words the title has said already what was done.
        return [f"{label} of [this {what}]({parent})" if label else f"once more for [this {what}]({parent})"]
    return [label]


def _label(button: str) -> str:
    return shorten(escape(button), _MAX_LABEL)


def _facts(job: JobRecord) -> list[str]:
    facts: list[str] = []
    if job.finished_at is not None:
        facts.append(duration((job.finished_at - job.created_at).total_seconds()))
    if job.seed is not None:
        facts.append(f"seed {job.seed}")
    return [*facts, *_originals(job)]


def _originals(job: JobRecord) -> list[str]:
    """Links to everything that was made, as far as there is room for them."""
    urls = [url.replace("<", "%3C").replace(">", "%3E") for url in result_urls(job)]
    names = ["original"] if len(urls) == 1 else [f"original {place}" for place in range(1, len(urls) + 1)]
    room, links = _MAX_URL, list[str]()
    for name, url in zip(names, urls, strict=True):
        room -= len(url)
        if room >= 0:
            links.append(f"[{name}](<{url}>)")
    return links


def _seconds(job: JobRecord) -> int:
    return int(job.created_at.timestamp())


def earlier_message(job: JobRecord) -> str:
    """A sentence that leads to the job an earlier press has started."""
    link = message_link(job)
    name = _label(job.button) if job.button is not None else "This"
    where = f"[its reply]({link})" if link is not None else "its reply"
    verb = "is done" if job.state is JobState.DONE else "was started"
    return f"{name} {verb} already: see {where}. Nothing was paid again."
