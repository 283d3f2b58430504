"""Troubles of the image API: refusals, lost answers, a full queue, outages, jobs that go wrong."""

from random import Random

from playground.imaginepro import Simulator
from tests.chaos.people.ordinary import SimulatedMembers
from tests.chaos.troubles.kinds import Kind, Kinds

REFUSALS = ("queue-full", "prompt-refused", "success-false", "bad-request", "key-refused", "rate-limited")
LOST_ANSWERS = ("submit-drops", "submit-lost", "submit-times-out", "slow-answer")
ERRORS = ("html-500", "empty-500", "answers-201")
JOB_FAULTS = ("fails-at-60", "small-fail", "no-webhooks", "webhooks-twice", "cancel-ignored", "not-readable-at-once")
OUTAGES = ("down", "down-503")
_CANCEL_SECONDS = 3.0
_ECHO_SECONDS = 3.0


class ApiTroubles:
    """Some come together with what the members do meanwhile."""

    def __init__(self, api: Simulator, members: SimulatedMembers) -> None:
        self._api = api
        self._members = members

    @property
    def kinds(self) -> Kinds:
        """With their weights."""
        return {
            "refusal": Kind(4, self._refuse),
            "full queue": Kind(4, self._queue_is_full),
            "lost answer": Kind(5, self._lose_answer),
            "lost answers": Kind(4, self._lose_equal_answers),
            "broken answer": Kind(4, self._break_answers),
            "job fault": Kind(5, self._choose_job_fault),
            "API away": Kind(3, self._go_away),
        }

    async def _refuse(self, rng: Random) -> str:
        return self._choose(rng.choice(REFUSALS), seconds=0.5)

    async def _queue_is_full(self, rng: Random) -> str:
        """The API takes no job for a while, in which members cancel many of theirs."""
        self._members.cancel_eagerly(_CANCEL_SECONDS)
        return self._choose("queue-full", times=rng.randint(2, 8))

    async def _lose_answer(self, rng: Random) -> str:
        return self._choose(rng.choice(LOST_ANSWERS), seconds=2.0)

    async def _lose_equal_answers(self, rng: Random) -> str:
        """Answers are lost while members send equal and similar prompts, sometimes with no webhook to help."""
        name, times, silent = rng.choice(LOST_ANSWERS[:2]), rng.randint(1, 4), rng.random() < 0.6
        self._members.echo(_ECHO_SECONDS)
        if silent:
            self._choose("no-webhooks", times=times + 2)
        return self._choose(name, times=times) + (" without webhooks" if silent else "")

    async def _break_answers(self, rng: Random) -> str:
        return self._choose(rng.choice(ERRORS), times=rng.randint(1, 3))

    async def _choose_job_fault(self, rng: Random) -> str:
        return self._choose(rng.choice(JOB_FAULTS), times=rng.randint(1, 2), seconds=1.0)

    async def _go_away(self, rng: Random) -> str:
        return self._choose(rng.choice(OUTAGES), seconds=rng.uniform(0.5, 3.0))

    def _choose(self, name: str, *, times: int = 1, seconds: float | None = None) -> str:
        self._api.faults.choose(name, times, seconds=seconds)
        return f"API: {name}, {times} times"
