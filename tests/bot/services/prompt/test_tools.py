"""Prompt checks: cached, limited in time, and never blocking a job when they fail."""

import asyncio
import logging
from collections import deque
from dataclasses import dataclass, field

import pytest

from bot.errors import UserError
from bot.imaginepro import ImagineProClient, ImagineProError, PromptRefused, PromptVerdict, ServerFault, Unreachable
from bot.services.prompt.tools import REMEMBERED_SECONDS, PromptChecks
from tests.support.virtual_time import in_virtual_time

ALLOWED, REFUSED = PromptVerdict(ok=True), PromptVerdict(ok=False, reason="Banned words: gore.")


@dataclass
class ScriptedChecks(ImagineProClient):
    """Returns `answers` in order, repeating the last; does not answer while `silent`."""

    answers: deque[PromptVerdict | ImagineProError] = field(default_factory=lambda: deque([ALLOWED]))
    asked: list[str] = field(default_factory=list)
    silent: bool = False
    called: asyncio.Event = field(default_factory=asyncio.Event)

    async def check_prompt(self, prompt: str) -> PromptVerdict:
        """Return or raise the next answer."""
        self.asked.append(prompt)
        self.called.set()
        if self.silent:
            await asyncio.Event().wait()
        await asyncio.sleep(0)
        answer = self.answers.popleft() if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, ImagineProError):
            raise answer
        return answer


@dataclass
class Clock:
    """A clock that the test sets."""

    seconds: float = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def api() -> ScriptedChecks:
    """An API that allows everything."""
    return ScriptedChecks()


@pytest.fixture
def clock() -> Clock:
    """A clock at 0."""
    return Clock()


@pytest.fixture
def checks(api: ScriptedChecks, clock: Clock) -> PromptChecks:
    """Prompt checks with this API and clock."""
    return PromptChecks(api, patience=30.0, rest=60.0, now=clock)


def test_verdicts_are_cached(api: ScriptedChecks, checks: PromptChecks) -> None:
    """Verdicts are cached for ten minutes, for /check and for the check before a job."""

    async def story() -> None:
        api.answers = deque([ALLOWED, REFUSED])
        assert await checks.verdict("a fox") == ALLOWED
        with pytest.raises(PromptRefused):
            await checks.preflight("gore")
        await asyncio.sleep(REMEMBERED_SECONDS - 1)
        await checks.preflight("a fox")
        assert await checks.verdict("gore") == REFUSED
        assert api.asked == ["a fox", "gore"]
        await asyncio.sleep(1)
        assert await checks.verdict("a fox") == REFUSED
        assert api.asked == ["a fox", "gore", "a fox"]

    in_virtual_time(story())


async def test_simultaneous_checks_share_a_request(api: ScriptedChecks, checks: PromptChecks) -> None:
    """Simultaneous checks of one prompt share a request."""
    await asyncio.gather(*(checks.preflight(prompt) for prompt in ("a fox", "a fox", "a hen")))
    assert api.asked == ["a fox", "a hen"]


async def test_the_cache_is_limited(api: ScriptedChecks, checks: PromptChecks) -> None:
    """The cache is limited, and the oldest verdict is removed first."""
    for number in range(501):
        await checks.verdict(f"fox {number}")
    await checks.verdict("fox 1")
    assert len(api.asked) == 501
    await checks.verdict("fox 0")
    assert len(api.asked) == 502


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (REFUSED, "ImaginePro does not allow this prompt: Banned words: gore. Reword it and try again."),
        (PromptVerdict(ok=False), "ImaginePro does not allow this prompt. Reword it and try again."),
        (
            PromptRefused(status=400, reason="forbidden: The prompt has blocked words"),
            "ImaginePro does not allow this prompt: forbidden: The prompt has blocked words. Reword it and try again.",
        ),
    ],
)
async def test_a_refused_prompt_is_stopped(
    api: ScriptedChecks, checks: PromptChecks, answer: PromptVerdict | ImagineProError, sentence: str
) -> None:
    """A refused prompt raises an error with the API's reason, in either form of refusal."""
    api.answers = deque([answer])
    with pytest.raises(UserError) as caught:
        await checks.preflight("gore")
    assert caught.value.text == sentence
    assert isinstance(caught.value, PromptRefused)
    assert not caught.value.may_have_created
    assert not (await checks.verdict("gore")).ok


@pytest.mark.parametrize("error", [Unreachable(), ServerFault(status=500), ImagineProError("odd")])
async def test_a_failing_check_stops_no_job(
    api: ScriptedChecks, clock: Clock, checks: PromptChecks, error: ImagineProError, caplog: pytest.LogCaptureFixture
) -> None:
    """While the check fails, jobs pass and /check raises; the log has one line at the start and one at the end."""
    caplog.set_level(logging.INFO, logger="bot.services.prompt.tools")
    api.answers = deque([error, error, error, ALLOWED])
    await checks.preflight("a fox")
    clock.seconds = 59
    await checks.preflight("a hen")
    assert api.asked == ["a fox"]
    with pytest.raises(type(error)):
        await checks.verdict("a fox")
    clock.seconds = 60
    await checks.preflight("a fox")
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "fox" not in caplog.text
    clock.seconds = 120
    await checks.preflight("a fox")
    await checks.preflight("a hen")
    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"]
    assert api.asked == ["a fox", "a fox", "a fox", "a fox", "a hen"]


async def test_cached_verdicts_count_during_an_outage(api: ScriptedChecks, checks: PromptChecks) -> None:
    """A cached refusal counts while the check fails."""
    api.answers = deque([REFUSED, Unreachable()])
    assert await checks.verdict("gore") == REFUSED
    await checks.preflight("a fox")
    with pytest.raises(PromptRefused):
        await checks.preflight("gore")


async def test_a_slow_check_stops_no_job(api: ScriptedChecks, clock: Clock) -> None:
    """A check that takes too long lets the job pass, and the next ones do not wait."""
    api.silent = True
    checks = PromptChecks(api, patience=0.01, now=clock)
    await checks.preflight("a fox")
    await checks.preflight("a fox")
    assert api.asked == ["a fox"]
    api.silent = False
    assert await checks.verdict("a fox") == ALLOWED


async def test_a_failure_is_not_cached(api: ScriptedChecks, checks: PromptChecks) -> None:
    """Those who asked together get the same error; the next one asks again."""
    api.answers = deque([Unreachable(), ALLOWED])
    together = await asyncio.gather(*(checks.verdict("a fox") for _ in range(3)), return_exceptions=True)
    assert [type(each) for each in together] == [Unreachable] * 3
    assert await checks.verdict("a fox") == ALLOWED
    assert api.asked == ["a fox", "a fox"]


async def test_a_caller_that_gives_up_does_not_cancel_the_check(api: ScriptedChecks, checks: PromptChecks) -> None:
    """The others who wait for the same prompt get its verdict."""
    first, second = (asyncio.create_task(checks.verdict("a fox")) for _ in range(2))
    await api.called.wait()
    first.cancel()
    assert await second == ALLOWED
    assert first.cancelled()
    assert api.asked == ["a fox"]


async def test_a_check_that_is_down_is_not_waited_for_beside_another_caller(api: ScriptedChecks, clock: Clock) -> None:
    """A pre-flight passes at once, also where a check of the same prompt is still without an answer."""
    api.answers = deque([Unreachable(), ALLOWED])
    checks = PromptChecks(api, now=clock)
    await checks.preflight("a hen")
    api.silent = True
    api.called.clear()
    waiting = asyncio.create_task(checks.verdict("a fox"))
    await api.called.wait()
    async with asyncio.timeout(1):
        await checks.preflight("a fox")
    assert not waiting.done()
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    assert api.asked == ["a hen", "a fox"]
