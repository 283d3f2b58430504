"""Prompts asked about before they are sent: once, in time, and never in anybody's way."""

import asyncio
import logging
from collections import deque
from dataclasses import dataclass, field

import pytest

from bot.errors import UserError
from bot.imaginepro import ImagineProClient, ImagineProError, PromptRefused, PromptVerdict, ServerFault, Unreachable
from bot.services.prompt.tools import REMEMBERED_SECONDS, PromptChecks
from tests.support.virtual_time import in_virtual_time

YES, NO = PromptVerdict(ok=True), PromptVerdict(ok=False, reason="Banned words: gore.")


@dataclass
class Api(ImagineProClient):
    """Says `answers` in turn, the last one for ever; nothing at all while it is `silent`."""

    answers: deque[PromptVerdict | ImagineProError] = field(default_factory=lambda: deque([YES]))
    asked: list[str] = field(default_factory=list)
    silent: bool = False
    called: asyncio.Event = field(default_factory=asyncio.Event)

    async def check_prompt(self, prompt: str) -> PromptVerdict:
        """The next answer."""
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
    """Seconds that pass when told to."""

    seconds: float = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def api() -> Api:
    """An API that allows everything."""
    return Api()


@pytest.fixture
def clock() -> Clock:
    """The time."""
    return Clock()


@pytest.fixture
def checks(api: Api, clock: Clock) -> PromptChecks:
    """Checks with that API and time."""
    return PromptChecks(api, patience=30.0, rest=60.0, now=clock)


def test_a_prompt_is_asked_about_once_in_ten_minutes(api: Api, checks: PromptChecks) -> None:
    """By a check or by a pre-flight, allowed or not."""

    async def story() -> None:
        api.answers = deque([YES, NO])
        assert await checks.verdict("a fox") == YES
        with pytest.raises(PromptRefused):
            await checks.preflight("gore")
        await asyncio.sleep(REMEMBERED_SECONDS - 1)
        await checks.preflight("a fox")
        assert await checks.verdict("gore") == NO
        assert api.asked == ["a fox", "gore"]
        await asyncio.sleep(1)
        assert await checks.verdict("a fox") == NO
        assert api.asked == ["a fox", "gore", "a fox"]

    in_virtual_time(story())


async def test_asking_at_the_same_time_is_asking_once(api: Api, checks: PromptChecks) -> None:
    """Two commands with the same prompt take one turn; another prompt takes its own."""
    await asyncio.gather(*(checks.preflight(prompt) for prompt in ("a fox", "a fox", "a hen")))
    assert api.asked == ["a fox", "a hen"]


async def test_only_the_newest_verdicts_are_remembered(api: Api, checks: PromptChecks) -> None:
    """Memory has an end: the oldest verdict goes first."""
    for number in range(501):
        await checks.verdict(f"fox {number}")
    await checks.verdict("fox 1")
    assert len(api.asked) == 501
    await checks.verdict("fox 0")
    assert len(api.asked) == 502


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (NO, "ImaginePro does not allow this prompt: Banned words: gore. Reword it and try again."),
        (PromptVerdict(ok=False), "ImaginePro does not allow this prompt. Reword it and try again."),
        (
            PromptRefused(status=400, reason="forbidden: The prompt has blocked words"),
            "ImaginePro does not allow this prompt: forbidden: The prompt has blocked words. Reword it and try again.",
        ),
    ],
)
async def test_a_refused_prompt_is_stopped_with_the_reason(
    api: Api, checks: PromptChecks, answer: PromptVerdict | ImagineProError, sentence: str
) -> None:
    """The member reads why, whichever way the API says no; nothing was created."""
    api.answers = deque([answer])
    with pytest.raises(UserError) as caught:
        await checks.preflight("gore")
    assert caught.value.text == sentence
    assert isinstance(caught.value, PromptRefused)
    assert not caught.value.may_have_created
    assert not (await checks.verdict("gore")).ok


@pytest.mark.parametrize("trouble", [Unreachable(), ServerFault(status=500), ImagineProError("odd")])
async def test_a_check_that_is_down_stops_nobody(
    api: Api, clock: Clock, checks: PromptChecks, trouble: ImagineProError, caplog: pytest.LogCaptureFixture
) -> None:
    """Pre-flights pass, one line says so however long it lasts, one more when it is over; verdicts are not invented."""
    caplog.set_level(logging.INFO, logger="bot.services.prompt.tools")
    api.answers = deque([trouble, trouble, trouble, YES])
    await checks.preflight("a fox")
    clock.seconds = 59
    await checks.preflight("a hen")
    assert api.asked == ["a fox"]
    with pytest.raises(type(trouble)):
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


async def test_what_is_known_counts_while_the_check_is_down(api: Api, checks: PromptChecks) -> None:
    """A prompt that was refused a moment ago is refused still."""
    api.answers = deque([NO, Unreachable()])
    assert await checks.verdict("gore") == NO
    await checks.preflight("a fox")
    with pytest.raises(PromptRefused):
        await checks.preflight("gore")


async def test_a_check_that_takes_too_long_stops_nobody(api: Api, clock: Clock) -> None:
    """A pre-flight goes on without an answer, and the next ones do not wait for one at all."""
    api.silent = True
    checks = PromptChecks(api, patience=0.01, now=clock)
    await checks.preflight("a fox")
    await checks.preflight("a fox")
    assert api.asked == ["a fox"]
    api.silent = False
    assert await checks.verdict("a fox") == YES


async def test_a_failure_is_not_cached(api: Api, checks: PromptChecks) -> None:
    """Those who asked together get the same error; the next one asks again."""
    api.answers = deque([Unreachable(), YES])
    together = await asyncio.gather(*(checks.verdict("a fox") for _ in range(3)), return_exceptions=True)
    assert [type(each) for each in together] == [Unreachable] * 3
    assert await checks.verdict("a fox") == YES
    assert api.asked == ["a fox", "a fox"]


async def test_a_caller_that_gives_up_does_not_cancel_the_check(api: Api, checks: PromptChecks) -> None:
    """The others who wait for the same prompt get its verdict."""
    first, second = (asyncio.create_task(checks.verdict("a fox")) for _ in range(2))
    await api.called.wait()
    first.cancel()
    assert await second == YES
    assert first.cancelled()
    assert api.asked == ["a fox"]


async def test_a_check_that_is_down_is_not_waited_for_beside_another_caller(api: Api, clock: Clock) -> None:
    """A pre-flight passes at once, also where a check of the same prompt is still without an answer."""
    api.answers = deque([Unreachable(), YES])
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
