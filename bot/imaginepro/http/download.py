"""Pictures, fetched only from where the image service keeps them."""

import asyncio

import aiohttp
from yarl import URL

from bot.imaginepro.errors import Busy, PictureGone, PictureNotAllowed, PictureTooLarge, ServerFault
from bot.imaginepro.http.responses import seconds_until
from bot.imaginepro.http.transport import network_errors, read_at_most
from bot.imaginepro.models import Picture

MAX_REDIRECTS = 5
_DISCORD_HOSTS = frozenset({"cdn.discordapp.com", "media.discordapp.net"})
_PICTURE_TYPES = ("image/", "video/", "application/octet-stream", "binary/octet-stream")
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
# A compressed answer could be small on the wire and huge in memory.
_HEADERS = {"Accept": "image/*, video/*", "Accept-Encoding": "identity"}


class Downloads:
    """Fetches pictures without the key, from the hosts named in the documentation and the API's own address."""

    def __init__(self, session: aiohttp.ClientSession, *, base: URL, seconds: float) -> None:
        self._session = session
        self._own_origin = base.origin()
        self._seconds = seconds

    async def fetch(self, url: str, *, max_bytes: int) -> Picture:
        """The picture at `url`; see `ImagineProClient.download` for the errors."""
        target = _parsed(url)
        with network_errors():
            async with asyncio.timeout(self._seconds):
                for _ in range(MAX_REDIRECTS + 1):
                    found = await self._step(target, max_bytes)
                    if isinstance(found, Picture):
                        return found
                    target = found
        raise PictureGone("The picture's address leads in a circle.")

    async def _step(self, target: URL, max_bytes: int) -> Picture | URL:
        """The picture, or where the server sends us instead: every address is checked before it is asked."""
        self._check(target)
        async with self._session.get(
            target, headers=_HEADERS, allow_redirects=False, timeout=aiohttp.ClientTimeout(total=None)
        ) as response:
            if response.status in _REDIRECTS:
                return target.join(_parsed(response.headers.get("Location", "")))
            _check_status(response)
            return await _picture(response, max_bytes)

    def _check(self, target: URL) -> None:
        try:
            allowed = self._allowed(target)
        except ValueError:
            allowed = False
        if not allowed:
            raise PictureNotAllowed

    def _allowed(self, target: URL) -> bool:
        if not target.absolute or target.user is not None or target.password is not None:
            return False
        if target.scheme in {"http", "https"} and target.origin() == self._own_origin:
            return True
        host = target.host or ""
        public = host in _DISCORD_HOSTS or host.endswith(".imaginepro.ai")
        return public and target.scheme == "https" and target.port == 443


def _parsed(address: str) -> URL:
    try:
        return URL(address)
    except ValueError:
        raise PictureNotAllowed from None


def _check_status(response: aiohttp.ClientResponse) -> None:
    if response.status == 429:
        raise Busy(status=429, retry_after=seconds_until(response.headers.get("Retry-After")))
    if response.status >= 500:
        raise ServerFault(status=response.status)
    if response.status != 200 or not response.content_type.startswith(_PICTURE_TYPES):
        raise PictureGone


async def _picture(response: aiohttp.ClientResponse, max_bytes: int) -> Picture:
    data = await read_at_most(response, max_bytes)
    if data is None:
        raise PictureTooLarge
    if not data:
        raise PictureGone
    return Picture(data, response.content_type)
