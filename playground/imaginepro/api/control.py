"""The endpoints that choose faults and show the state. They need no key: they are not part of the API."""

from __future__ import annotations

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

from playground.imaginepro.account_service import SERVICE
from playground.imaginepro.faults import CATALOGUE, UnknownFault

from .endpoints import read_body
from .keyring import KEYRING

routes = web.RouteTableDef()


@routes.get("/control/scenarios")
async def list_scenarios(request: web.Request) -> web.Response:
    """All faults, each with a sentence."""
    return web.json_response([{"name": s.name, "description": s.sentence} for s in CATALOGUE.values()])


class Choice(BaseModel):
    """A fault to choose; all but the name optional. `times` null means until cleared."""

    model_config = ConfigDict(extra="forbid", strict=True)

    name: str
    times: int | None = Field(1, ge=1)
    seconds: float | None = Field(None, ge=0)
    on: str | None = None


@routes.post("/control/scenario")
async def choose(request: web.Request) -> web.Response:
    """Choose one: {"name", "times", "seconds", "on"}."""
    board = request.app[SERVICE].faults
    try:
        choice = Choice.model_validate(await read_body(request))
        board.choose(choice.name, choice.times, seconds=choice.seconds, on=choice.on)
    except (UnknownFault, ValueError) as problem:
        return web.json_response({"message": str(problem)}, status=400)
    return web.json_response({"chosen": board.state()})


@routes.delete("/control/scenario")
async def clear(request: web.Request) -> web.Response:
    """Back to normal."""
    request.app[SERVICE].faults.clear()
    return web.json_response({"chosen": []})


class Rotation(BaseModel):
    """A key, and the one that replaces it."""

    model_config = ConfigDict(extra="forbid", strict=True)

    key: str
    new: str = Field(min_length=1)


@routes.post("/control/key")
async def rotate_key(request: web.Request) -> web.Response:
    """Give an account a new key: {"key", "new"}. The old one is refused from then."""
    try:
        rotation = Rotation.model_validate(await read_body(request))
        request.app[KEYRING].rotate(rotation.key, rotation.new)
    except KeyError:
        return web.json_response({"message": "No account has this key."}, status=404)
    except ValueError as problem:
        return web.json_response({"message": str(problem)}, status=400)
    return web.json_response({"accounts": len(request.app[KEYRING].all)})


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
            "requests": len(service.request_log),
            "chosen": service.faults.state(),
        }
    )
