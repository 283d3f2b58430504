"""Two API keys: jobs are spread over both, and an unusable key does not block the other."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.services.queue.key_pool import name_of
from playground.discord_server import media, texts
from playground.imaginepro.account_service import AccountService
from tests.support.stage import KEY, Stage, ended, labels, percent_of

SECOND = "sk-playground-second-0123456789"
SET_ASIDE = "an API key can't be used"


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    """A bot with two API keys that run one job at a time each."""
    async with two_keys(tmp_path) as stage:
        yield stage


def two_keys(tmp_path: Path, **timings: float) -> Stage:
    """A bot with two API keys that run one job at a time each, and these waits."""
    return Stage(tmp_path, jobs_at_once=1, more_keys=(SECOND,), timings=timings)


def accounts(stage: Stage) -> tuple[AccountService, AccountService]:
    """The API accounts of the two keys."""
    return stage.api.at(KEY), stage.api.at(SECOND)


def counts(stage: Stage) -> list[int]:
    """The number of jobs of each account."""
    return [len(account.jobs) for account in accounts(stage)]


def refuse_key(*refusing: AccountService) -> None:
    """Let these accounts answer every request with 401."""
    for account in refusing:
        account.faults.choose("key-refused", times=None)


async def test_jobs_are_spread_over_both(stage: Stage) -> None:
    """Two jobs run at the same time, one on each account."""
    stage.hold()
    outcomes = [await stage.imagine(f"fox {number}") for number in range(2)]
    for outcome in outcomes:
        await outcome.wait_for(percent_of)
    assert counts(stage) == [1, 1]
    stage.release()
    assert all([media(await outcome.wait_for(ended)) for outcome in outcomes])


async def test_a_follow_up_uses_its_parents_key(stage: Stage) -> None:
    """Follow-ups and cancels use the key of their picture, even when the other account is idle."""
    stage.hold()
    first, second = [await stage.imagine(f"fox {number}") for number in range(2)]
    for outcome in (first, second):
        await outcome.wait_for(percent_of)
    stage.release()
    grids = [await outcome.wait_for(ended) for outcome in (first, second)]
    for grid in grids:
        assert media(await stage.pressed(grid, "U1"))
    assert counts(stage) == [2, 2]
    stage.hold()
    for grid in grids:
        pressed = await stage.mia.press(grid, label="V1")
        await stage.mia.press(await pressed.wait_for(percent_of), label="Cancel")
        assert "Cancelled." in texts(await pressed.wait_for(ended))
    assert [[job.cancelled for job in account.jobs.values()] for account in accounts(stage)] == [
        [False, False, True]
    ] * 2


async def test_jobs_go_on_after_a_restart(stage: Stage) -> None:
    """After a restart each job is polled with its own key."""
    stage.hold()
    outcomes = [await stage.imagine(f"fox {number}") for number in range(2)]
    for outcome in outcomes:
        await outcome.wait_for(percent_of)
    await stage.restart()
    stage.release()
    assert all([media(await outcome.wait_for(ended)) for outcome in outcomes])
    assert counts(stage) == [1, 1]


async def test_a_refused_key_is_set_aside(stage: Stage) -> None:
    """Jobs use the other key when one is refused; the log says so once without naming the key."""
    refuse_key(accounts(stage)[0])
    for number in range(3):
        assert media(await stage.finished(f"fox {number}"))
    assert counts(stage) == [0, 3]
    [line] = [line for line in stage.log.lines if SET_ASIDE in line]
    assert line.startswith("WARNING")
    assert "refused the bot's API key" in line


async def test_a_key_without_credits_is_set_aside(stage: Stage) -> None:
    """Jobs use the other key when one has no credits left."""
    accounts(stage)[0].account.empty()
    for number in range(2):
        assert media(await stage.finished(f"fox {number}"))
    assert counts(stage) == [0, 2]
    [line] = [line for line in stage.log.lines if SET_ASIDE in line]
    assert "credits are used up" in line


async def test_a_follow_up_can_not_change_its_key(stage: Stage) -> None:
    """A follow-up needs its picture's key, so with that key refused its reply says why."""
    grid = await stage.finished("a fox of the first account")
    assert counts(stage) == [1, 0]
    refuse_key(accounts(stage)[0])
    for button in ("U2", "U1"):
        failed = await stage.pressed(grid, button)
        assert "refused the bot's API key" in texts(failed)
        assert labels(failed) == ["Retry"]
    accounts(stage)[0].faults.clear()
    assert media(await stage.pressed(failed, "Retry"))
    assert counts(stage) == [2, 0]


async def test_all_keys_refused(tmp_path: Path) -> None:
    """With both keys refused the reply says so; a key that works again is used."""
    # The refused key must still be paused when the job tries the other one, however slow the machine is.
    async with two_keys(tmp_path, key_refused_pause=2.0) as stage:
        refuse_key(*accounts(stage))
        failed = await stage.finished("a fox without a key")
        assert "ImaginePro refused the bot's API key. Whoever runs this bot must check it." in texts(failed)
        assert labels(failed) == ["Retry"]
        assert len([line for line in stage.log.lines if SET_ASIDE in line]) == 2
        accounts(stage)[1].faults.clear()
        assert media(await stage.pressed(failed, "Retry"))
        assert counts(stage) == [0, 1]
        assert any("an API key can be used again" in line for line in stage.log.lines)


async def test_a_removed_key(stage: Stage) -> None:
    """A follow-up of a picture whose key was removed is refused with a sentence."""
    grid = await stage.finished("a fox of an old account")
    await stage.all_delivered()
    stage.settings = stage.settings.model_copy(update={"imaginepro_api_key": SecretStr(SECOND)})
    await stage.restart()
    refused = await stage.pressed(grid, "U1")
    assert "an ImaginePro account that the bot no longer uses" in texts(refused)
    assert media(await stage.finished("a fox of the new account"))
    assert name_of(KEY) not in texts(refused)
