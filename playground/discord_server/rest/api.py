"""The REST API as an aiohttp application."""

import re

from aiohttp import web
from aiohttp.typedefs import Handler

from playground.discord_server.base.errors import DiscordError, refusal
from playground.discord_server.base.json import json_response
from playground.discord_server.core import Core

from . import accounts, attachments, channels, commands, guilds, interactions, messages
from .body import MOST_BYTES
from .dispatch import handler_for

VERSION = re.compile(r"v\d+")
MODULES = (accounts, attachments, guilds, channels, messages, commands, interactions)


@web.middleware
async def errors_as_json(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Let unknown routes and methods answer as Discord does."""
    try:
        return await handler(request)
    except web.HTTPException as error:
        known = {404: refusal("not_found"), 405: refusal("method_not_allowed")}
        answer = known.get(error.status) or DiscordError(error.status, 0, f"{error.status}: {error.reason}")
        return json_response(answer.body(), answer.status)


async def other_version(request: web.Request) -> web.Response:
    """The answer below /api for any version but 10."""
    version = request.match_info["rest"].partition("/")[0]
    error = refusal("invalid_version" if VERSION.fullmatch(version) else "not_found")
    return json_response(error.body(), error.status)


def api(core: Core) -> web.Application:
    """All routes, to be mounted below /api/v10."""
    app = web.Application(middlewares=[errors_as_json], client_max_size=MOST_BYTES)
    for module in MODULES:
        for route in module.routes.found:
            app.router.add_route(route.method, route.template, handler_for(core, route))
    return app
