"""Writes files to the storage behind the API, at URLs that the API has signed."""

import aiohttp
from yarl import URL

from bot.http_download import DownloadError
from bot.imaginepro.errors import PictureNotAllowed, RequestRefused, ServerFault
from bot.imaginepro.http.download import Downloads
from bot.imaginepro.http.transport import Timeouts, network_errors


class Storage:
    """Sends files without the API key, to hosts from which `downloads` may fetch."""

    def __init__(self, downloads: Downloads, timeouts: Timeouts) -> None:
        self._downloads = downloads
        self._timeout = aiohttp.ClientTimeout(total=timeouts.download, sock_connect=timeouts.connect)

    async def put(self, signed_url: str, data: bytes, content_type: str, *, token: str | None) -> None:
        """Store the bytes at this URL. Raises `PictureNotAllowed` for a host that is not public.

        Redirects are not followed, since the token belongs to this host.
        """
        url = URL(signed_url, encoded=True)
        headers = {"Content-Type": content_type} | ({"Authorization": f"Bearer {token}"} if token else {})
        try:
            with network_errors():
                async with self._downloads.session_for(url).put(
                    url,
                    data=data,
                    headers=headers,
                    timeout=self._timeout,
                    allow_redirects=False,
                    proxy=self._downloads.proxy_for(url),
                ) as response:
                    status = response.status
        except DownloadError:
            raise PictureNotAllowed from None
        if status >= 500 or status == 429:
            raise ServerFault(status=status)
        if not 200 <= status < 300:
            raise RequestRefused(status=status)
