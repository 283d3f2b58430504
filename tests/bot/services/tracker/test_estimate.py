"""When a job is worth asking again, from what was seen of it and learned of others."""

import asyncio
from itertools import pairwise

import pytest

from bot.imaginepro import Job, JobStatus
from bot.services.tracker import Durations, Snapshot, Tracker, TypicalDurations, duration_class_of
from bot.services.tracker.estimate import ProgressEstimate
from bot.services.tracker.intervals import PollIntervals
from bot.store import JobKind
from tests.bot.records import new_follow_up, new_job
from tests.bot.services.scripted import done, record
from tests.bot.services.tracker.tracked import Source, Told, begun, ended, job, passes
from tests.support.virtual_time import in_virtual_time

QUEUED, HALF = record(JobStatus.QUEUED), record(percent=50)
RHYTHM = PollIntervals(3.0)
MINUTE = TypicalDurations(median=60.0, most=80.0)


def pause(
    course: ProgressEstimate, now: float, usual: TypicalDurations | None = None, *, is_next: bool = False
) -> float:
    """The pause before the next read of a job that is usually asked every three seconds."""
    return course.pause(RHYTHM, usual, now, is_next=is_next)


def seen(*sights: tuple[float, Job], usual: TypicalDurations | None = None) -> ProgressEstimate:
    """A job that was accepted at 0 and read at these moments."""
    course = ProgressEstimate(0.0, 0.0)
    for moment, found in sights:
        course.saw(found, moment, usual)
    return course


def test_without_any_knowledge_the_pause_is_the_usual_one() -> None:
    """Before the first read, and while nothing tells when the job may end."""
    assert ProgressEstimate(0.0, 0.0).first_pause(RHYTHM, None) == 3
    for found in (record(), record(percent=0), HALF):
        assert pause(seen((3.0, found)), 3.0) == 3


def test_a_percentage_that_climbs_tells_the_end() -> None:
    """One percent a second, so at 50 there is time, and at 93 there is not; when it should be over, soon again."""
    halfway = seen((10.0, record(percent=10)), (50.0, HALF))
    assert pause(halfway, 50.0) == 9
    near = seen((10.0, record(percent=10)), (93.0, record(percent=93)))
    assert pause(near, 93.0) == pytest.approx(4.2)
    assert pause(near, 98.0) == pytest.approx(1.5)
    assert pause(near, 104.0) == pytest.approx(2.4)
    assert pause(near, 200.0) == 3


def test_learned_durations_tell_the_end_where_no_percentage_does() -> None:
    """Counted from about the start; a job of seconds is first asked early."""
    course = seen((2.0, record()))
    assert pause(course, 2.0, MINUTE) == 9
    assert pause(course, 58.0, MINUTE) == pytest.approx(1.8)
    assert pause(course, 62.0, MINUTE) == pytest.approx(1.5)
    assert ProgressEstimate(0.0, 0.0).first_pause(RHYTHM, MINUTE) == 3
    assert ProgressEstimate(0.0, 0.0).first_pause(RHYTHM, TypicalDurations(4.0, 5.0)) == pytest.approx(2.4)


def test_its_own_speed_outweighs_what_is_usual_the_more_of_it_was_seen() -> None:
    """Twice as slow as others: believed at 80 percent more than at 20."""
    early = seen((0.0, record(percent=0)), (24.0, record(percent=20)), usual=MINUTE)
    late = seen((0.0, record(percent=0)), (96.0, record(percent=80)), usual=MINUTE)
    early_end, late_end = early._end(MINUTE), late._end(MINUTE)
    assert early_end is not None
    assert late_end is not None
    assert (early_end - 24) / 80 == pytest.approx(0.84)
    assert (late_end - 96) / 20 == pytest.approx(1.036, abs=0.001)


def test_a_percentage_that_falls_is_a_new_beginning() -> None:
    """Nothing is told by the way back."""
    course = seen((10.0, record(percent=10)), (20.0, HALF), (30.0, record(percent=5)), (40.0, record(percent=15)))
    assert course._end(None) == pytest.approx(125)


def test_a_job_that_waits_is_asked_rarely_unless_it_may_begin() -> None:
    """It can't end before it has run; the first in line is asked soon, and ever more slowly."""
    course = seen((3.0, QUEUED))
    assert (pause(course, 3.0), pause(course, 3.0, MINUTE)) == (9, 30)
    course.may_begin(10.0)
    assert pause(course, 10.0, MINUTE) == 30
    pauses = [pause(course, 10.0 + waited, MINUTE, is_next=True) for waited in (0, 4, 20, 400)]
    assert pauses == pytest.approx([1.5, 2.4, 12, 30])


def test_misses_make_it_slower_up_to_half_a_minute() -> None:
    """Half as long again for each; the first answer brings back the usual pause."""
    course = seen((3.0, HALF))
    pauses = []
    for course.misses in (1, 2, 3, 20, 10_000):
        pauses.append(pause(course, 4.0))
    assert pauses == pytest.approx([4.5, 6.75, 10.125, 30, 30])
    course.saw(HALF, 5.0, None)
    assert pause(course, 5.0) == 3


def test_a_long_usual_pause_is_kept() -> None:
    """An operator may ask for a minute; nothing is slower or much faster than that."""
    calm = PollIntervals(60.0)
    assert (calm.least, calm.stretched, calm.slow, calm.after(5)) == (30, 60, 60, 60)


@pytest.mark.parametrize(
    ("sight", "usual", "seconds"),
    [
        (HALF, None, 120),
        (HALF, MINUTE, 80),
        (HALF, TypicalDurations(2.0, 3.0), 30),
        (QUEUED, None, 300),
        (QUEUED, MINUTE, 300),
        (QUEUED, TypicalDurations(500.0, 600.0), 600),
    ],
)
def test_silence_is_a_stall_when_it_is_longer_than_usual(
    sight: Job, usual: TypicalDurations | None, seconds: float
) -> None:
    """Longer than nine in ten of its kind take as a whole; where that is unknown two minutes, five in line."""
    course = seen((3.0, sight), (2.9 + seconds, sight), usual=usual)
    assert not course.stalled
    course.saw(sight, 3.0 + seconds, usual)
    assert course.stalled
    assert pause(course, 3.0 + 2 * seconds, MINUTE) >= 9
    course.saw(record(percent=60), 4.0 + seconds, usual)
    assert not course.stalled


def test_a_stall_is_told_once_and_so_is_its_end() -> None:
    """Meanwhile the job is asked more slowly."""
    told: Told = []
    source = Source(HALF)

    async def story() -> None:
        following = begun(Tracker(source), job(told=told))
        await passes(400)
        source.answers[:] = [record(percent=60)]
        await passes(450)
        source.answers[:] = [done()]
        await following

    in_virtual_time(story())
    assert told == [Snapshot(HALF), Snapshot(HALF, stalled=True), Snapshot(record(percent=60))]
    pauses = [later - earlier for earlier, later in pairwise(source.times())]
    assert pauses[10] == pytest.approx(3, abs=0.1)
    assert max(pauses) == pytest.approx(30, abs=0.1)


def test_durations_are_learned_and_forgotten() -> None:
    """Known from the third job of a pace on, and only of the last fifty."""
    durations = Durations()
    for seconds in (1.0, 2.0):
        durations.note("fast", seconds)
    assert durations.usual("fast") is None
    durations.note("fast", 9.0)
    assert durations.usual("fast") == TypicalDurations(2.0, 9.0)
    for seconds in range(50):
        durations.note("fast", 100.0 + seconds)
    assert durations.usual("fast") == TypicalDurations(125.0, 145.0)
    assert durations.usual("slow") is None


def test_a_pace_is_kind_button_and_mode() -> None:
    """Jobs of one name take about as long as each other."""
    paces = {
        duration_class_of(new_job()),
        duration_class_of(new_job(mode="relax")),
        duration_class_of(new_job(kind=JobKind.FLUX)),
        duration_class_of(new_follow_up()),
        duration_class_of(new_follow_up(button="V1")),
    }
    assert len(paces) == 5
    assert duration_class_of(new_job(prompt="a red fox")) == duration_class_of(new_job(prompt="a blue owl"))


@pytest.mark.parametrize(
    ("sights", "end", "seconds"),
    [
        ([(3.0, HALF), (40.0, HALF)], 42.0, 39.5),
        ([(50.0, QUEUED), (52.0, HALF), (90.0, HALF)], 90.0, 39.0),
        ([], 2.0, 1.0),
        ([], 500.0, None),
        ([(50.0, QUEUED), (150.0, HALF), (160.0, HALF)], 161.0, 60.5),
        ([(3.0, HALF), (10.0, HALF)], 50.0, None),
    ],
)
def test_only_what_is_well_known_is_learned(sights: list[tuple[float, Job]], end: float, seconds: float | None) -> None:
    """A job whose start or end lies somewhere between two reads far apart teaches nothing."""
    assert seen(*sights).lasted(end, 3.0) == seconds


def test_what_was_learned_makes_the_second_day_easier() -> None:
    """Three jobs of ten seconds: the fourth is read half as often, and its end is seen at once."""

    class Steady(Source):
        begin = 0.0

        async def progress(self, message_id: str) -> Job:
            await super().progress(message_id)
            return done() if asyncio.get_running_loop().time() >= self.begin + 60 else record()

    async def story() -> list[tuple[int, float]]:
        source = Steady(HALF)
        tracker, found = Tracker(source, durations=Durations()), list[tuple[int, float]]()
        for _ in range(5):
            source.begin, before = asyncio.get_running_loop().time(), len(source.asked)
            await tracker.follow(job())
            late = asyncio.get_running_loop().time() - source.begin - 60
            found.append((len(source.asked) - before, late))
        return found

    first, *_, last = in_virtual_time(story())
    assert last[0] < first[0] / 1.5
    assert last[1] < 1.5


async def test_nothing_is_left_when_all_have_ended() -> None:
    """Neither a timer nor a wish for reads."""
    tracker = Tracker(Source(HALF), pause=0.001)
    jobs = [begun(tracker, job(f"remote-{n}")) for n in range(20)]
    await asyncio.sleep(0.05)
    await ended(*jobs)
    assert (tracker._slots._wanted, tracker._slots.next_slot, tracker._timer._timer) == (0.0, None, None)
