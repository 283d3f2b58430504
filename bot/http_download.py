"""Downloads that check every redirect before it is followed, and never hold more bytes than allowed."""

import asyncio
import logging
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

import aiohttp
from yarl import URL

log = logging.getLogger(__name__)

MAX_REDIRECTS = 5
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


class DownloadError(Exception):
    """The download failed; the subclasses say why, and repeat neither the address nor what was received."""


class InvalidAddress(DownloadError):
    """The address, or one it redirects to, is not a URL that a request can be sent to."""


class TimedOut(DownloadError):
    """The download took longer than the seconds allowed."""


class ConnectionFailed(DownloadError):
    """No connection, or one that broke before the answer was complete."""


class TooLarge(DownloadError):
    """The body has more bytes than allowed."""


class TooManyRedirects(DownloadError):
    """The last of `MAX_REDIRECTS` redirects led to another one."""


@dataclass(frozen=True, slots=True)
class Download:
    """A body with the content type that the server named."""

    data: bytes = field(repr=False)
    content_type: str


SessionFor = Callable[[URL], aiohttp.ClientSession]
ProxyFor = Callable[[URL], URL | None]
"""The proxy that a request to a URL goes through, None for a direct one."""

CheckResponse = Callable[[aiohttp.ClientResponse], None]


def no_proxy(_url: URL) -> None:
    """No proxy: a `ProxyFor` for direct requests."""


async def download(
    address: str,
    *,
    session_for: SessionFor,
    check: CheckResponse,
    headers: Mapping[str, str],
    max_bytes: int,
    seconds: float,
    proxy_for: ProxyFor = no_proxy,
) -> Download:
    """What a GET of `address` answers, after at most `MAX_REDIRECTS` redirects. Raises `DownloadError`.

    `session_for` gets the URL of every hop before it is requested, and raises an error of its own for one that is
    not allowed; `proxy_for` gets it too. `check` does the same with the final response before its body is read.
    """
    # A compressed answer could be small on the wire and huge in memory: none is asked for, and none is unpacked.
    sent = {**headers, "Accept-Encoding": "identity"}
    with _network_errors():
        async with asyncio.timeout(seconds):
            url = URL(address)
            for _ in range(MAX_REDIRECTS + 1):
                async with session_for(url).get(
                    url,
                    headers=sent,
                    allow_redirects=False,
                    auto_decompress=False,
                    proxy=proxy_for(url),
                    timeout=aiohttp.ClientTimeout(total=None),
                ) as response:
                    if response.status not in _REDIRECTS:
                        check(response)
                        return await _body(response, max_bytes)
                    url = url.join(URL(response.headers.get("Location", "")))
    raise TooManyRedirects


async def read_at_most(response: aiohttp.ClientResponse, limit: int) -> bytes | None:
    """The body, or `None` when it has more than `limit` bytes; no more than that is ever held."""
    if (response.content_length or 0) > limit:
        return None
    body = bytearray()
    async for chunk in response.content.iter_chunked(64 * 1024):
        body += chunk
        if len(body) > limit:
            return None
    return bytes(body)


async def _body(response: aiohttp.ClientResponse, max_bytes: int) -> Download:
    data = await read_at_most(response, max_bytes)
    if data is None:
        raise TooLarge
    return Download(data, response.content_type)


@contextmanager
def _network_errors() -> Generator[None]:
    # The cause is not chained and only its kind is logged: its message repeats the address and what was received.
    try:
        yield
    except TimeoutError:
        raise TimedOut from None
    except ValueError:  # aiohttp.InvalidURL is one
        raise InvalidAddress from None
    except (aiohttp.ClientError, OSError) as error:
        log.debug("a download failed: %s", type(error).__name__)
        raise ConnectionFailed from None
