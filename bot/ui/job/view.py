"""The messages that show a job: while it runs, when it has ended, and when its ending was posted elsewhere.

A view is built again for every edit, see `bot.ui.base.persistent`.
"""

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
from bot.ui.job.status_line import status_line

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
_IMAGE_URLS = re.compile(r"(?:https?://\S+(?: |$))*", re.IGNORECASE)


def running_message(progress: JobProgress, parent_url: str | None = None) -> Message:
    """The message of a running job. `parent_url` links to the reply that a follow-up was started from."""
    lines = [
        _title(progress.job),
        _subtitle(progress.job, f"<t:{_created_seconds(progress.job)}:R>", parent_url=parent_url),
        status_line(progress),
    ]
    if progress.note is not None:
        lines.append(f"⚠️ {_reason(progress.note)}")
    container = _container(_RUNNING, lines)
    if progress.preview_url is not None:
        container.add_item(gallery([(progress.preview_url, image_description(progress.job))]))
    elif inputs := _inputs(progress.job):
        container.add_item(gallery([(url, f"Picture {number} to work on") for number, url in enumerate(inputs, 1)]))
    if progress.phase is not JobPhase.CANCELLING:
        container.add_item(action_row(CancelButton.build(progress.job.id)))
    return Message(_view(container))


def ended_message(ending: JobEnding, parent_url: str | None = None, heading: str | None = None) -> Message:
    """The message of a job that has ended: its result and buttons, or why there is none.

    `heading` is a line of markdown above everything else.
    """
    heading_lines = [heading] if heading is not None else []
    match ending.job.state:
        case JobState.DONE:
            return _done_message(ending, parent_url, heading_lines)
        case JobState.CANCELLED:
            return _failed_message(ending, parent_url, heading_lines, _CANCELLED, "🚫")
        case JobState.FAILED | JobState.UNCONFIRMED:
            return _failed_message(ending, parent_url, heading_lines, _FAILED, "⚠️")
        case JobState.RECORDED | JobState.WAITING | JobState.DISPATCHED | JobState.SUBMITTING | JobState.RUNNING:
            raise ValueError(f"job {ending.job.id} has not ended")


def moved_message(job: JobRecord, link: str) -> Message:
    """The message that replaces an old reply when the job's ending was posted in a newer one, with a link to it."""
    what = "Done" if job.state is JobState.DONE else "Ended"
    return Message(
        _view(_container(_CANCELLED, [_title(job), _subtitle(job), f"➡️ {what}: see [the newer message]({link})."]))
    )


def _done_message(ending: JobEnding, parent_url: str | None, heading: list[str]) -> Message:
    job = ending.job
    lines = [*heading, _title(job), _subtitle(job, *_facts(job), parent_url=parent_url)]
    if ending.note is not None:
        lines.append(f"⚠️ {_reason(ending.note)}")
    container = _container(_DONE, lines)
    if ending.uploads:
        container.add_item(
            gallery([(f"attachment://{upload.filename}", image_description(job)) for upload in ending.uploads])
        )
    elif job.texts and (inputs := _inputs(job)):
        # The API may not return the described picture.
        container.add_item(gallery([(url, image_description(job)) for url in inputs]))
    if job.texts:
        container.add_item(ui.TextDisplay(prompts_text(job.texts, _MAX_CHARACTERS - len("\n".join(lines)))))
    for row in result_rows(job):
        container.add_item(row)
    return Message(_view(container), ending.uploads)


def _failed_message(
    ending: JobEnding, parent_url: str | None, heading: list[str], colour: discord.Colour, emoji: str
) -> Message:
    job = ending.job
    reason = _reason(job.reason or "This job ended without a result.")
    container = _container(colour, [*heading, _title(job), _subtitle(job, parent_url=parent_url), f"{emoji} {reason}"])
    container.add_item(action_row(RetryButton.build(job.id, may_be_paid=job.state is JobState.UNCONFIRMED)))
    return Message(_view(container))


def _reason(text: str) -> str:
    return escape(shorten(text, _MAX_REASON))


def _view(container: ui.Container[ui.LayoutView]) -> ui.LayoutView:
    view = ui.LayoutView(timeout=None)
    view.add_item(container)
    return view


def _container(colour: discord.Colour, lines: list[str]) -> ui.Container[ui.LayoutView]:
    return ui.Container(ui.TextDisplay("\n".join(lines)), accent_colour=colour)


def _inputs(job: JobRecord) -> list[str]:
    """The URLs of the job's input pictures, as far as Discord accepts their length."""
    return [url for url in request_of(job).inputs if len(url) <= _MAX_MEDIA_URL]


def image_description(job: JobRecord) -> str:
    """The alt text of the job's picture or video."""
    if job.texts:
        return shorten(f"Described as: {clean_text(job.texts[0])}", MAX_ALT_TEXT)
    request = request_of(job)
    name = request.name or job.button or ""
    if not job.words:
        return shorten(f"Result of {clean_text(name)}", MAX_ALT_TEXT) if name else "Picture"
    if request.result is ResultKind.VIDEO:
        return alt_text(job.words, clean_text(name) or "Video")
    text = alt_text(job.words)
    return shorten(f"{clean_text(name)}: {text}", MAX_ALT_TEXT) if name else text


def _title(job: JobRecord) -> str:
    flags = flags_of(job)
    title = f"**{shorten(escape(job.words or request_of(job).name or 'Picture'), _MAX_WORDS)}**"
    return f"{title} {shorten(escape(flags), _MAX_FLAGS)}" if flags else title


def flags_of(job: JobRecord) -> str:
    """The flags at the end of the job's prompt, such as `--ar 16:9`."""
    # Image URLs come before the words and may contain the same text.
    return _IMAGE_URLS.sub("", job.prompt, count=1).removeprefix(job.words).strip()


def _subtitle(job: JobRecord, *facts: str, parent_url: str | None = None) -> str:
    # Once the job has ended, "may cost credits" would say nothing.
    cost = "" if job.state.is_final and job.cost_credits is None else price(job.cost_credits)
    what = [job.mode, *_origin(job, parent_url), cost]
    return "-# " + " · ".join([f"<@{job.reply.user_id}>", *filter(None, what), *facts])


def _origin(job: JobRecord, parent_url: str | None) -> list[str]:
    """The action and the picture it was applied to; without a prompt the action is the title already."""
    label = _label(job.button if job.button is not None else request_of(job).name) if job.words else ""
    if job.button is not None and not label:
        label = _label(job.button)
    if parent_url is not None:
        what = "video" if request_of(job).result is ResultKind.VIDEO else "picture"
        # Without a prompt the title names the action already.
        return [f"{label} of [this {what}]({parent_url})" if label else f"once more for [this {what}]({parent_url})"]
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
    """Links to the original files, as many as fit."""
    urls = [url.replace("<", "%3C").replace(">", "%3E") for url in result_urls(job)]
    names = ["original"] if len(urls) == 1 else [f"original {number}" for number in range(1, len(urls) + 1)]
    left, links = _MAX_URL, list[str]()
    for name, url in zip(names, urls, strict=True):
        left -= len(url)
        if left >= 0:
            links.append(f"[{name}](<{url}>)")
    return links


def _created_seconds(job: JobRecord) -> int:
    return int(job.created_at.timestamp())


def already_started_text(job: JobRecord) -> str:
    """A sentence with a link to the job that an earlier press has started."""
    link = message_link(job)
    name = _label(job.button) if job.button is not None else "This"
    where = f"[its reply]({link})" if link is not None else "its reply"
    verb = "is done" if job.state is JobState.DONE else "was started"
    return f"{name} {verb} already: see {where}. Nothing was paid again."
