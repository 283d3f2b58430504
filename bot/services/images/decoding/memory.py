"""Memory for decoding: a worker asks for it before it decodes, so that workers do not fill the machine together."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from contextvars import ContextVar

_FREE = 16 * 1024**2
"""Bytes that need no permission: most images take less."""

_ask: ContextVar[Callable[[int], None] | None] = ContextVar("ask", default=None)


@contextmanager
def asking(ask: Callable[[int], None]) -> Generator[None]:
    """Call `ask` with the number of bytes before more than a little memory is used; it returns once they are free."""
    token = _ask.set(ask)
    try:
        yield
    finally:
        _ask.reset(token)


def reserve(size: int) -> None:
    """Wait until `size` bytes may be used."""
    ask = _ask.get()
    if ask is not None and size > _FREE:
        ask(size)
