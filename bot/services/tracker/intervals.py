"""The pauses between two polls of one job."""

# The next poll is after this fraction of the time until the expected event.
_FRACTION = 0.6
_LEAST, _STRETCHED, _SLOW = 0.5, 3.0, 10.0
_LONGEST = 30.0
_GROWTH = 1.5


class PollIntervals:
    """The pauses between polls in seconds, derived from the usual one.

    `least` is for a job about to end, `stretched` for one that will run for long, `slow` for one that is not expected
    to change. None is longer than half a minute, unless the usual one is.
    """

    __slots__ = ("least", "slow", "stretched", "usual")

    def __init__(self, usual: float) -> None:
        longest = max(_LONGEST, usual)
        self.usual = usual
        self.least = usual * _LEAST
        self.stretched = min(usual * _STRETCHED, longest)
        self.slow = min(usual * _SLOW, longest)

    def towards(self, distance: float, *, most: float) -> float:
        """The pause at this distance in seconds from an expected event, before or after it: the nearer, the shorter."""
        return min(max(distance * _FRACTION, self.least), most)

    def after(self, misses: int) -> float:
        """The pause after this number of failed polls in a row."""
        pause = self.usual
        for _ in range(misses):
            if pause >= self.slow:
                break
            pause *= _GROWTH
        return min(pause, self.slow)
