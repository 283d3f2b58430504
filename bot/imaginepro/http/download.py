"""Downloads of results: from the hosts where the image service keeps them, and with care from any other."""

import asyncio

import aiohttp
from yarl import URL

from bot import http_download
from bot.http_download import Download, DownloadError, ProxyFor, SessionFor, download
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

_HOSTS = frozenset({"cdn.discordapp.com", "media.discordapp.net"})
_DOMAINS = (".imaginepro.ai", ".midjourney.com")
_MORE_TRIES_IF_EMPTY = 2
_PICTURE_TYPES = ("image/", "video/", "application/mp4", "application/octet-stream", "binary/octet-stream")
_HEADERS = {"Accept": "image/*, video/*"}


class Downloads:
    """Fetches pictures without the key.

    Those at the API's own address and at the hosts of ImaginePro, Midjourney and Discord come through `session`. For
    any other https URL, `strangers` makes sure that its host is public; without it such a URL is refused. An empty
    picture is fetched again twice, each time after `empty_pause` seconds.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        *,
        base: URL,
        seconds: float,
        proxy_for: ProxyFor,
        strangers: SessionFor | None = None,
        empty_pause: float = 0.0,
    ) -> None:
        self._session = session
        self._proxy_for = proxy_for
        self._own_origin = base.origin()
        self._seconds = seconds
        self._strangers = strangers
        self._empty_pause = empty_pause

    async def fetch(self, url: str, *, max_bytes: int) -> Picture:
        """The picture at `url`; see `ImagineProClient.download` for the errors."""
        found = await self._fetch_once(url, max_bytes)
        for _ in range(_MORE_TRIES_IF_EMPTY):
            if found.data:
                break
            await asyncio.sleep(self._empty_pause)
            found = await self._fetch_once(url, max_bytes)
        if not found.data:
            raise PictureGone
        return Picture(found.data, found.content_type)

    async def _fetch_once(self, url: str, max_bytes: int) -> Download:
        met_stranger = False

        def session_for(hop: URL) -> aiohttp.ClientSession:
            nonlocal met_stranger
            if met_stranger and self._is_known(hop) and not _is_known_host(hop):
                # The API's own address may be private, and no stranger may lead there.
                raise PictureNotAllowed
            met_stranger = met_stranger or not self._is_known(hop)
            return self.session_for(hop)

        try:
            return await download(
                url,
                session_for=session_for,
                check=_check,
                headers=_HEADERS,
                max_bytes=max_bytes,
                seconds=self._seconds,
                proxy_for=self.proxy_for,
            )
        except DownloadError as error:
            raise _error_for(error) from None

    def proxy_for(self, url: URL) -> URL | None:
        """The proxy for requests to this URL. Strangers need none: behind a proxy any name may be a private host."""
        return self._proxy_for(url) if self._is_known(url) else None

    def session_for(self, url: URL) -> aiohttp.ClientSession:
        """The session for requests to this URL. Raises `PictureNotAllowed`, or what `strangers` raises."""
        if self._is_known(url):
            return self._session
        if self._strangers is None or url.scheme != "https":
            raise PictureNotAllowed
        return self._strangers(url)

    def _is_known(self, url: URL) -> bool:
        if url.scheme not in {"http", "https"} or not url.host or url.user is not None or url.password is not None:
            return False
        return url.origin() == self._own_origin or _is_known_host(url)


def _is_known_host(url: URL) -> bool:
    host = url.host or ""
    return (host in _HOSTS or host.endswith(_DOMAINS)) and url.scheme == "https" and url.port == 443


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
