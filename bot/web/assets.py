"""The static files of the mask editor, read into memory at start."""

from pathlib import Path

from aiohttp import web

FOLDER = Path(__file__).parent / "page"
# Listed here since the system's MIME table may have text/plain for scripts, which browsers refuse to run.
_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


class Assets:
    """Serves the mask editor's page, styles, scripts and icons."""

    def __init__(self) -> None:
        self._page = (FOLDER / "mask.html").read_bytes()
        self._files = {
            path.name: (path.read_bytes(), _TYPES[path.suffix]) for path in FOLDER.iterdir() if path.suffix in _TYPES
        }

    async def page(self, _request: web.Request) -> web.Response:
        """The editor's page, the same for every link: opening a link alone reveals nothing about the picture."""
        return web.Response(body=self._page, content_type="text/html", charset="utf-8")

    async def file(self, request: web.Request) -> web.Response:
        """A stylesheet, script or icon."""
        found = self._files.get(request.match_info["name"])
        if found is None:
            raise web.HTTPNotFound
        # Without this a browser may keep using the scripts of an earlier version.
        headers = {"Cache-Control": "no-cache"}
        return web.Response(body=found[0], content_type=found[1], charset="utf-8", headers=headers)
