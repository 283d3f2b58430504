"""From a request body to a job: checked, paid, in line."""

from __future__ import annotations

import base64
import binascii
import random
import time
from typing import TYPE_CHECKING, Any

from playground.imaginepro.faults.board import inherited
from playground.imaginepro.jobs import follow_up_pictures
from playground.imaginepro.jobs.buttons import CANCEL, FOLLOW_UPS, REGION, REROLL
from playground.imaginepro.jobs.fault import RequestKind
from playground.imaginepro.jobs.job import Job
from playground.imaginepro.jobs.prompt import Prompt
from playground.imaginepro.jobs.refusals.banned_words import banned_words
from playground.imaginepro.jobs.response_bodies import Refused, accepted, error

from .films import film_recipe

if TYPE_CHECKING:
    from aiohttp import web

    from .call import Call

_FAST, _RELAXED = 10, 5
_IMAGINE_SECONDS = 40
# Buttons of a job work for a day, as its picture's address does.
_BUTTONS_LIVE = 86400


async def imagine(call: Call, pace: float = 1.0) -> web.Response:
    """Start a grid from a prompt; `pace` below 1 is quicker than usual."""
    prompt = call.body.get("prompt")
    if not isinstance(prompt, str) or not prompt.strip():
        return error(400, "Prompt is required.")
    parsed = call.prompt
    seed = random.randrange(2**32) if parsed.seed is None else parsed.seed
    return submit_job(
        call,
        kind="imagine",
        prompt=prompt,
        parsed=parsed,
        sheet=follow_up_pictures.imagined(parsed, seed, call.service.side),
        seconds=_IMAGINE_SECONDS * pace * _pace(parsed.relaxed, parsed.turbo),
        # What turbo costs is not published; it is counted as fast.
        price=_RELAXED if parsed.relaxed else _FAST,
        seed=seed,
    )


async def press(call: Call, pace: float = 1.0) -> web.Response:
    """Start the follow-up a button stands for; `pace` below 1 is quicker than usual."""
    parent, label = call.job, call.body.get("button")
    if not isinstance(label, str) or not label:
        return error(400, "Button is required.")
    if parent is None:
        return error(404, "Message not found")
    if label == CANCEL:
        return _cancel(call, parent)
    try:
        _check_press(parent, label)
        mask = _mask(call.body, label)
        revised = _revised(call.body)
    except Refused as refusal:
        return error(refusal.status, str(refusal))
    seed = random.randrange(2**32)
    follow, recipe = FOLLOW_UPS[label], film_recipe(label, parent, call.service.jobs)
    return submit_job(
        call,
        kind=follow.group,
        prompt=parent.prompt if revised is None else call.body["prompt"],
        parsed=revised or parent.parsed,
        recipe=recipe,
        sheet=_sheet(call, parent, label, seed, mask=mask, revised=revised) if recipe is None else (),
        seconds=follow.seconds * pace * _pace(parent.parsed.relaxed, parent.parsed.turbo),
        price=follow.price,
        seed=seed,
        parent=parent.id,
        root=parent.root,
        button=label,
        palette=parent.palette,
    )


def submit_job(call: Call, **particulars: Any) -> web.Response:
    """Check the options every submission takes, take the price, and put the job in line."""
    service, body = call.service, call.body
    try:
        options = _options(body)
    except Refused as refusal:
        return error(refusal.status, str(refusal))
    # The words of a button's job were accepted with its parent.
    banned = banned_words(call.prompt.text, service.banned) if call.kind is RequestKind.SUBMIT else []
    if banned:
        return error(400, f"forbidden: The prompt has blocked words: {', '.join(banned)}")
    job = Job(**particulars, **options, submitted=body)
    own = [chosen for chosen in call.named_faults if call.kind is RequestKind.SUBMIT]
    parent = service.jobs.get(job.parent or "")
    job.chosen_faults = (*own, *(inherited(parent) if parent else ()), *service.faults.for_job())
    if service.queue.full:
        return error(403, "You have reached the maximum number of jobs being queued")
    if not service.account.spend(job.price):
        return error(401, "You do not have enough credits")
    service.admit(job)
    return accepted(job)


def _options(body: dict[str, Any]) -> dict[str, Any]:
    ref, webhook, timeout = body.get("ref"), body.get("webhookOverride"), body.get("timeout")
    if ref is not None and not isinstance(ref, str):
        raise Refused(400, "ref must be a string")
    if webhook is not None and not (isinstance(webhook, str) and webhook.startswith(("http://", "https://"))):
        raise Refused(400, "webhookOverride must be a URL address")
    if timeout is not None and (not isinstance(timeout, int) or not 10 <= timeout <= 900):
        raise Refused(400, "timeout must be an integer between 10 and 900")
    direct = body.get("disableCdn", False)
    if not isinstance(direct, bool):
        raise Refused(400, "disableCdn must be a boolean value")
    return {"ref": ref, "webhook": webhook, "timeout": timeout or 900, "direct": direct}


def _check_press(parent: Job, label: str) -> None:
    if label not in parent.buttons or label not in FOLLOW_UPS:
        raise Refused(400, f"Button {label[:40]} is not available for this message")
    if time.time() - parent.created_at > _BUTTONS_LIVE:
        raise Refused(400, "This message is too old, its buttons no longer work")


def _mask(body: dict[str, Any], label: str) -> bytes:
    if label != REGION:
        return b""
    try:
        mask = base64.b64decode(body.get("mask") or "", validate=True)
    except (binascii.Error, TypeError, ValueError) as problem:
        raise Refused(400, "mask must be base64 encoded") from problem
    if not mask:
        raise Refused(400, "Mask is required.")
    return mask


def _revised(body: dict[str, Any]) -> Prompt | None:
    """The prompt that came with a button, for those that take one; the others ignore it."""
    prompt = body.get("prompt")
    if prompt is None:
        return None
    if not isinstance(prompt, str):
        raise Refused(400, "prompt must be a string")
    return Prompt.parse(prompt) if prompt.strip() else None


def _sheet(
    call: Call, parent: Job, label: str, seed: int, *, mask: bytes, revised: Prompt | None
) -> follow_up_pictures.Sheet:
    """A reroll repeats, with another seed, what once made the parent."""
    side, book = call.service.side, call.service.jobs
    while label == REROLL and parent.button is not None:
        label, parent = parent.button, book[parent.parent or ""]
    if label == REROLL:
        return follow_up_pictures.imagined(revised or parent.parsed, seed, side, parent.palette, parent.sheet[0].inlays)
    return follow_up_pictures.pressed(label, parent.sheet, seed, side, mask=mask, revised=revised)


def _cancel(call: Call, job: Job) -> web.Response:
    if job.status.terminal:
        return error(400, f"Button {CANCEL} is not available for this message")
    call.service.queue.cancel(job)
    return accepted(job)


def _pace(relaxed: bool, turbo: bool) -> float:
    return 1.6 if relaxed else 0.5 if turbo else 1.0
