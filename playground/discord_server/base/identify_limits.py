"""How often shards may log in."""

from dataclasses import dataclass, field

from .json import Json

DAY = 86_400.0


@dataclass
class IdentifyLimits:
    """One IDENTIFY of each bucket in `seconds`; a shard's bucket is its number modulo `max_concurrency`.

    Discord counts five seconds. The default here is no limit, because the bots of tests start over and over.
    `early` are the shards that were sent away, oldest first. A day has `total` logins, of which `used` are spent; those
    that were sent away count as well.
    """

    max_concurrency: int = 16
    seconds: float = 0.0
    total: int = 1000
    early: list[int] = field(default_factory=list)
    used: int = 0
    _day_ends: float | None = field(default=None, repr=False)
    _free_at: dict[int, float] = field(default_factory=dict, repr=False)

    def take(self, shard: int, now: float) -> bool:
        """Whether the shard may log in now."""
        bucket = shard % self.max_concurrency
        if now < self._free_at.get(bucket, 0.0):
            self.early.append(shard)
            return False
        self._free_at[bucket] = now + self.seconds
        return True

    def count(self, now: float) -> bool:
        """Count a login of the day; False when none was left."""
        if self.session_start_limit(now)["remaining"] == 0:
            return False
        self.used += 1
        return True

    def session_start_limit(self, now: float) -> Json:
        """What /gateway/bot says about logins; the day begins when it is first asked, and again when it has ended."""
        if self._day_ends is None:
            self._day_ends = now + DAY
        elif now >= self._day_ends:
            self._day_ends, self.used = now + DAY, 0
        return {
            "total": self.total,
            "remaining": max(0, self.total - self.used),
            "reset_after": int((self._day_ends - now) * 1000),
            "max_concurrency": self.max_concurrency,
        }
