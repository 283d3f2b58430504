"""The Discord accounts linked to the service's account, and the commands they can be given."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aiohttp import web

from playground.imaginepro.jobs.response_bodies import Refused, error
from playground.imaginepro.pictures.crafts.product import Product, Recipe

if TYPE_CHECKING:
    from .call import Call

_COMMANDS = ("info", "fast", "relax", "turbo", "cancel", "remix")


async def listed(call: Call) -> web.Response:
    """All linked accounts."""
    return web.json_response(list(call.service.linked.values()))


async def details(call: Call) -> web.Response:
    """One linked account, in a list nevertheless."""
    account = call.service.linked.find(call.request.match_info["id"])
    return error(404, "Token not found") if account is None else web.json_response([account])


async def toggled(call: Call) -> web.Response:
    """One linked account switched on or off, in a list nevertheless."""
    account, active = call.service.linked.find(call.request.match_info["id"]), call.body.get("isActive")
    if account is None:
        return error(404, "Token not found")
    if not isinstance(active, bool):
        return error(400, "isActive must be a boolean value")
    account["isActive"] = active
    return web.json_response([account])


async def trace(call: Call) -> web.Response:
    """Which linked account made a job; its id is a number here, though the field table says text."""
    if call.job is None:
        return error(404, "Message not found")
    account = call.service.linked[1]
    return web.json_response(
        {
            "messageId": call.job.id,
            "tokenId": account["id"],
            "discordChannelId": account["channelId"],
            "tokenStatus": account["status"],
            "tokenInfo": account["info"],
        }
    )


def command(call: Call) -> Recipe:
    """What a Midjourney account answers to a command; fast, relax and turbo change its mode."""
    cmd, account = call.body.get("cmd"), call.service.linked.find(call.body.get("tokenId", 1))
    if cmd not in _COMMANDS:
        raise Refused(400, f"cmd must be one of {', '.join(_COMMANDS)}")
    if account is None:
        raise Refused(400, "tokenId is not one of your linked accounts")

    def answer(_: list[Any]) -> Product:
        info = account["info"]
        if cmd in {"fast", "relax", "turbo"}:
            account["status"] = "RELAX" if cmd == "relax" else "FAST"
            info["jobMode"] = cmd.capitalize()
        text = "\n".join(f"{name}: {value}" for name, value in info.items())
        return Product(texts=(text if cmd == "info" else f"Done: {cmd}",))

    return Recipe((), answer)
