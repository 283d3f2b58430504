"""Starting jobs: room in the line, double clicks, an end that comes, and what is asked for again."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from bot.errors import UserError
from bot.services.kinds import DescribeRequest
from bot.services.prompt import ImagineOptions, Prompt, compose_prompt
from bot.store import Database, JobRecord, JobState, WaitingLimits
from tests.bot.records import new_follow_up, reply_address
from tests.bot.services.one_process import MESSAGE, OneProcess
from tests.bot.services.signed_urls import NEW, OLD

MIA, MAX, HERE, THERE = 100, 101, 1, 9
NOW = datetime.now(UTC)
FOX = compose_prompt("a red fox", ImagineOptions())


@pytest.fixture
async def house(database: Database) -> AsyncIterator[OneProcess]:
    """Two jobs of a member may wait, three in a server; nothing is called."""
    async with OneProcess(database, room=WaitingLimits(of_member=2, of_guild=3)) as house:
        await house.key_store.pause("main", 200)
        yield house


async def imagined(house: OneProcess, user: int = MIA, guild: int | None = HERE, prompt: Prompt = FOX) -> JobRecord:
    return (await house.jobs.imagine(prompt, reply_address(user_id=user, guild_id=guild))).job


async def test_a_job_is_this_process_s(house: OneProcess) -> None:
    """So that nobody takes it over while it is begun."""
    assert (await imagined(house)).owner == "0"


async def test_a_member_has_so_much_room(house: OneProcess) -> None:
    """The sentence says how many wait, and what to do; others, other servers and direct messages have their own."""
    for _ in range(2):
        await imagined(house)
    with pytest.raises(UserError, match=r"You have 2 jobs waiting.*/cancel"):
        await imagined(house)
    await imagined(house, MAX)
    await imagined(house, MIA, THERE)
    await imagined(house, MIA, None)


async def test_a_server_has_so_much_room(house: OneProcess) -> None:
    """Whoever asks; direct messages are no server."""
    for user in (MIA, MAX, 102):
        await imagined(house, user)
    with pytest.raises(UserError, match="This server has 3 jobs waiting"):
        await imagined(house, 103)


async def test_whoever_leaves_makes_room(house: OneProcess) -> None:
    """A cancelled job waits no more."""
    first, _ = await imagined(house), await imagined(house)
    await house.jobs.cancel(first.id, MIA, may_manage=False)
    await imagined(house)


async def test_a_full_line_refuses_nothing_it_knows(house: OneProcess) -> None:
    """The same interaction, delivered twice."""
    await imagined(house)
    reply = reply_address(user_id=MIA, guild_id=HERE)
    first = await house.jobs.imagine(FOX, reply)
    again = await house.jobs.imagine(FOX, reply)
    assert (first.is_new, again.is_new, again.job) == (True, False, first.job)


async def test_nothing_is_started_while_the_bot_ends(house: OneProcess) -> None:
    """The member is told to come again; what was written down can be begun and cancelled all the same."""
    job = await imagined(house)
    house.jobs.close()
    with pytest.raises(UserError, match="restarted"):
        await imagined(house)
    await house.jobs.begin(job, channel_id=7, message_id=MESSAGE)
    assert (await house.now(job)).state is JobState.WAITING
    assert (await house.jobs.cancel(job.id, MIA, may_manage=False)).state is JobState.CANCELLED


async def test_a_job_is_begun_once(house: OneProcess) -> None:
    """With its reply; a second beginning changes nothing."""
    job = await imagined(house)
    await house.jobs.begin(job, channel_id=7, message_id=MESSAGE)
    await house.jobs.begin(job, channel_id=8, message_id=MESSAGE + 1)
    begun = await house.now(job)
    assert (begun.state, begun.reply.channel_id, begun.reply.message_id) == (JobState.WAITING, 7, MESSAGE)


async def parent(house: OneProcess) -> JobRecord:
    """A picture with buttons."""
    job = await imagined(house, MAX)
    buttons = ("U1", "V1", "Cancel Job")
    return await house.stored.update(
        job.id, state=JobState.DONE, remote_id="remote-9", key="main", buttons=buttons, delivered_at=NOW
    )


async def test_a_follow_up_needs_the_key_of_its_parent(house: OneProcess) -> None:
    """No other account knows the picture."""
    picture = await parent(house)
    pressed = await house.jobs.follow_up(picture.id, 1, reply_address())
    assert (pressed.job.key, pressed.job.parent_remote_id, pressed.job.button) == ("main", "remote-9", "V1")


async def test_a_double_click_is_one_press(house: OneProcess) -> None:
    """Also of a button that gives something new each time, also of an order; another member's is their own."""
    picture = await parent(house)
    first = await house.jobs.follow_up(picture.id, 1, reply_address())
    assert (await house.jobs.follow_up(picture.id, 1, reply_address())).job == first.job
    assert (await house.jobs.follow_up(picture.id, 1, reply_address(user_id=MAX))).is_new
    order = DescribeRequest(url="https://x.example/a.png")
    described = await house.jobs.create(order, reply_address(user_id=102, guild_id=THERE), parent=picture)
    again = await house.jobs.create(order, reply_address(user_id=102, guild_id=THERE), parent=picture)
    assert (described.is_new, again.is_new) == (True, False)


async def test_a_double_click_on_an_old_picture_is_one_press(house: OneProcess) -> None:
    """The first click has given it a new address, which the second one does not know."""
    picture, order = await parent(house), DescribeRequest(url=OLD)
    house.url_refresher.known = {OLD: NEW}
    first = await house.jobs.create(order, reply_address(), parent=picture)
    again = await house.jobs.create(order, reply_address(), parent=picture)
    assert (first.job.details, again.is_new, again.job) == ({"url": NEW}, False, first.job)
    assert len(house.url_refresher.asked) == 1


@pytest.mark.parametrize("index", [-1, 2, 3])
async def test_a_button_that_is_not_offered_is_refused(house: OneProcess, index: int) -> None:
    """One that is hidden, and one that is not there."""
    picture = await parent(house)
    with pytest.raises(UserError, match="not offered"):
        await house.jobs.follow_up(picture.id, index, reply_address())


async def test_only_what_ended_without_a_result_is_tried_again(house: OneProcess) -> None:
    """A job that waits, or is done, is not."""
    job, picture = await imagined(house), await parent(house)
    for each in (job, picture):
        with pytest.raises(UserError, match="without a picture"):
            await house.jobs.retry(each.id, reply_address())
    await house.stored.update(job.id, state=JobState.FAILED)
    again = await house.jobs.retry(job.id, reply_address())
    assert (again.is_new, again.job.prompt) == (True, job.prompt)


async def test_an_unclear_job_may_be_paid_again_on_its_members_word(house: OneProcess) -> None:
    """It gives its key to the new one."""
    picture = await parent(house)
    unclear = (await house.jobs.follow_up(picture.id, 0, reply_address())).job
    await house.stored.update(unclear.id, state=JobState.UNCONFIRMED)
    again = await house.jobs.retry(unclear.id, reply_address())
    assert (again.is_new, again.job.once_key) == (True, unclear.once_key)
    assert (await house.now(unclear)).once_key is None


async def test_a_job_nobody_knows_is_told(house: OneProcess) -> None:
    """With what to do instead."""
    with pytest.raises(UserError, match="Use /imagine"):
        await house.jobs.get("nobody")


async def test_a_job_that_can_not_be_begun_is_kept(
    house: OneProcess, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The member reads that it goes on later; the next start takes it up."""
    job = (await house.stored.record(new_follow_up()))[0]
    monkeypatch.setattr(house.stored, "move", _broken)
    with pytest.raises(UserError, match="don't ask for it a second time"):
        await house.jobs.begin(job, channel_id=None, message_id=MESSAGE)
    assert "could not be begun" in caplog.text
    assert (await house.now(job)).state is JobState.RECORDED


async def _broken(*_: object, **__: object) -> None:
    raise RuntimeError("the database is away")
