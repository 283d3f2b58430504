"""Waiting for what happens, without polling."""

import asyncio
from collections.abc import Callable, Iterable
from typing import Any, Generic, TypeVar

Item = TypeVar("Item")

WAIT_SECONDS = 60.0  # the default timeout, far longer than anything takes that comes at all


class WaitTimeout(AssertionError):
    """What was waited for did not come; the text says what came instead."""


class Waiters(Generic[Item]):
    """Those who wait for an item of which something is true."""

    def __init__(self) -> None:
        self._waiting: list[tuple[Callable[[Item], Any], asyncio.Future[Item]]] = []

    def tell(self, item: Item) -> None:
        """Show a new item to everyone who waits."""
        for predicate, future in list(self._waiting):
            if not future.done():
                self._offer(predicate, future, item)

    @staticmethod
    def _offer(predicate: Callable[[Item], Any], future: asyncio.Future[Item], item: Item) -> None:
        try:
            if predicate(item):
                future.set_result(item)
        except Exception as error:
            future.set_exception(error)

    async def wait_for(
        self,
        predicate: Callable[[Item], Any],
        current: Iterable[Item],
        timeout: float,
        transcript: Callable[[], str],
    ) -> Item:
        """The first item, present or future, that satisfies; WaitTimeout with the transcript otherwise."""
        for item in current:
            if predicate(item):
                return item
        future: asyncio.Future[Item] = asyncio.get_running_loop().create_future()
        entry = (predicate, future)
        self._waiting.append(entry)
        try:
            async with asyncio.timeout(timeout):
                return await future
        except TimeoutError:
            raise WaitTimeout(f"nothing fitting came within {timeout:g} s\n{transcript()}") from None
        finally:
            self._waiting.remove(entry)
