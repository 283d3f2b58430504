"""Rate limits: buckets per route and resource, the global one, and their headers."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from .clock import Clock
from .json import Json

MAJOR = ("channel_id", "guild_id", "webhook_id", "token")
MESSAGES = "/channels/{channel_id}/messages"
EDITS = MESSAGES + "/{message_id}"
FOLLOW_UPS = "/webhooks/{webhook_id}/{token}"
CALLBACK = "/interactions/{interaction_id}/{token}/callback"


@dataclass(frozen=True)
class Limit:
    """At most `requests` requests in `seconds` seconds."""

    requests: int
    seconds: float


@dataclass(frozen=True)
class Limits:
    """The server's limits; `Limits.lifted()` has none.

    `refused` is how many requests may be refused until none is read any more: Discord's network protection then answers
    for it (https://docs.discord.com/developers/topics/rate-limits#invalid-request-limit-aka-cloudflare-bans).
    """

    routes: Mapping[str, Limit] = field(
        default_factory=lambda: {
            f"POST {MESSAGES}": Limit(5, 5),
            f"PATCH {EDITS}": Limit(5, 5),
            f"DELETE {EDITS}": Limit(5, 1),
            f"POST {MESSAGES[:-9]}/typing": Limit(5, 5),
        }
    )
    other: Limit | None = Limit(20, 1)
    interaction: Limit | None = Limit(5, 2)
    overall: Limit | None = Limit(50, 1)
    refused: Limit | None = Limit(10_000, 600)

    @classmethod
    def lifted(cls) -> "Limits":
        """No limits at all."""
        return cls({}, None, None, None, None)


@dataclass
class Bucket:
    """The requests left in the current window."""

    limit: Limit
    key: str
    resets_at: float = 0.0
    remaining: int = 0

    def take(self, now: float) -> bool:
        """Use one request; False when none is left."""
        if now >= self.resets_at:
            self.resets_at, self.remaining = now + self.limit.seconds, self.limit.requests
        if self.remaining == 0:
            return False
        self.remaining -= 1
        return True

    def headers(self, now: float) -> dict[str, str]:
        """The X-RateLimit headers of an answer."""
        return {
            "X-RateLimit-Limit": str(self.limit.requests),
            "X-RateLimit-Remaining": str(self.remaining),
            "X-RateLimit-Reset": f"{self.resets_at:.3f}",
            "X-RateLimit-Reset-After": f"{max(0.0, self.resets_at - now):.3f}",
            "X-RateLimit-Bucket": hashlib.sha256(self.key.encode()).hexdigest()[:32],
        }


@dataclass
class Verdict:
    """What the limits say to a request: headers, and for how long it has to wait if it does."""

    headers: dict[str, str]
    retry_after: float | None = None
    everywhere: bool = False

    def refusal(self) -> tuple[Json, dict[str, str]]:
        """The body and headers of the 429."""
        retry_after = round(self.retry_after or 0.0, 3)
        body: Json = {
            "message": "You are being rate limited.",
            "code": 0,
            "retry_after": retry_after,
            "global": self.everywhere,
        }
        headers = {
            **self.headers,
            "Retry-After": str(int(retry_after) + 1),
            "Via": "1.1 google",  # clients take a 429 without it for a ban
            "X-RateLimit-Scope": "global" if self.everywhere else "user",
        }
        return body, ({**headers, "X-RateLimit-Global": "true"} if self.everywhere else headers)


class RateLimits:
    """Counts requests and says which have to wait."""

    def __init__(self, clock: Clock, limits: Limits) -> None:
        self.limits = limits
        self._clock = clock
        self._buckets: dict[tuple[str, str], Bucket] = {}
        self._refusals: Bucket | None = None
        self._closed_until = 0.0

    def close(self, seconds: float) -> None:
        """Take no request for this number of seconds, as if the global limit were used up."""
        self._closed_until = self._clock.now() + seconds

    def count_refusal(self, status: int, headers: Mapping[str, str]) -> None:
        """Count an answer that is a refusal; 429 on a limit that others share is none."""
        if self.limits.refused is None or status not in (401, 403, 429):
            return
        if headers.get("X-RateLimit-Scope") != "shared":
            self._refusals = self._refusals or Bucket(self.limits.refused, "refusals")
            self._refusals.take(self._clock.now())

    def shut_out_for(self) -> float:
        """Seconds for which nothing is read, since too much was refused; 0 when all is well."""
        if self._refusals is None or self._refusals.remaining > 0:
            return 0.0
        return max(0.0, self._refusals.resets_at - self._clock.now())

    def take(self, method: str, template: str, place: Mapping[str, str]) -> Verdict:
        """Count a request on a route."""
        if template == CALLBACK:
            return Verdict({})
        of_interaction = template.startswith(FOLLOW_UPS)
        if not of_interaction and (wait := self._overall()) is not None:
            return Verdict({}, wait, everywhere=True)
        if of_interaction:
            key, limit = FOLLOW_UPS, self.limits.interaction
        else:
            key = f"{method} {template}"
            limit = self.limits.routes.get(key, self.limits.other)
        return self._judge(key, limit, ":".join(place[name] for name in MAJOR if name in place))

    def in_use(self) -> list[tuple[str, Bucket]]:
        """The buckets whose window is open, each with the ids of its place; "global" is the one of all routes."""
        now = self._clock.now()
        return [(place, bucket) for (_, place), bucket in self._buckets.items() if bucket.resets_at > now]

    def _overall(self) -> float | None:
        now = self._clock.now()
        if now < self._closed_until:
            return self._closed_until - now
        if self.limits.overall is None:
            return None
        bucket = self._bucket("global", self.limits.overall, "")
        return None if bucket.take(now) else bucket.resets_at - now

    def _judge(self, key: str, limit: Limit | None, place: str) -> Verdict:
        if limit is None:
            return Verdict({})
        bucket = self._bucket(key, limit, place)
        now = self._clock.now()
        allowed = bucket.take(now)
        return Verdict(bucket.headers(now), None if allowed else bucket.resets_at - now)

    def _bucket(self, key: str, limit: Limit, place: str) -> Bucket:
        if len(self._buckets) > 2000:
            now = self._clock.now()
            self._buckets = {name: each for name, each in self._buckets.items() if each.resets_at > now}
        return self._buckets.setdefault((key, place), Bucket(limit, key))
