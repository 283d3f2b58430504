"""Connections to hosts that the operator chose: Discord, the image API, and where results are."""

import aiohttp


def connector(*, limit: int = 100) -> aiohttp.TCPConnector:
    """A connector for at most `limit` connections, 0 for any number; to be made in a running event loop.

    Names are looked up as everywhere on this machine: a private host may be in a source that only the system knows.
    Without the explicit resolver, aiohttp would take aiodns, which asks name servers and /etc/hosts alone.
    """
    return aiohttp.TCPConnector(limit=limit, resolver=aiohttp.ThreadedResolver())
