"""Downloads of results, only from the hosts where the image service keeps them."""

import aiohttp
from yarl import URL

from bot import http_download
from bot.http_download import DownloadError, ProxyFor, download
from bot.imaginepro.errors import (
    Busy,
    ImagineProError,
    PictureGone,
    PictureNotAllowed,
    PictureTooLarge,
    ServerFault,
    TimedOut,
    Unreachable,
)
from bot.imaginepro.http.responses import seconds_until
from bot.imaginepro.models import Picture

_DISCORD_HOSTS = frozenset({"cdn.discordapp.com", "media.discordapp.net"})
_PICTURE_TYPES = ("image/", "video/", "application/mp4", "application/octet-stream", "binary/octet-stream")
_HEADERS = {"Accept": "image/*, video/*"}


class Downloads:
    """Fetches pictures without the key, from the hosts named in the documentation and the API's own address."""

    def __init__(self, session: aiohttp.ClientSession, *, base: URL, seconds: float, proxy_for: ProxyFor) -> None:
        self._session = session
        self._proxy_for = proxy_for
        self._own_origin = base.origin()
        self._seconds = seconds

    async def fetch(self, url: str, *, max_bytes: int) -> Picture:
        """The picture at `url`; see `ImagineProClient.download` for the errors."""
        try:
            found = await download(
                url,
                session_for=self._session_for,
                check=_check,
                headers=_HEADERS,
                max_bytes=max_bytes,
                seconds=self._seconds,
                proxy_for=self._proxy_for,
            )
        except DownloadError as error:
            raise _error_for(error) from None
        if not found.data:
            raise PictureGone
        return Picture(found.data, found.content_type)

    def _session_for(self, url: URL) -> aiohttp.ClientSession:
        if not self._is_allowed(url):
            raise PictureNotAllowed
        return self._session

    def _is_allowed(self, url: URL) -> bool:
        if url.scheme not in {"http", "https"} or not url.host or url.user is not None or url.password is not None:
            return False
        if url.origin() == self._own_origin:
            return True
        public = url.host in _DISCORD_HOSTS or url.host.endswith(".imaginepro.ai")
        return public and url.scheme == "https" and url.port == 443


def _check(response: aiohttp.ClientResponse) -> None:
    if response.status == 429:
        raise Busy(status=429, retry_after=seconds_until(response.headers.get("Retry-After")))
    if response.status >= 500:
        raise ServerFault(status=response.status)
    if response.status != 200 or not response.content_type.startswith(_PICTURE_TYPES):
        raise PictureGone


def _error_for(error: DownloadError) -> ImagineProError:
    match error:
        case http_download.InvalidAddress():
            return PictureNotAllowed()
        case http_download.TimedOut():
            return TimedOut()
        case http_download.TooLarge():
            return PictureTooLarge()
        case http_download.TooManyRedirects():
            return PictureGone("The picture's address leads in a circle.")
        case _:
            return Unreachable()
