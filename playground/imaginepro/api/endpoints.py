"""The API's endpoints, each guarded the way the service guards them: key, limits, then faults."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from aiohttp import web

from playground.imaginepro.account_service import AccountService
from playground.imaginepro.faults import UnknownFault
from playground.imaginepro.faults.board import of_existing
from playground.imaginepro.jobs.fault import ChosenFault, Proceed, RequestKind
from playground.imaginepro.jobs.job import Status
from playground.imaginepro.jobs.prompt import Prompt
from playground.imaginepro.jobs.response_bodies import error, history_item, record

from . import linked_accounts, other_submissions, prompt_tools, storage, submit, unpublished
from .call import Call
from .keyring import KEYRING

# How much of the usual time a boosted job takes.
_BOOST = 0.4

Handler = Callable[[Call], Awaitable[web.StreamResponse]]


async def progress(call: Call) -> web.Response:
    """A job's record."""
    return error(404, "Message not found") if call.job is None else web.json_response(record(call.job))


async def video_progress(call: Call) -> web.Response:
    """A video job's record, with the video's address and all results once there are any."""
    if call.job is None or call.job.kind not in {"video", "video-extend"}:
        return error(404, "Message not found")
    body = record(call.job)
    if call.job.status is Status.DONE and "uri" in body:
        body = {**body, "videoUrl": body["uri"], "results": [{"url": body["uri"], "index": 0}]}
    return web.json_response(body)


async def history(call: Call) -> web.Response:
    """One page of the last day's pictures, newest first."""
    try:
        page, size = (int(call.request.query.get(name, default)) for name, default in (("page", 1), ("size", 10)))
    except ValueError:
        return error(400, "page and size must be numbers")
    if page < 1 or size < 1:
        return error(400, "page and size must not be less than 1")
    jobs = call.service.history()[(page - 1) * size : page * size]
    return web.json_response({"images": [history_item(job) for job in jobs]})


async def account(call: Call) -> web.Response:
    """Plan and credits."""
    return web.json_response(call.service.account.info())


@dataclass(frozen=True)
class Endpoint:
    """One call of the API, under all its spellings."""

    method: str
    paths: tuple[str, ...]
    kind: RequestKind
    handler: Handler


ENDPOINTS = (
    Endpoint("POST", ("/nova/imagine", "/midjourney/imagine"), RequestKind.SUBMIT, submit.imagine),
    Endpoint("POST", ("/nova/button", "/midjourney/button"), RequestKind.PRESS, submit.press),
    Endpoint("POST", ("/nova/boost/imagine",), RequestKind.SUBMIT, partial(submit.imagine, pace=_BOOST)),
    Endpoint("POST", ("/nova/boost/button",), RequestKind.PRESS, partial(submit.press, pace=_BOOST)),
    Endpoint("POST", ("/nova/describe", "/midjourney/describe"), RequestKind.SUBMIT, other_submissions.DESCRIBE),
    Endpoint("POST", ("/nova/faceswap", "/midjourney/faceswap"), RequestKind.SUBMIT, other_submissions.FACESWAP),
    Endpoint("POST", ("/nova/blend", "/midjourney/blend"), RequestKind.SUBMIT, other_submissions.blend),
    Endpoint("POST", ("/flux/imagine",), RequestKind.SUBMIT, other_submissions.FLUX),
    Endpoint("POST", ("/flux/upscale",), RequestKind.SUBMIT, other_submissions.FLUX_UPSCALE),
    Endpoint("POST", ("/tools/remove-bg",), RequestKind.SUBMIT, other_submissions.REMOVE_BACKGROUND),
    Endpoint("POST", ("/universal/imagine",), RequestKind.SUBMIT, other_submissions.UNIVERSAL),
    Endpoint("POST", ("/gemini/imagine",), RequestKind.SUBMIT, other_submissions.GEMINI),
    Endpoint("POST", ("/universal/zimage",), RequestKind.SUBMIT, other_submissions.ZIMAGE),
    Endpoint("POST", ("/video/mj/generate",), RequestKind.SUBMIT, other_submissions.VIDEO),
    Endpoint("POST", ("/video/mj/extend",), RequestKind.SUBMIT, other_submissions.VIDEO_EXTEND),
    Endpoint("GET", ("/video/mj/fetch/{id}",), RequestKind.PROGRESS, video_progress),
    Endpoint("POST", ("/nova/commands", "/midjourney/commands"), RequestKind.SUBMIT, other_submissions.COMMAND),
    Endpoint("POST", ("/nova/prompt-check",), RequestKind.TOOL, prompt_tools.check),
    Endpoint("POST", ("/tools/prompt-extend",), RequestKind.TOOL, prompt_tools.extend),
    Endpoint("POST", ("/discord/image/upload/url",), RequestKind.UPLOAD, storage.signed_address),
    Endpoint("GET", ("/discord/tokens",), RequestKind.OPERATOR, linked_accounts.listed),
    Endpoint("GET", ("/discord/token/{id}",), RequestKind.OPERATOR, linked_accounts.details),
    Endpoint("PUT", ("/discord/token/{id}",), RequestKind.OPERATOR, linked_accounts.toggled),
    Endpoint("GET", ("/message/trace/{id}",), RequestKind.OPERATOR, linked_accounts.trace),
    Endpoint("GET", ("/message/fetch/{id}", "/midjourney/message/{id}"), RequestKind.PROGRESS, progress),
    Endpoint("GET", ("/nova/images", "/midjourney/images"), RequestKind.HISTORY, history),
    Endpoint("GET", ("/subscription/account-info",), RequestKind.ACCOUNT, account),
    Endpoint("GET", ("/queue/count",), RequestKind.OPERATOR, unpublished.count),
    Endpoint("POST", ("/queue/pause",), RequestKind.OPERATOR, unpublished.pause),
    Endpoint("POST", ("/queue/resume",), RequestKind.OPERATOR, unpublished.resume),
    Endpoint("POST", ("/queue/reboot",), RequestKind.OPERATOR, unpublished.reboot),
    Endpoint("GET", ("/queue/account/{id}",), RequestKind.OPERATOR, unpublished.of_account),
    Endpoint("GET", ("/banned-words",), RequestKind.OPERATOR, unpublished.banned),
    Endpoint("POST", ("/banned-words",), RequestKind.OPERATOR, unpublished.ban),
    Endpoint("DELETE", ("/banned-words/{word}",), RequestKind.OPERATOR, unpublished.unban),
)


def add_routes(app: web.Application) -> None:
    """Serve every endpoint."""
    for endpoint in ENDPOINTS:
        for path in endpoint.paths:
            app.router.add_route(endpoint.method, f"/api/v1{path}", partial(_guarded, endpoint))


async def _guarded(endpoint: Endpoint, request: web.Request) -> web.StreamResponse:
    service = request.app[KEYRING].asked(request)
    if service is None:
        return error(401, "Unauthorized")
    if not service.limits.allows(service.key, progress=endpoint.kind is RequestKind.PROGRESS):
        return error(429, "Too many requests")
    try:
        call = await _call(endpoint, request, service)
        faults = _met(call)
    except (ValueError, UnknownFault) as problem:
        return error(400, str(problem))
    return await _through(faults, endpoint.handler, call)


async def _call(endpoint: Endpoint, request: web.Request, service: AccountService) -> Call:
    body = await read_body(request)
    job_id = request.match_info.get("id") or body.get("messageId")
    job = service.jobs.get(job_id) if isinstance(job_id, str) else None
    text = _words(body) if endpoint.kind is RequestKind.SUBMIT else ""
    return Call(service, request, endpoint.kind, body, Prompt.parse(text), job)


def _words(body: dict[str, Any]) -> str:
    """The prompt, or the texts among the contents."""
    contents = body.get("contents") if isinstance(body.get("contents"), list) else []
    texts = [body.get("prompt"), *(block.get("text") for block in contents or [] if isinstance(block, dict))]
    return " ".join(text for text in texts if isinstance(text, str))


async def read_body(request: web.Request) -> dict[str, Any]:
    """The request's JSON object, empty when there is none. Raises ValueError for anything else."""
    text = await request.text()
    try:
        body = json.loads(text) if text else {}
    except ValueError as problem:
        raise ValueError("The body is not valid JSON.") from problem
    if not isinstance(body, dict):
        raise ValueError("The body must be a JSON object.")  # noqa: TRY004 - it is the sender's value that is wrong
    return body


def _met(call: Call) -> list[ChosenFault]:
    """The faults this request meets: chosen from outside, named in its prompt, and those of its job."""
    board = call.service.faults
    named = board.named_in(call.prompt)
    call.named_faults = tuple(named)
    mine = [c for c in named if call.kind in c.on and not c.later and board.happens_first(c, call.prompt)]
    existing = of_existing(call.job, call.kind) if call.job else []
    return [*board.for_request(call.kind), *mine, *existing]


async def _through(faults: list[ChosenFault], handler: Handler, call: Call) -> web.StreamResponse:
    """Let the faults answer, the first around the rest around the real handler."""
    proceed: Proceed = partial(handler, call)
    for chosen in reversed(faults):
        if chosen.fault.answer is not None:
            proceed = partial(chosen.fault.answer, call, proceed, chosen.seconds)
    return await proceed()
