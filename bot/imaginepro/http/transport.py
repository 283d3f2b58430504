"""One HTTP request and its answer, before the answer is interpreted."""

import json
import logging
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

import aiohttp
from pydantic import SecretStr
from yarl import URL

from bot.http_download import read_at_most
from bot.imaginepro.errors import ServerFault, TimedOut, Unreachable
from bot.imaginepro.http.rate_limit import LimitClass, Priority

log = logging.getLogger(__name__)

# The largest record in the documentation has about 2 KiB.
MAX_BODY_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds allowed: to open a connection, for one whole JSON call, for one whole download."""

    connect: float = 10.0
    read: float = 30.0
    download: float = 60.0


DEFAULT_TIMEOUTS = Timeouts()


@dataclass(frozen=True, slots=True)
class Call:
    """One call of the API.

    `hint` is added to the sentence for the user when the API does not accept the call. `repeatable` marks a call that
    is no GET as free and idempotent. `may_say_nothing` allows a 2xx answer without a body. `rank` is the priority of a
    call that is neither a job nor an ordinary free call.
    """

    method: str
    path: str
    lane: LimitClass = LimitClass.GENERAL
    params: Mapping[str, str] | None = None
    body: Mapping[str, object] | None = field(default=None, repr=False)
    of_job: bool = False
    hint: str | None = None
    repeatable: bool = False
    may_say_nothing: bool = False
    rank: Priority | None = None

    @property
    def creates(self) -> bool:
        """True when sending it twice could create, and charge for, two jobs."""
        return self.method != "GET" and not self.repeatable

    @property
    def reads_job(self) -> bool:
        """True for a read of what the API knows about one job."""
        return self.method == "GET" and self.of_job

    @property
    def priority(self) -> Priority:
        """Which of several waiting calls is sent first."""
        if self.rank is not None:
            return self.rank
        return Priority.JOB if self.creates else Priority.FREE


@dataclass(frozen=True, slots=True)
class Answer:
    """A complete HTTP answer."""

    status: int
    body: bytes = field(repr=False)
    retry_after: str | None = None

    @property
    def ok(self) -> bool:
        """True for every 2xx: the documentation only lists 200."""
        return 200 <= self.status < 300


@contextmanager
def network_errors(*, creates: bool = False) -> Generator[None]:
    """Turn network errors into `Unreachable` and `TimedOut`.

    Nothing was sent before a connection was open, through a proxy too; after that a request that `creates` may have
    arrived.
    The cause is not chained: the parser's errors quote the bytes received, which may echo the key.
    """
    try:
        yield
    except aiohttp.ConnectionTimeoutError:
        raise TimedOut from None
    except TimeoutError:
        raise TimedOut(may_have_created=creates) from None
    except (aiohttp.ClientConnectorError, aiohttp.ClientHttpProxyError, aiohttp.InvalidURL, UnicodeError) as error:
        log.debug("no connection: %s", type(error).__name__)
        raise Unreachable from None
    except (aiohttp.ClientError, OSError) as error:
        log.debug("connection broke: %s", type(error).__name__)
        raise Unreachable(may_have_created=creates) from None


class Transport:
    """Sends calls with the key, which is set per request and never logged.

    Raises ValueError for a key that cannot be sent in a header.
    """

    def __init__(
        self, session: aiohttp.ClientSession, *, key: SecretStr, base: URL, timeouts: Timeouts, proxy: URL | None
    ) -> None:
        self._session = session
        self._proxy = proxy
        if not (key.get_secret_value().isascii() and key.get_secret_value().isprintable()):
            raise ValueError("The API key holds a character that cannot be sent in a header.")
        self._key = key
        self._base = base
        self._timeout = aiohttp.ClientTimeout(
            total=timeouts.read, connect=timeouts.connect, sock_connect=timeouts.connect
        )

    async def send(self, call: Call) -> Answer:
        """The API's answer with any status; raises `Unreachable`, `TimedOut` or (too long) `ServerFault`."""
        with network_errors(creates=call.creates):
            # A redirect is not followed: it would repeat a POST, and carry the key to another host.
            async with self._session.request(
                call.method,
                URL(f"{self._base}/api/v1{call.path}", encoded=True),
                params=call.params,
                data=None if call.body is None else json.dumps(call.body).encode(),
                headers=self._headers(call),
                timeout=self._timeout,
                allow_redirects=False,
                proxy=self._proxy,
                middlewares=(_sent_once(),) if call.creates else (),
            ) as response:
                body = await read_at_most(response, MAX_BODY_BYTES)
        log.debug("%s %s: %s", call.method, call.path, response.status)
        if body is None:
            raise ServerFault(status=response.status, may_have_created=call.creates)
        return Answer(response.status, body, response.headers.get("Retry-After"))

    def _headers(self, call: Call) -> dict[str, str]:
        headers = {"Authorization": f"Bearer {self._key.get_secret_value()}", "Accept": "application/json"}
        return headers if call.body is None else headers | {"Content-Type": "application/json"}


def _sent_once() -> aiohttp.ClientMiddlewareType:
    """Keep aiohttp from repeating a PUT or DELETE, as it does when a kept-alive connection breaks."""
    sent = False

    async def send(request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
        nonlocal sent
        if sent:
            raise aiohttp.ServerDisconnectedError
        sent = True
        return await handler(request)

    return send
