"""Pictures under /cdn: finished ones, their tiles, and previews that do not stay."""

from __future__ import annotations

from aiohttp import web

from playground.imaginepro.account_service import AccountService
from playground.imaginepro.jobs.job import Job, Status

from .keyring import KEYRING

_EXCESS = 13 * 1024 * 1024
_EMPTY_FETCHES = 2

routes = web.RouteTableDef()


@routes.get(r"/cdn/{id:[0-9a-f-]{36}}.png")
@routes.get(r"/cdn/original/{id:[0-9a-f-]{36}}.png")
@routes.get(r"/cdn/{folder:a fox}/{id:[0-9a-f-]{36}}.png")
async def result(request: web.Request) -> web.Response:
    """A finished job's picture."""
    service, job = _owner(request), _finished(request)
    if not job.sheet:
        raise web.HTTPNotFound
    if _comes_empty(job):
        return _picture(b"")
    if _flaw(job) == "too-big":
        return _picture(await service.picture_store.oversized(job))
    return _picture(await service.picture_store.result(job))


@routes.get(r"/cdn/{id:[0-9a-f-]{36}}-{number:[1-4]}.png")
async def tile(request: web.Request) -> web.Response:
    """One tile of a finished grid."""
    job = _finished(request)
    if not job.grid:
        raise web.HTTPNotFound
    return _picture(await _owner(request).picture_store.tile(job, int(request.match_info["number"])))


@routes.get(r"/cdn/made/{id:[0-9a-f-]{36}}-{number:[0-3]}.{extension:png|webp|jpg|gif|mp4}")
async def made(request: web.Request) -> web.Response:
    """A picture or video that a finished job made of others."""
    job, number = _finished(request), int(request.match_info["number"])
    if job.product is None or number >= len(job.product.files):
        raise web.HTTPNotFound
    if _comes_empty(job):
        return _picture(b"", job.product.content_type)
    # Readers ignore bytes behind a picture's end, yet they make the file too big.
    excess = bytes(_EXCESS) if _flaw(job) == "too-big" else b""
    return _picture(job.product.files[number] + excess, job.product.content_type)


@routes.get(r"/cdn/preview/{id:[0-9a-f-]{36}}_{step:\d{1,3}}.webp")
async def preview(request: web.Request) -> web.Response:
    """How far a running job's picture is."""
    service = _owner(request)
    job, step = service.jobs.get(request.match_info["id"]), int(request.match_info["step"])
    if job is None or not service.preview_live(job, step):
        raise web.HTTPNotFound
    return _picture(await service.picture_store.preview(job, job.progress), "image/webp")


def _owner(request: web.Request) -> AccountService:
    return request.app[KEYRING].owner(request.match_info["id"])


def _finished(request: web.Request) -> Job:
    job = _owner(request).jobs.get(request.match_info["id"])
    if job is None or job.status is not Status.DONE or _flaw(job) == "gone":
        raise web.HTTPNotFound
    return job


def _comes_empty(job: Job) -> bool:
    job.fetches += 1
    return _flaw(job) == "empty-at-first" and job.fetches <= _EMPTY_FETCHES


def _flaw(job: Job) -> str | None:
    return next((fault.picture for fault in job.faults if fault.picture), None)


def _picture(data: bytes, content_type: str = "image/png") -> web.Response:
    return web.Response(body=data, content_type=content_type, headers={"Cache-Control": "public, max-age=600"})
