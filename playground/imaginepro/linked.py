"""The Discord accounts linked to the service's account, and the commands they can be given."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aiohttp import web

from .crafts import Product, Recipe
from .submission import Refused
from .wire import error

if TYPE_CHECKING:
    from .scenarios import Call

# Not a credential of anybody: a text that a test can look for wherever it must not turn up.
CREDENTIAL = "MTA0-playground-credential-never-to-be-shown"
_COMMANDS = ("info", "fast", "relax", "turbo", "cancel", "remix")


class LinkedAccounts(dict[int, dict[str, Any]]):
    """Two linked accounts by id, as the service lists them: with the credential in clear."""

    def __init__(self) -> None:
        super().__init__({number: _account(number, active=number == 1) for number in (1, 2)})

    def find(self, number: object) -> dict[str, Any] | None:
        """The account with this id, which may come as text."""
        text = str(number)
        return self.get(int(text)) if text.isascii() and text.isdecimal() else None


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


def _account(number: int, *, active: bool) -> dict[str, Any]:
    return {
        "id": number,
        "token": f"{CREDENTIAL}-{number}",
        "channelId": f"90000000000000010{number}",
        "serverId": f"90000000000000020{number}",
        "isActive": active,
        "status": "FAST",
        "concurrency": 3,
        "info": {
            "jobMode": "Fast",
            "runningJobs": "None",
            # Misspelled by the service as well.
            "relaxedUsuage": "0 images (0.00 hours)",
            "subscription": "Standard (Active monthly)",
            "lifetimeUsage": "1204 images (21.30 hours)",
            "queuedJobsFast": "0",
            "visibilityMode": "Public",
            "queuedJobsRelax": "0",
            "fastTimeRemaining": "11.2/15.0 hours (74.6%)",
        },
    }
