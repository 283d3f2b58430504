"""The line in front of the API: one job is sent at a time, first come, first served."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager


class Line:
    """Hands out turns one after the other and tells everyone who waits where they stand."""

    def __init__(self) -> None:
        self._waiting: list[_Place] = []
        self._taken = False

    def __len__(self) -> int:
        return len(self._waiting)

    @asynccontextmanager
    async def turn(self, moved: Callable[[int], None]) -> AsyncGenerator[None]:
        """Enter when it is this caller's turn; `moved` is told the place (1: next) whenever it changes.

        Whoever is cancelled while waiting leaves the line and nobody behind loses a place.
        """
        await self._wait(moved)
        try:
            yield
        finally:
            self._advance()

    async def _wait(self, moved: Callable[[int], None]) -> None:
        if not self._taken:
            self._taken = True
            return
        place = _Place(moved)
        self._waiting.append(place)
        moved(len(self._waiting))
        try:
            await place.called
        except asyncio.CancelledError:
            if place in self._waiting:
                self._waiting.remove(place)
                self._tell()
            elif not place.called.cancelled():
                # The turn had been handed over already; it goes to whoever is next.
                self._advance()
            raise

    def _advance(self) -> None:
        # A cancelled waiter stays in the list until its task runs again; a turn given to it would be lost.
        self._waiting = [place for place in self._waiting if not place.called.done()]
        if not self._waiting:
            self._taken = False
            return
        self._waiting.pop(0).called.set_result(None)
        self._tell()

    def _tell(self) -> None:
        for index, place in enumerate(self._waiting, start=1):
            place.moved(index)


class _Place:
    def __init__(self, moved: Callable[[int], None]) -> None:
        self.moved = moved
        self.called: asyncio.Future[None] = asyncio.get_running_loop().create_future()
