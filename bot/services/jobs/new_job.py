"""Builds the records of new jobs: what is requested, by whom, and what it costs."""

import secrets
from dataclasses import replace
from datetime import UTC, datetime

from bot.services.follow_ups.layout import follow_up
from bot.services.kinds import FollowUpRequest, ImagineRequest, JobRequest, details_of, request_of
from bot.services.prompt import Composer, Prompt
from bot.store import JobKind, JobRecord, NewJob, ReplyTarget, press_key


def imagine_job(prompt: Prompt, reply: ReplyTarget, *, boost: bool) -> NewJob:
    """A job for a Midjourney prompt."""
    job = NewJob(
        id=_new_id(),
        kind=JobKind.IMAGINE,
        reply=reply,
        created_at=datetime.now(UTC),
        prompt=prompt.full,
        words=prompt.text,
        mode=prompt.mode.value,
        seed=prompt.seed,
    )
    return _priced(job, ImagineRequest.of(prompt, boost=boost))


def other_job(order: JobRequest, reply: ReplyTarget, prompt: str, parent: JobRecord | None) -> NewJob:
    """A job of another kind; `parent` is the job that its button belongs to."""
    job = NewJob(
        id=_new_id(),
        kind=order.kind,
        reply=reply,
        created_at=datetime.now(UTC),
        prompt=prompt,
        words=prompt,
        mode="",
        parent_id=parent.id if parent is not None else None,
        parent_remote_id=parent.remote_id if parent is not None else None,
        key=parent.key if parent is not None else None,
    )
    return _priced(job, order)


def follow_up_job(
    parent: JobRecord, label: str, reply: ReplyTarget, order: FollowUpRequest, prompt: Prompt | None
) -> NewJob:
    """A follow-up by a button of the parent job; `prompt` replaces the parent's."""
    job = replace(
        _same_request(parent, reply),
        kind=JobKind.FOLLOW_UP,
        parent_id=parent.id,
        parent_remote_id=parent.remote_id,
        key=parent.key,
        button=label,
        once_key=_press_key(parent.id, label),
    )
    if prompt is not None:
        job = replace(job, prompt=prompt.full, words=prompt.text, mode=prompt.mode.value, seed=prompt.seed)
    return _priced(job, order)


def retry_job(old: JobRecord, reply: ReplyTarget, composer: Composer) -> NewJob:
    """The same request again; several retries of one job lead to one new job.

    Raises `PromptError` for a prompt that is known to fail by now.
    """
    key = _press_key(old.parent_id, old.button) or f"retry:{old.id}"
    job, order = replace(_same_request(old, reply), once_key=key), request_of(old)
    match order:
        case ImagineRequest():
            prompt = composer.composed(old.prompt)
            job = replace(job, prompt=prompt.full, words=prompt.text, mode=prompt.mode.value, seed=prompt.seed)
            order = order.model_copy(update={"notes": _together(order.notes, prompt.notes)})
        case FollowUpRequest():
            order = judged_press(order, old.prompt, composer)
        case _:
            pass
    return _priced(job, order)


def judged_press(order: FollowUpRequest, own_prompt: str, composer: Composer) -> FollowUpRequest:
    """The request with a prompt that its model knows; unchanged when none is sent. Raises `PromptError`.

    `own_prompt` is the job's, which a custom zoom sends where the request has none.
    """
    sent = order.prompt or (own_prompt if order.zoom is not None else "")
    if not sent:
        return order
    prompt = composer.composed(sent)
    changed = prompt.full if order.prompt is not None or prompt.full != own_prompt else None
    return order.model_copy(update={"prompt": changed, "notes": _together(order.notes, prompt.notes)})


def _together(*notes: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(note for each in notes for note in each))


def _press_key(parent_id: str | None, label: str | None) -> str | None:
    """The idempotency key of a button press; None for a button where every press starts a new job."""
    if parent_id is None or label is None or follow_up(label).repeatable:
        return None
    return press_key(parent_id, label)


def _same_request(job: JobRecord, reply: ReplyTarget) -> NewJob:
    """A new job with the same request."""
    return NewJob(
        id=_new_id(),
        kind=job.kind,
        reply=reply,
        created_at=datetime.now(UTC),
        prompt=job.prompt,
        words=job.words,
        mode=job.mode,
        seed=job.seed,
        parent_id=job.parent_id,
        parent_remote_id=job.parent_remote_id,
        button=job.button,
        # Only follow-ups need the API key that their parent was made with.
        key=job.key if job.parent_remote_id is not None else None,
    )


def _priced(job: NewJob, order: JobRequest) -> NewJob:
    """The job with the details of its request and its cost."""
    return replace(job, details=details_of(order), cost_credits=order.cost(job))


def _new_id() -> str:
    return secrets.token_urlsafe(9)
