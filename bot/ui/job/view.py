"""The messages that show a job: while it runs, when it has ended, and when its ending was posted elsewhere.

A view is built again for every edit, see `bot.ui.base.persistent`.
"""

from dataclasses import dataclass

import discord
from discord import ui

from bot.services.images.formats import Upload
from bot.services.kinds import request_of
from bot.services.kinds.result_kind import ResultKind
from bot.services.presenter import JobEnding, JobPhase, JobProgress
from bot.services.prompt import clean_text
from bot.store import JobRecord, JobState
from bot.ui.base.location import message_link
from bot.ui.base.message import Message, action_row, fits_media, gallery
from bot.ui.base.text import MAX_ALT_TEXT, alt_text, escape, shorten
from bot.ui.buttons.describe import prompts_text
from bot.ui.buttons.job_buttons import CancelButton, RetryButton
from bot.ui.buttons.rows import result_rows
from bot.ui.job.blocked import blocked_message
from bot.ui.job.heading import button_label, prompt_notes, result_facts, subtitle, title
from bot.ui.job.status_line import status_line

_RUNNING = discord.Colour(0x5865F2)
_DONE = discord.Colour(0x3BA55D)
_FAILED = discord.Colour(0xED4245)
_CANCELLED = discord.Colour(0x99AAB5)
_MAX_REASON = 700
_MAX_CHARACTERS = 4000
_NO_ATTACH_FILES = "⚠️ The bot lacks the permission **Attach Files** in this channel: the result will be a link."


@dataclass(frozen=True, slots=True)
class Preview:
    """A preview by the name of its file; `upload` is the file, unless the edited message has it already."""

    filename: str
    upload: Upload | None = None


def running_message(
    progress: JobProgress,
    parent_url: str | None = None,
    *,
    with_images: bool = True,
    preview: Preview | None = None,
) -> Message:
    """The message of a running job. `parent_url` links to the reply that a follow-up was started from.

    Without a preview it shows the job's inputs; `with_images` False leaves out both.
    """
    lines = [
        title(progress.job),
        subtitle(progress.job, f"<t:{_created_seconds(progress.job)}:R>", parent_url=parent_url),
        *prompt_notes(progress.job),
        status_line(progress),
    ]
    if progress.note is not None:
        lines.append(f"⚠️ {_reason(progress.note)}")
    if progress.job.reply.upload_limit == 0:
        lines.append(_NO_ATTACH_FILES)
    container = _container(_RUNNING, lines)
    uploads, keeps_files = (), False
    if not with_images:
        pass
    elif preview is not None:
        uploads, keeps_files = tuple(filter(None, [preview.upload])), preview.upload is None
        container.add_item(gallery([(f"attachment://{preview.filename}", image_description(progress.job))]))
    elif inputs := _inputs(progress.job):
        container.add_item(gallery([(url, f"Picture {number} to work on") for number, url in enumerate(inputs, 1)]))
    if progress.phase is not JobPhase.CANCELLING:
        container.add_item(action_row(CancelButton.build(progress.job.id)))
    return Message(_view(container), uploads, keeps_files)


def ended_message(ending: JobEnding, parent_url: str | None = None, heading: str | None = None) -> Message:
    """The message of a job that has ended: its result and buttons, or why there is none.

    `heading` is a line of markdown above everything else.
    """
    if ending.without_words:
        return blocked_message(ending)
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
        _view(_container(_CANCELLED, [title(job), subtitle(job), f"➡️ {what}: see [the newer message]({link})."]))
    )


def _done_message(ending: JobEnding, parent_url: str | None, heading: list[str]) -> Message:
    job = ending.job
    lines = [*heading, title(job), subtitle(job, *result_facts(job), parent_url=parent_url), *prompt_notes(job)]
    if ending.note is not None:
        lines.append(f"⚠️ {_reason(ending.note)}")
    container = _container(_DONE, lines)
    if ending.uploads:
        container.add_item(
            gallery(
                [
                    (f"attachment://{upload.filename}", image_description(job, is_video=upload.is_video))
                    for upload in ending.uploads
                ]
            )
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
    lines = [*heading, title(job), subtitle(job, parent_url=parent_url), *prompt_notes(job), f"{emoji} {reason}"]
    container = _container(colour, lines)
    if ending.uploads:
        files = [f"attachment://{upload.filename}" for upload in ending.uploads]
        # They may be why the job was refused.
        container.add_item(gallery([(file, "Picture to work on") for file in files], spoiler=True))
    container.add_item(action_row(RetryButton.build(job.id, may_be_paid=job.state is JobState.UNCONFIRMED)))
    return Message(_view(container), ending.uploads)


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
    return [url for url in request_of(job).inputs if fits_media(url)]


def image_description(job: JobRecord, *, is_video: bool = False) -> str:
    """The alt text of the job's picture or video. `is_video` says what its file is, where the job's record may not."""
    if job.texts:
        return shorten(f"Described as: {clean_text(job.texts[0])}", MAX_ALT_TEXT)
    request = request_of(job)
    name = clean_text(request.name or job.button or "")
    noun = "Video" if is_video or job.videos or request.result is ResultKind.VIDEO else "Picture"
    if not job.words:
        return shorten(f"Result of {name}", MAX_ALT_TEXT) if name else noun
    if request.result is ResultKind.VIDEO:
        return alt_text(job.words, name or noun)
    text = alt_text(job.words, noun)
    return shorten(f"{name}: {text}", MAX_ALT_TEXT) if name else text


def _created_seconds(job: JobRecord) -> int:
    return int(job.created_at.timestamp())


def already_started_text(job: JobRecord) -> str:
    """A sentence with a link to the job that an earlier press has started."""
    link = message_link(job)
    name = button_label(job.button) if job.button is not None else "This"
    where = f"[its reply]({link})" if link is not None else "its reply"
    verb = "is done" if job.state is JobState.DONE else "was started"
    return f"{name} {verb} already: see {where}. Nothing was paid again."
