"""Which event loop the bot runs on."""

import asyncio
import sys

from sqlalchemy import make_url


def loop_factory(database_url: str, platform: str = sys.platform) -> type[asyncio.AbstractEventLoop] | None:
    """The class of the loop, None for asyncio's usual one.

    uvloop is the fastest and does not exist for Windows, whose usual loop PostgreSQL's driver can't use.
    """
    if platform == "win32":
        return asyncio.SelectorEventLoop if make_url(database_url).get_backend_name() == "postgresql" else None
    try:
        import uvloop  # noqa: PLC0415  # not available everywhere
    except ImportError:
        return None
    return uvloop.Loop
