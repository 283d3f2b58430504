"""How often shards may log in."""

from dataclasses import dataclass, field


@dataclass
class IdentifyLimits:
    """One IDENTIFY of each bucket in `seconds`; a shard's bucket is its number modulo `max_concurrency`.

    Discord counts five seconds. The default here is no limit, because the bots of tests start over and over.
    `early` are the shards that were sent away, oldest first.
    """

    max_concurrency: int = 16
    seconds: float = 0.0
    early: list[int] = field(default_factory=list)
    _free_at: dict[int, float] = field(default_factory=dict, repr=False)

    def take(self, shard: int, now: float) -> bool:
        """Whether the shard may log in now."""
        bucket = shard % self.max_concurrency
        if now < self._free_at.get(bucket, 0.0):
            self.early.append(shard)
            return False
        self._free_at[bucket] = now + self.seconds
        return True
