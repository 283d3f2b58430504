"""Pictures under /cdn: finished ones, their tiles, and previews that do not stay."""

from __future__ import annotations

from aiohttp import web

from .jobs import Job, Status
from .service import SERVICE

routes = web.RouteTableDef()


@routes.get(r"/cdn/{id:[0-9a-f-]{36}}.png")
@routes.get(r"/cdn/original/{id:[0-9a-f-]{36}}.png")
async def result(request: web.Request) -> web.Response:
    """A finished job's picture."""
    service, job = request.app[SERVICE], _finished(request)
    if _flaw(job) == "too-big":
        return _picture(await service.gallery.oversized(job))
    return _picture(await service.gallery.result(job))


@routes.get(r"/cdn/{id:[0-9a-f-]{36}}-{number:[1-4]}.png")
async def tile(request: web.Request) -> web.Response:
    """One tile of a finished grid."""
    job = _finished(request)
    if not job.grid:
        raise web.HTTPNotFound
    return _picture(await request.app[SERVICE].gallery.tile(job, int(request.match_info["number"])))


@routes.get(r"/cdn/preview/{id:[0-9a-f-]{36}}_{step:\d{1,3}}.webp")
async def preview(request: web.Request) -> web.Response:
    """How far a running job's picture is."""
    service = request.app[SERVICE]
    job, step = service.jobs.get(request.match_info["id"]), int(request.match_info["step"])
    if job is None or not service.preview_live(job, step):
        raise web.HTTPNotFound
    return _picture(await service.gallery.preview(job, job.progress), "image/webp")


def _finished(request: web.Request) -> Job:
    job = request.app[SERVICE].jobs.get(request.match_info["id"])
    if job is None or job.status is not Status.DONE or _flaw(job) == "gone":
        raise web.HTTPNotFound
    return job


def _flaw(job: Job) -> str | None:
    return next((scenario.picture for scenario in job.fate if scenario.picture), None)


def _picture(data: bytes, content_type: str = "image/png") -> web.Response:
    return web.Response(body=data, content_type=content_type, headers={"Cache-Control": "public, max-age=600"})
