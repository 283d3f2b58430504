"""Turns errors into answers: a small page for people, JSON for the editor's script."""

import logging
from html import escape

from aiohttp import web
from aiohttp.typedefs import Handler

from bot.errors import UserError

log = logging.getLogger(__name__)

_STATUS_TEXTS = {
    404: "There is nothing at this address. Open the link from Discord again.",
    405: "This address can't be used that way.",
    413: "That is too much to send. Paint a simpler mask.",
}
_INTERNAL = "Something went wrong here. Try again in a moment."
_PAGE = """<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <meta name="robots" content="noindex">
  <title>Not here</title>
  <link rel="icon" href="/mask-editor/icon.svg" type="image/svg+xml">
  <link rel="stylesheet" href="/mask-editor/theme.css">
</head>
<body><main class="notice"><h1>That did not work</h1><p>{sentence}</p></main></body>
</html>
"""


class Refusal(UserError):
    """A request that is refused, with its HTTP status."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


@web.middleware
async def error_middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer every error with a sentence; unexpected ones are logged, without the request's URL."""
    try:
        return await handler(request)
    except (UserError, web.HTTPException) as error:
        return refused(request, error)
    except Exception:
        log.exception("a request broke off")
        return _error_response(request, 500, _INTERNAL)


def refused(request: web.Request, error: UserError | web.HTTPException) -> web.StreamResponse:
    """The answer to a request that ended with this error."""
    match error:
        case Refusal():
            return _error_response(request, error.status, error.text)
        case UserError():
            return _error_response(request, 422, error.text)
        case _:
            # A 405 has to list the allowed methods.
            allowed = {"Allow": error.headers["Allow"]} if "Allow" in error.headers else {}
            return _error_response(request, error.status, _STATUS_TEXTS.get(error.status, error.reason), allowed)


def _error_response(
    request: web.Request, status: int, sentence: str, headers: dict[str, str] | None = None
) -> web.StreamResponse:
    if "text/html" in request.headers.get("Accept", ""):
        page = _PAGE.format(sentence=escape(sentence))
        return web.Response(text=page, content_type="text/html", status=status, headers=headers)
    return web.json_response({"message": sentence}, status=status, headers=headers)
