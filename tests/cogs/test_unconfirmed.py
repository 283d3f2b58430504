"""Unconfirmed jobs are searched for and never sent twice by the bot itself."""

import asyncio
from pathlib import Path

import aiohttp
import pytest

from bot.store import JobFilter
from playground.discord_server import media, texts
from tests.cogs.all_kinds import FOX, finished
from tests.support.stage import KEY, Message, Stage, ended, is_private, labels


async def made_elsewhere(stage: Stage, prompt: str) -> str:
    """The API's id of a job that the account's owner starts on the service's own page."""
    async with (
        aiohttp.ClientSession() as session,
        session.post(
            f"{stage.api.url}/api/v1/nova/imagine",
            json={"prompt": prompt},
            headers={"Authorization": f"Bearer {KEY}"},
        ) as answer,
    ):
        return (await answer.json())["messageId"]


def is_searched_for(message: Message) -> bool:
    return "so that nothing is paid twice" in texts(message)


@pytest.mark.parametrize("scenario", ["submit-drops", "slow-answer"])
async def test_unconfirmed_job_is_found_in_the_history(tmp_path: Path, scenario: str) -> None:
    """A job whose answer was lost is found in the API's history and not sent again."""
    async with Stage(tmp_path, read_timeout=1.0) as stage:
        stage.api.faults.choose(scenario, seconds=600, on="submit")
        outcome = await stage.imagine("a lost fox")
        assert await outcome.wait_for(is_searched_for)
        assert media(await outcome.wait_for(ended))
        assert len(stage.submissions("a lost fox")) == 1


@pytest.mark.parametrize("scenario", ["submit-lost", "html-500", "empty-500"])
async def test_job_that_is_not_found_is_left_to_the_member(tmp_path: Path, scenario: str) -> None:
    """A job that can't be found is shown as unclear and sent again only when the member asks."""
    async with Stage(tmp_path, searches=2) as stage:
        stage.api.faults.choose(scenario, on="submit")
        unclear = await stage.finished("a fox nobody finds")
        assert "It may still have cost credits" in texts(unclear)
        assert labels(unclear) == ["Submit again"]
        assert stage.submissions("a fox nobody finds") == []
        assert media(await stage.pressed(unclear, "Submit again"))
        assert len(stage.submissions("a fox nobody finds")) == 1


async def test_job_without_a_prompt_is_submitted_again_once(tmp_path: Path) -> None:
    """A job without words is never claimed from the history; two presses submit it again once."""
    async with Stage(tmp_path, searches=2) as stage:
        stage.api.faults.choose("submit-lost", on="submit")
        end = await finished(stage, "removebg", image=FOX)
        assert "It may still have cost credits" in texts(end)
        assert all("/input-" in each["url"] for each in media(end))
        before = len(stage.api.jobs)
        outcomes = await asyncio.gather(*(stage.mia.press(end, label="Submit again") for _ in range(2)))
        answer = [await outcome.wait_for(lambda message: is_private(message) or ended(message)) for outcome in outcomes]
        assert sorted(map(is_private, answer)) == [False, True]
        assert len(stage.api.jobs) == before + 1


@pytest.mark.parametrize(
    "theirs", ["portrait of my daughter at her scatological-museum location, private --ar 2:3", "cat", "cat --ar 2:3"]
)
@pytest.mark.parametrize("scenario", ["submit-lost", "submit-drops"])
async def test_image_of_others_is_never_shown(tmp_path: Path, theirs: str, scenario: str) -> None:
    """An image that the account's owner made elsewhere stays theirs, even with the same prompt."""
    async with Stage(tmp_path, searches=5) as stage:
        foreign = await made_elsewhere(stage, theirs)
        await stage.wait_until(lambda: stage.api.jobs[foreign].status.terminal)
        stage.api.faults.choose(scenario, on="submit")
        end = await stage.finished("cat")
        own = [job.id for job in stage.api.jobs.values() if job.ref]
        [job] = await stage.store.find(JobFilter(user_id=int(stage.mia.id), everywhere=True), limit=9)
        assert own == ([job.remote_id] if job.remote_id else [])
        assert bool(media(end)) is (scenario == "submit-drops")


async def test_job_with_a_slow_answer_keeps_its_image(tmp_path: Path) -> None:
    """While one job is searched for, another with the same words in its prompt is answered late; each gets its own."""
    async with Stage(tmp_path, searches=15) as stage:
        stage.api.faults.choose("submit-lost", on="submit")
        lost = await stage.imagine("cat")
        await lost.wait_for(is_searched_for)
        stage.api.faults.choose("slow-answer", seconds=600, on="submit")
        theirs = await stage.max.slash(stage.channel, "imagine", prompt="a secret birthday cat for Olivia")
        mine = await lost.wait_for(ended)
        assert labels(mine) == ["Submit again"]
        assert media(mine) == []
        stage.api.faults.clear()
        assert media(await theirs.wait_for(ended))


@pytest.mark.parametrize("refs", [True, False], ids=["refs", "no refs"])
async def test_equal_prompts_of_two_members(tmp_path: Path, refs: bool) -> None:
    """Both answers are lost: each gets the image whose record names its job; where no record does, none gets any."""
    async with Stage(tmp_path, searches=8) as stage:
        stage.api.faults.choose("submit-drops", on="submit", times=2)
        if not refs:
            stage.api.faults.choose("no-ref", times=None)
        outcomes = await asyncio.gather(
            *(member.slash(stage.channel, "imagine", prompt="cat --ar 2:3") for member in (stage.mia, stage.max))
        )
        ends = await asyncio.gather(*(outcome.wait_for(ended) for outcome in outcomes))
        assert [bool(media(end)) for end in ends] == [refs, refs]
        for job in stage.api.jobs.values():
            stored = await stage.store.get(str(job.ref))
            assert stored is not None
            assert stored.remote_id == (job.id if refs else None)


async def test_only_match_without_refs(tmp_path: Path) -> None:
    """A service that repeats no refs: the whole prompt decides, as long as only one job can have made the image."""
    async with Stage(tmp_path, searches=20) as stage:
        stage.api.faults.choose("no-ref", times=None)
        await made_elsewhere(stage, "a cat in a hat --ar 2:3")
        stage.api.faults.choose("submit-drops", on="submit")
        assert media(await stage.finished("a cat --ar 2:3"))
