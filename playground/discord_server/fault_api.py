"""Faults by HTTP: `POST /client/control` with `{"fault": "drop-gateway"}`, for the page and for people with curl."""

from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from .base.json import Json, json_response, loads
from .core import Core

DAY = 24 * 3600.0
Switch = Callable[[Core, Json], Awaitable[None]]


async def drop_gateway(core: Core, asked: Json) -> None:
    """Break the bot's connections; `"resumable": false` forgets its sessions as well."""
    await core.faults.drop_gateway(resumable=asked.get("resumable") is not False)


async def gateway_away(core: Core, _asked: Json) -> None:
    """Break the bot's connections and refuse new ones, until cleared."""
    core.faults.hold_gateway()
    await core.faults.drop_gateway()


async def reconnect(core: Core, _asked: Json) -> None:
    """Ask the bot to reconnect (op 7)."""
    core.faults.ask_to_reconnect()


async def expire_tokens(core: Core, _asked: Json) -> None:
    """Let every interaction token be too old."""
    core.faults.expire_tokens()


async def slow(core: Core, asked: Json) -> None:
    """Delay every REST answer by so many `seconds`."""
    core.faults.delay = min(60.0, max(0.0, float(asked.get("seconds", 2.0))))


async def rate_limit(core: Core, asked: Json) -> None:
    """Answer the next `times` requests on a `route` with 429, to be repeated after so many `seconds`."""
    times, seconds = max(1, int(asked.get("times", 1))), float(asked.get("seconds", 2.0))
    core.faults.rate_limit_next(str(asked.get("route", "")), seconds, times)


async def limit_everything(core: Core, asked: Json) -> None:
    """Answer every request with the global 429 for some `seconds`."""
    core.faults.limit_everything(min(3600.0, max(0.0, float(asked.get("seconds", 10.0)))))


async def refuse(core: Core, asked: Json) -> None:
    """Answer the next `times` requests on a `route` with a `status`."""
    times, status = max(1, int(asked.get("times", 1))), min(599, max(400, int(asked.get("status", 503))))
    core.faults.refuse_next(str(asked.get("route", "")), status, times=times)


async def lose_answer(core: Core, asked: Json) -> None:
    """Carry out the next `times` requests on a `route`, but answer with a `status`, or break the connection with 0."""
    times, status = max(1, int(asked.get("times", 1))), int(asked.get("status", 500))
    core.faults.lose_answer_next(str(asked.get("route", "")), status and min(599, max(500, status)), times)


async def fail_uploads(core: Core, asked: Json) -> None:
    """Answer every request with files with a `status`, 500 or 504, until cleared."""
    core.faults.fail_uploads(min(599, max(500, int(asked.get("status", 504)))))


async def forbid_files(core: Core, asked: Json) -> None:
    """Take Attach Files from everybody in a `channel`, given by name, until cleared."""
    core.faults.forbid_files(core.world.channel(str(asked.get("channel", "general"))))


async def blank_pictures(core: Core, _asked: Json) -> None:
    """Leave pictures of other hosts blank where they are used the first time, until cleared."""
    core.faults.blank_pictures()


async def ban(core: Core, asked: Json) -> None:
    """Answer every REST request with a page and 429, to be repeated after so many `seconds`, until cleared."""
    core.faults.ban(min(86_400, max(1, int(asked.get("seconds", 60)))))


async def put_in_time_out(core: Core, asked: Json) -> None:
    """Put a `member` in time-out for `seconds`; 0 ends it."""
    core.world.time_out(core.world.user_id(asked["member"]), min(28 * DAY, max(0.0, float(asked.get("seconds", 60)))))


async def change_locale(core: Core, asked: Json) -> None:
    """Change the `locale` of a `member`, or without one of the server."""
    member = asked.get("member")
    core.world.choose_locale(asked["locale"], None if member is None else core.world.user_id(member))


async def change_thread(core: Core, asked: Json) -> None:
    """Make a thread, by its name or id in `channel`, `archived` and `locked`, or neither."""
    thread = core.world.channel(asked["channel"])
    if not thread.is_thread:
        raise ValueError(thread.name)
    core.world.set_thread(thread, archived=asked.get("archived") is True, locked=asked.get("locked") is True)


async def clear(core: Core, _asked: Json) -> None:
    """Let all be well."""
    core.faults.clear()


SWITCHES: dict[str, Switch] = {
    "drop-gateway": drop_gateway,
    "gateway-away": gateway_away,
    "reconnect": reconnect,
    "expire-tokens": expire_tokens,
    "slow": slow,
    "rate-limit": rate_limit,
    "limit-everything": limit_everything,
    "refuse": refuse,
    "lose-answer": lose_answer,
    "fail-uploads": fail_uploads,
    "forbid-files": forbid_files,
    "blank-pictures": blank_pictures,
    "ban": ban,
    "time-out": put_in_time_out,
    "locale": change_locale,
    "thread": change_thread,
    "clear": clear,
}


class FaultApi:
    """The two control routes: GET lists the faults, POST throws a switch."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def routes(self) -> list[web.RouteDef]:
        """The routes."""
        return [web.get("/client/control", self._list), web.post("/client/control", self._throw)]

    async def _list(self, _request: web.Request) -> web.Response:
        return json_response({name: switch.__doc__ for name, switch in SWITCHES.items()})

    async def _throw(self, request: web.Request) -> web.Response:
        try:
            asked: Any = loads(await request.read())
            await SWITCHES[asked["fault"]](self._core, asked)
        except (KeyError, TypeError, ValueError, AttributeError):
            return json_response({"message": f"Choose one of: {', '.join(SWITCHES)}"}, 400)
        return json_response({"fault": asked["fault"]})
