"""The API's endpoints, each guarded the way the service guards them: key, limits, then scenarios."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from aiohttp import web

from . import linked, orders, submission, unpublished, wording
from .jobs import Status
from .keyring import KEYRING
from .prompt import Prompt
from .scenarios import Call, Chosen, UnknownScenario, Work
from .scenarios.board import of_existing
from .scenarios.scenario import Answer
from .service import Service
from .wire import error, history_item, record

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
    work: Work
    handler: Handler


ENDPOINTS = (
    Endpoint("POST", ("/nova/imagine", "/midjourney/imagine"), Work.SUBMIT, submission.imagine),
    Endpoint("POST", ("/nova/button", "/midjourney/button"), Work.PRESS, submission.press),
    Endpoint("POST", ("/nova/boost/imagine",), Work.SUBMIT, partial(submission.imagine, pace=_BOOST)),
    Endpoint("POST", ("/nova/boost/button",), Work.PRESS, partial(submission.press, pace=_BOOST)),
    Endpoint("POST", ("/nova/describe", "/midjourney/describe"), Work.SUBMIT, orders.DESCRIBE),
    Endpoint("POST", ("/nova/faceswap", "/midjourney/faceswap"), Work.SUBMIT, orders.FACESWAP),
    Endpoint("POST", ("/nova/blend", "/midjourney/blend"), Work.SUBMIT, orders.blend),
    Endpoint("POST", ("/flux/imagine",), Work.SUBMIT, orders.FLUX),
    Endpoint("POST", ("/flux/upscale",), Work.SUBMIT, orders.FLUX_UPSCALE),
    Endpoint("POST", ("/tools/remove-bg",), Work.SUBMIT, orders.REMOVE_BACKGROUND),
    Endpoint("POST", ("/universal/imagine",), Work.SUBMIT, orders.UNIVERSAL),
    Endpoint("POST", ("/gemini/imagine",), Work.SUBMIT, orders.GEMINI),
    Endpoint("POST", ("/universal/zimage",), Work.SUBMIT, orders.ZIMAGE),
    Endpoint("POST", ("/video/mj/generate",), Work.SUBMIT, orders.VIDEO),
    Endpoint("POST", ("/video/mj/extend",), Work.SUBMIT, orders.VIDEO_EXTEND),
    Endpoint("GET", ("/video/mj/fetch/{id}",), Work.PROGRESS, video_progress),
    Endpoint("POST", ("/nova/commands", "/midjourney/commands"), Work.SUBMIT, orders.COMMAND),
    Endpoint("POST", ("/nova/prompt-check",), Work.TOOL, wording.check),
    Endpoint("POST", ("/tools/prompt-extend",), Work.TOOL, wording.extend),
    Endpoint("GET", ("/discord/tokens",), Work.OPERATOR, linked.listed),
    Endpoint("GET", ("/discord/token/{id}",), Work.OPERATOR, linked.details),
    Endpoint("PUT", ("/discord/token/{id}",), Work.OPERATOR, linked.toggled),
    Endpoint("GET", ("/message/trace/{id}",), Work.OPERATOR, linked.trace),
    Endpoint("GET", ("/message/fetch/{id}", "/midjourney/message/{id}"), Work.PROGRESS, progress),
    Endpoint("GET", ("/nova/images", "/midjourney/images"), Work.HISTORY, history),
    Endpoint("GET", ("/subscription/account-info",), Work.ACCOUNT, account),
    Endpoint("GET", ("/queue/count",), Work.OPERATOR, unpublished.count),
    Endpoint("POST", ("/queue/pause",), Work.OPERATOR, unpublished.pause),
    Endpoint("POST", ("/queue/resume",), Work.OPERATOR, unpublished.resume),
    Endpoint("POST", ("/queue/reboot",), Work.OPERATOR, unpublished.reboot),
    Endpoint("GET", ("/queue/account/{id}",), Work.OPERATOR, unpublished.of_account),
    Endpoint("GET", ("/banned-words",), Work.OPERATOR, unpublished.banned),
    Endpoint("POST", ("/banned-words",), Work.OPERATOR, unpublished.ban),
    Endpoint("DELETE", ("/banned-words/{word}",), Work.OPERATOR, unpublished.unban),
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
    if not service.limits.allows(service.key, progress=endpoint.work is Work.PROGRESS):
        return error(429, "Too many requests")
    try:
        call = await _call(endpoint, request, service)
        answers = _scenarios(call)
    except (ValueError, UnknownScenario) as problem:
        return error(400, str(problem))
    return await _through(answers, endpoint.handler, call)


async def _call(endpoint: Endpoint, request: web.Request, service: Service) -> Call:
    body = await read_body(request)
    job_id = request.match_info.get("id") or body.get("messageId")
    job = service.jobs.get(job_id) if isinstance(job_id, str) else None
    text = _words(body) if endpoint.work is Work.SUBMIT else ""
    return Call(service, request, endpoint.work, body, Prompt.parse(text), job)


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


def _scenarios(call: Call) -> list[Chosen]:
    """What this request meets: scenarios chosen from outside, those in its prompt, and those of its job."""
    board = call.service.control
    named = board.named_in(call.prompt)
    call.scenarios = tuple(named)
    mine = [c for c in named if call.work in c.on and not c.later and board.happens_first(c, call.prompt)]
    existing = of_existing(call.job, call.work) if call.job else []
    return [*board.for_request(call.work), *mine, *existing]


async def _through(answers: list[Chosen], handler: Handler, call: Call) -> web.StreamResponse:
    """Let the scenarios answer, the first around the rest around the real handler."""
    for chosen in reversed(answers):
        if chosen.scenario.answer is not None:
            handler = partial(_answered, chosen.scenario.answer, chosen.seconds, handler)
    return await handler(call)


async def _answered(answer: Answer, seconds: float, proceed: Handler, call: Call) -> web.StreamResponse:
    return await answer(call, proceed, seconds)
