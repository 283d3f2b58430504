"""Which of the bot's own requests go through an HTTP proxy."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from urllib.request import (
    getproxies_environment,
    proxy_bypass_environment,  # pyright: ignore[reportAttributeAccessIssue]  # not in its type stubs
)

from yarl import URL

_SCHEMES = {"http": "http", "ws": "http", "https": "https", "wss": "https"}
_USABLE = ("http", "https")
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class Proxies:
    """The proxy for each URL: that of PROXY_URL, else that of HTTPS_PROXY, HTTP_PROXY or ALL_PROXY for its scheme.

    Hosts in NO_PROXY and this machine itself are reached directly. `environment` is what
    `urllib.request.getproxies_environment` returns.
    """

    configured: str | None = field(default=None, repr=False)
    environment: Mapping[str, str] = field(default_factory=getproxies_environment, repr=False)

    def for_url(self, url: URL) -> URL | None:
        """The proxy that a request to `url` goes through, None for a direct one."""
        host = url.host or ""
        if host in _LOOPBACK or proxy_bypass_environment(host, dict(self.environment)):
            return None
        text = self.configured or self.environment.get(_SCHEMES.get(url.scheme, "")) or self.environment.get("all")
        return _proxy(text) if text else None

    @property
    def urls(self) -> Iterable[str]:
        """The URLs of all proxies that may be used, with their passwords."""
        found = [self.configured, *(self.environment.get(name) for name in ("http", "https", "all"))]
        return [text for text in found if text and _proxy(text) is not None]


def _proxy(text: str) -> URL | None:
    """The URL of an HTTP proxy; None for another kind (SOCKS), which aiohttp does not support."""
    try:
        url = URL(text if "://" in text else f"http://{text}")
    except ValueError:
        return None
    return url if url.scheme in _USABLE and url.host else None
