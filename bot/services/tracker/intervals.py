"""How long the pauses between two reads of one job may be."""

# Of the time that is left until something is expected, so much passes before the next look.
_PART = 0.6
_LEAST, _STRETCHED, _SLOW = 0.5, 3.0, 10.0
_LONGEST = 30.0
_GROWTH = 1.5


class PollIntervals:
    """Pauses, all in seconds, that follow from the usual one.

    `least` is for a job about to end, `stretched` for one whose end is far away, `slow` for one of which nothing is
    expected. None is longer than half a minute, unless the usual one is.
    """

    __slots__ = ("least", "slow", "stretched", "usual")

    def __init__(self, usual: float) -> None:
        longest = max(_LONGEST, usual)
        self.usual = usual
        self.least = usual * _LEAST
        self.stretched = min(usual * _STRETCHED, longest)
        self.slow = min(usual * _SLOW, longest)

    def towards(self, distance: float, *, most: float) -> float:
        """The pause at this distance in time from what is expected: the nearer, the shorter, before it and after."""
        return min(max(distance * _PART, self.least), most)

    def after(self, misses: int) -> float:
        """The pause after so many reads in a row that brought nothing."""
        pause = self.usual
        for _ in range(misses):
            if pause >= self.slow:
                break
            pause *= _GROWTH
        return min(pause, self.slow)
