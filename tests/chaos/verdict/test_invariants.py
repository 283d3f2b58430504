"""A run that went well breaks no invariant; each kind of damage to what is left of it breaks the one about it."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
import pytest_asyncio

from bot.store import JobFilter, JobRecord, JobState
from playground.discord_server import Outcome
from tests.chaos.people.ordinary import Action
from tests.chaos.replies import bot_messages
from tests.chaos.verdict import invariants
from tests.chaos.verdict.invariants import Facts
from tests.chaos.verdict.shown_images import ShownImages
from tests.support.stage import Stage, percent_of

pytestmark = pytest.mark.asyncio(loop_scope="module")

FOX, OWL, LOST, CANCELLED = range(4)


class Run:
    """What is left of a run with two images, one failed and one cancelled job, oldest first."""

    def __init__(self, facts: Facts, images: ShownImages, cancel: Outcome) -> None:
        self.facts = facts
        self.images = images
        self.cancel = cancel

    def but(self, number: int, **changes: object) -> Facts:
        """The facts with other values in one job's record."""
        rows = [replace(row, **changes) if index == number else row for index, row in enumerate(self.facts.rows)]
        return replace(self.facts, rows=rows)

    def violations(self, facts: Facts) -> dict[str, list[str]]:
        """The lines of every invariant that is broken."""
        found = {
            "lost": [*invariants.lost(facts)],
            "twice": [*invariants.paid_twice(facts)],
            "foreign": [*invariants.foreign(facts, self.images)],
            "stuck": [*invariants.unfinished(facts)],
            "stale": [*invariants.stale(facts)],
        }
        return {kind: lines for kind, lines in found.items() if lines}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def run(shared_stage: Stage) -> AsyncIterator[Run]:
    """Made by the real bot."""
    stage = shared_stage
    await stage.finished("a red fox")
    await stage.finished("a white owl")
    await stage.finished("a grey wolf scenario:fails-at-60")
    stage.hold()
    outcome = await stage.imagine("a green frog")
    running = await outcome.wait_for(lambda message: percent_of(message) is not None)
    cancel = await stage.mia.press(running, label="Cancel")
    stage.release()
    await stage.all_delivered()
    rows = await stage.store.find(JobFilter(user_id=int(stage.mia.id), everywhere=True), limit=10)
    paid = list(stage.api.jobs.values())
    images = ShownImages(stage.api, stage.discord)
    await images.learn(paid)
    messages = bot_messages(stage.discord)
    facts = Facts(rows=rows[::-1], paid=paid, messages=messages, own_prompts=(), deleted=())
    yield Run(facts, images, cancel)


async def test_a_good_run(run: Run) -> None:
    """Nothing is broken."""
    assert [row.state.value for row in run.facts.rows] == ["done", "done", "failed", "cancelled"]
    assert run.violations(run.facts) == {}


async def test_lost(run: Run) -> None:
    """A paid job without a record, without its id, or reported as failed; and a reply that is gone."""
    assert "lost" in run.violations(replace(run.facts, rows=run.facts.rows[1:]))
    assert "lost" in run.violations(run.but(FOX, remote_id=None))
    assert "lost" in run.violations(run.but(FOX, state=JobState.FAILED, reason="Sorry"))
    assert "lost" in run.violations(replace(run.facts, messages=run.facts.messages[1:]))


async def test_the_owners_own_jobs(run: Run) -> None:
    """A job without a reference is the owner's if the prompt is."""
    own = replace(run.facts.paid[FOX], id="own", ref=None, prompt="private")
    facts = replace(run.facts, paid=[*run.facts.paid, own])
    assert "lost" in run.violations(facts)
    assert run.violations(replace(facts, own_prompts={"private"})) == {}


async def test_paid_twice(run: Run) -> None:
    """Two jobs at the API for one request."""
    again = replace(run.facts.paid[FOX], id="again")
    assert "twice" in run.violations(replace(run.facts, paid=[*run.facts.paid, again]))


async def test_foreign(run: Run) -> None:
    """The id of another's job, also of one with the same words; and a message that shows another's image."""
    fox, owl = run.facts.rows[:2]
    assert "foreign" in run.violations(run.but(FOX, remote_id=owl.remote_id))
    swapped = [replace(fox, reply=_reply_of(fox, owl)), replace(owl, reply=_reply_of(owl, fox)), *run.facts.rows[2:]]
    found = run.violations(replace(run.facts, rows=swapped))
    assert [line.split(":")[0] for line in found["foreign"]] == ["a foreign image", "a foreign image"]


async def test_foreign_preview(run: Run) -> None:
    """A preview is an image of its job as well: the frog's, which was cancelled, is seen in the fox's message."""
    fox, frog = run.facts.rows[FOX], run.facts.rows[CANCELLED]
    shown_as_fox = replace(fox, reply=_reply_of(fox, frog))
    found = run.violations(replace(run.facts, rows=[shown_as_fox, *run.facts.rows[1:CANCELLED]]))
    assert [line.split(":")[0] for line in found["foreign"]] == ["a foreign image"]


async def test_stuck(run: Run) -> None:
    """A job without a final state, or whose ending was never delivered."""
    assert "stuck" in run.violations(run.but(OWL, state=JobState.RUNNING))
    assert "stuck" in run.violations(run.but(OWL, delivered_at=None))


async def test_stale(run: Run) -> None:
    """A message of an ended job with the frame of a running one."""
    stored = next(each for each in run.facts.messages if each.id == str(run.facts.rows[CANCELLED].reply.message_id))
    running = next(each for each in stored.versions if percent_of(each) is not None)
    messages = [replace(each, message=running) if each is stored else each for each in run.facts.messages]
    assert set(run.violations(replace(run.facts, messages=messages))) == {"stale", "lost"}


async def test_sent_after_cancel(run: Run) -> None:
    """A job that was sent later than its accepted cancellation, and delivered."""
    cancelled = run.facts.rows[CANCELLED]
    before = datetime.now(UTC).timestamp() - 3600
    presses = [Action("cancel", run.cancel, cancelled.id, answered_at=before)]
    assert [*invariants.sent_after_cancel(run.facts, presses)] == []
    delivered = run.but(CANCELLED, state=JobState.DONE)
    assert len([*invariants.sent_after_cancel(delivered, presses)]) == 1
    in_time = [replace(presses[0], answered_at=before + 7200)]
    assert [*invariants.sent_after_cancel(delivered, in_time)] == []


def _reply_of(row: JobRecord, other: JobRecord):
    return replace(row.reply, message_id=other.reply.message_id, interaction_id=other.reply.interaction_id)
