"""The endpoints that choose scenarios and tell the state. They need no key: they are not part of the API."""

from __future__ import annotations

from aiohttp import web

from .routes import read_body
from .scenarios import CATALOGUE, UnknownScenario
from .service import SERVICE

routes = web.RouteTableDef()


@routes.get("/control/scenarios")
async def list_scenarios(request: web.Request) -> web.Response:
    """All scenarios, each with a sentence."""
    return web.json_response([{"name": s.name, "description": s.sentence} for s in CATALOGUE.values()])


@routes.post("/control/scenario")
async def choose(request: web.Request) -> web.Response:
    """Choose one: {"name", "times", "seconds", "on"}, all but the name optional."""
    board = request.app[SERVICE].control
    try:
        body = await read_body(request)
        board.choose(str(body.get("name")), body.get("times", 1), seconds=body.get("seconds"), on=body.get("on"))
    except (UnknownScenario, ValueError) as problem:
        return web.json_response({"message": str(problem)}, status=400)
    return web.json_response({"chosen": board.state()})


@routes.delete("/control/scenario")
async def clear(request: web.Request) -> web.Response:
    """Back to normal."""
    request.app[SERVICE].control.clear()
    return web.json_response({"chosen": []})


@routes.get("/control/state")
async def state(request: web.Request) -> web.Response:
    """Credits, jobs and what is chosen."""
    service = request.app[SERVICE]
    return web.json_response(
        {
            "credits": service.account.balance,
            "jobs": service.jobs.counts(),
            "speed": service.queue.speed,
            "concurrency": service.queue.concurrency,
            "queueSize": service.queue.size,
            "requests": len(service.journal),
            "chosen": service.control.state(),
        }
    )
