"""Troubles of the bot's processes: killed, stopped for a while, restarted with a new key, clocks that jump."""

from collections.abc import Callable
from functools import partial
from random import Random

from tests.chaos.people.account import AccountKeys
from tests.chaos.supervisor import Supervisor
from tests.chaos.troubles.kinds import Kind, Kinds
from tests.chaos.troubles.undoing import Undoing

_HOUR, _STEP = 3600.0, 5.0
_TAKEOVER_SECONDS = 14.0
"""Seconds after which other processes have taken over the jobs of a dead one."""

_SHORTEST_STOP = 5.0
_ROLLING = (0.0, 3.0)
"""Seconds between the restarts of two processes that get a new key."""

_REVOKED_AFTER = 12.0


class ProcessTroubles:
    """`longest_stop` is for how many seconds a process may be stopped."""

    def __init__(self, supervisor: Supervisor, keys: AccountKeys, undoing: Undoing, *, longest_stop: float) -> None:
        self._supervisor = supervisor
        self._keys = keys
        self._undoing = undoing
        self._longest_stop = longest_stop

    @property
    def kinds(self) -> Kinds:
        """With their weights: each process has its share."""
        count = self._supervisor.count
        return {
            "kill": Kind(2 * count, self._kill),
            "terminate": Kind(count, self._terminate),
            "stop": Kind(count + 1, self._stop),
            "clock": Kind(3, self._clock_jumps),
            "key": Kind(1, self._key_is_rotated),
        }

    async def _kill(self, rng: Random) -> str:
        return self._end_one("kill -9", self._supervisor.kill, rng)

    async def _terminate(self, rng: Random) -> str:
        return self._end_one("SIGTERM", self._supervisor.terminate, rng)

    def _end_one(self, how: str, end: Callable[[int], None], rng: Random) -> str:
        number = rng.randrange(self._supervisor.count)
        away = rng.choice([0.0, 2.0, _TAKEOVER_SECONDS if self._supervisor.count > 1 else 0.0])
        if not self._may_go(number):
            return ""
        end(number)
        self._undoing.after(away, partial(self._supervisor.allow_start, number))
        return f"{how} {number} for {away}"

    async def _stop(self, rng: Random) -> str:
        number, seconds = rng.randrange(self._supervisor.count), rng.uniform(_SHORTEST_STOP, 20.0)
        if not self._may_go(number):
            return ""
        seconds = min(seconds, self._longest_stop)
        self._supervisor.freeze(number)
        self._undoing.after(seconds, partial(self._supervisor.thaw, number))
        return f"SIGSTOP {number} for {seconds:.1f}"

    def _may_go(self, number: int) -> bool:
        """Whether the process can be stopped. Of several, one always stays to answer."""
        awake = self._supervisor.awake
        return number in awake and (self._supervisor.count == 1 or len(awake) > 1)

    async def _clock_jumps(self, rng: Random) -> str:
        number = rng.randrange(self._supervisor.count)
        ahead, seconds = rng.choice([-_HOUR, -_STEP, _STEP, _HOUR]), rng.uniform(1.0, 4.0)
        self._supervisor.set_clock(number, ahead)
        self._undoing.after(seconds, partial(self._supervisor.set_clock, number, 0.0))
        return f"clock of {number} jumps by {ahead}"

    async def _key_is_rotated(self, rng: Random) -> str:
        """Replace the account's key, and restart every process with the new one."""
        at_once = rng.random() < 0.5
        delays = [rng.uniform(*_ROLLING) for _ in range(self._supervisor.count)]
        self._supervisor.change(IMAGINEPRO_API_KEY=self._keys.rotate(overlapping=not at_once))
        if not at_once:
            self._undoing.after(_REVOKED_AFTER, self._keys.revoke_old)
        for number in range(self._supervisor.count):
            self._undoing.after(sum(delays[: number + 1]), partial(self._supervisor.restart, number))
        return f"the key is rotated, the old one revoked {'at once' if at_once else 'later'}"
