"""What the bot says while a script is played."""

from collections import deque
from collections.abc import Callable

from playground.script.transcript import Veil

KEPT_LINES = 15


class BotLines:
    """What the bot says: at once when all shall be heard, or its last lines on demand."""

    def __init__(self, say: Callable[[str], None], veil: Veil, *, verbose: bool) -> None:
        self._say, self._veil, self._verbose = say, veil, verbose
        self._last: deque[str] = deque(maxlen=KEPT_LINES)

    def hear(self, line: str) -> None:
        """A line of the bot."""
        if self._verbose:
            self._say(self._veil(line))
        else:
            self._last.append(self._veil(line))

    def tell(self) -> None:
        """Say what was said last and not heard yet."""
        for line in self._last:
            self._say(line)
        self._last.clear()
