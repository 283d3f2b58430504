"""The first lines of a job's message: the title, and a subtitle with member, action, cost and links."""

import re

from bot.services.images.results import result_urls
from bot.services.kinds import FollowUpRequest, request_of
from bot.services.kinds.result_kind import ResultKind
from bot.store import JobRecord
from bot.ui.base.text import asked_by, duration, escape, price, shorten

_MAX_WORDS = 600
_MAX_FLAGS = 300
_MAX_URLS = 1000
"""Characters of all links to original files together."""

_MAX_LABEL = 80
_MAX_NOTE = 200
_MAX_NOTES = 4
_IMAGE_URLS = re.compile(r"(?:https?://\S+(?: |$))*", re.IGNORECASE)


def title(job: JobRecord) -> str:
    """The prompt's words in bold with the flags after them; without a prompt, what was done."""
    flags = flags_of(job)
    words = f"**{shorten(escape(job.words or request_of(job).name or 'Picture'), _MAX_WORDS)}**"
    return f"{words} {shorten(escape(flags), _MAX_FLAGS)}" if flags else words


def flags_of(job: JobRecord) -> str:
    """The flags at the end of the job's prompt, such as `--ar 16:9`."""
    # Image URLs come before the words and may contain the same text.
    return _IMAGE_URLS.sub("", job.prompt, count=1).removeprefix(job.words).strip()


def subtitle(job: JobRecord, *facts: str, parent_url: str | None = None) -> str:
    """The member, mode, action and cost of the job, then `facts`; `parent_url` is as in `running_message`."""
    what = [job.mode, *_origin(job, parent_url), cost(job)]
    return "-# " + " · ".join([asked_by(job.reply.user_id, job.reply.user_name), *filter(None, what), *facts])


def cost(job: JobRecord) -> str:
    """What the job costs, empty where it is certain that it costs nothing."""
    if not job.may_be_charged:
        return ""
    # Once the job has ended, "may cost credits" would say nothing.
    return "price not published" if job.state.is_final and job.cost_credits is None else price(job.cost_credits)


def _origin(job: JobRecord, parent_url: str | None) -> list[str]:
    """The action and the picture it was applied to; without a prompt the action is the title already."""
    label = button_label(job.button if job.button is not None else request_of(job).name) if job.words else ""
    if job.button is not None and not label:
        label = button_label(job.button)
    if parent_url is not None:
        what = "video" if _is_of_video(job) else "picture"
        # Without a prompt the title names the action already.
        return [f"{label} of [this {what}]({parent_url})" if label else f"once more for [this {what}]({parent_url})"]
    return [label]


def prompt_notes(job: JobRecord) -> list[str]:
    """Lines about the prompt: what was added to it, and which of its flags may fail."""
    # They hold no text of members, only names and checked values of flags.
    return [f"-# ℹ️ {shorten(note, _MAX_NOTE)}" for note in request_of(job).remarks[:_MAX_NOTES]]


def _is_of_video(job: JobRecord) -> bool:
    """Whether the job continues a video."""
    request = request_of(job)
    return request.of_video if isinstance(request, FollowUpRequest) else request.result is ResultKind.VIDEO


def button_label(button: str) -> str:
    """The label of a pressed button, escaped and shortened."""
    return shorten(escape(button), _MAX_LABEL)


def result_facts(job: JobRecord) -> list[str]:
    """The duration, the seed and links to the original files of a finished job."""
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
    left, links = _MAX_URLS, list[str]()
    for name, url in zip(names, urls, strict=True):
        left -= len(url)
        if left >= 0:
            links.append(f"[{name}](<{url}>)")
    return links
