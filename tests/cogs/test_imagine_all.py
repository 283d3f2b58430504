"""All prompts of a described picture at once: counted, confirmed, started one job each."""

import asyncio
import json

import pytest

from playground.discord_server import Refused, media, texts
from playground.discord_server.state.channels import EPHEMERAL, LOADING
from tests.cogs.described import described, describing, job_id
from tests.support.stage import PATIENCE, Message, Stage, ended, is_private, labels

pytestmark = pytest.mark.asyncio(loop_scope="module")

FOLLOW_UP = "POST /webhooks/{webhook_id}/{token}"
STARTING = "Starting 4 jobs, each on a reply of its own."


def foxes(word: str) -> list[str]:
    """Four prompts with this word in them."""
    return [f"a {word} fox, number {number}" for number in range(1, 5)]


async def offered(stage: Stage, *prompts: str) -> Message:
    """What Mia alone is asked after Imagine all."""
    done = await described(stage, *prompts)
    return await (await stage.mia.press(done, label="Imagine all")).wait_for(is_private)


async def test_question_names_jobs_and_credits(stage: Stage) -> None:
    """Only the member reads it, nothing was sent yet, and there are two ways to go on."""
    before = len(stage.api.jobs)
    question = await offered(stage)
    assert question["content"] == "This starts **4 jobs** for **40 credits** in all."
    assert labels(question) == ["Confirm", "Cancel"]
    assert not stage.max.sees(question)
    # The describe itself is the only job so far.
    assert len(stage.api.jobs) == before + 1


@pytest.mark.parametrize(
    ("prompts", "sentence"),
    [
        (["a fox --relax", "an owl"], "This starts **2 jobs** for **15 credits** in all."),
        (["a fox --turbo", "an owl"], "This starts **2 jobs**, which may cost credits."),
        (["a fox --stylise 5", "an owl"], "This starts **1 job** for **10 credits**."),
    ],
)
async def test_price_is_told_as_far_as_it_is_known(stage: Stage, prompts: list[str], sentence: str) -> None:
    """Modes have their prices; turbo's is not published."""
    assert (await offered(stage, *prompts))["content"].splitlines()[0] == sentence


async def test_prompts_that_can_not_be_sent_are_named(stage: Stage) -> None:
    """What the API found may hold addresses and flags that Midjourney would refuse: those need a press of their own."""
    question = await offered(stage, "a fox like https://a.example/b.png", "an owl", "a {red, blue} cat", "a dog --qq 1")
    first, *rest = question["content"].splitlines()
    assert first == "This starts **1 job** for **10 credits**."
    assert [line[:8] for line in rest] == ["Prompt 1", "Prompt 3", "Prompt 4"]
    assert "at the very beginning" in rest[0]
    assert rest[0].endswith("Press 1 to change it.")


@pytest.mark.parametrize("defer_after", [PATIENCE, 0], ids=["at once", "slowly"])
async def test_prompts_are_checked_where_the_place_wants_it(stage: Stage, defer_after: float) -> None:
    """What ImaginePro would refuse is left out with its reason; the question is private however long that takes."""
    place = int(stage.discord.world.guild.id)
    await stage.bot.services.guild_settings.change(place, check_prompts=True)
    try:
        async with stage.waiting(defer_after=defer_after):
            question = await offered(stage, *(f"{word}, {defer_after:g}" for word in ("a fox", "gore", "an owl")))
    finally:
        await stage.bot.services.guild_settings.change(place, check_prompts=False)
    first, second = question["content"].splitlines()
    assert first == "This starts **2 jobs** for **20 credits** in all."
    assert second.startswith(
        "Prompt 2 can't be sent as it is: ImaginePro does not allow this prompt: Banned words: gore"
    )
    assert labels(question) == ["Confirm", "Cancel"]
    made = {message.interaction_id for message in stage.channel.messages.values() if message.message["flags"] & LOADING}
    assert made == set()


async def test_nothing_is_offered_when_no_prompt_can_be_sent(stage: Stage) -> None:
    """Sentences, and no button that would start nothing."""
    told = await offered(stage, "a fox --qq 1", "a {red, blue} cat")
    assert "Prompt 1 can't be sent as it is" in told["content"]
    assert "Prompt 2 can't be sent as it is" in told["content"]
    assert labels(told) == []


async def test_confirmed_jobs_have_public_replies_of_their_own(stage: Stage) -> None:
    """The question becomes a sentence; four replies follow, each with its prompt and in the end its picture."""
    question = await offered(stage, *foxes("confirmed"))
    outcome = await stage.mia.press(question, label="Confirm")
    assert outcome.error is None
    for prompt in foxes("confirmed"):
        made = await outcome.wait_for(
            lambda message, p=prompt: p in texts(message) and media(message) and ended(message)
        )
        assert not made["flags"] & EPHEMERAL
        assert f"<@{stage.mia.id}> · fast · 10 credits" in texts(made)
        assert stage.max.sees(made)
        assert "U1" in labels(made)
    assert len({message["id"] for message in outcome.messages}) == 4
    now = stage.channel.messages[question["id"]].message
    assert (now["content"], labels(now)) == (STARTING, [])
    assert sorted(job.prompt for job in stage.submissions("confirmed")) == foxes("confirmed")


async def test_question_is_answered_once(stage: Stage) -> None:
    """Two presses at the same moment start four jobs, not eight."""
    question = await offered(stage, *foxes("single"))
    custom_id = next(part for part in json.dumps(question).split('"') if part.startswith("ip1:go:"))
    outcomes = await asyncio.gather(*(stage.mia.press(question, custom_id=custom_id) for _ in range(2)))
    told = [message for outcome in outcomes for message in outcome.messages if is_private(message)]
    assert [message["content"] for message in told] == ["This was used already."]
    await stage.until(lambda: len(stage.submissions("single")) == 4)


async def test_cancelled_question_starts_nothing(stage: Stage) -> None:
    """Cancel says so, and takes the buttons away."""
    question = await offered(stage, *foxes("unwanted"))
    before = stage.posts()
    outcome = await stage.mia.press(question, label="Cancel")
    assert outcome.message is not None
    assert outcome.message["content"] == "Nothing was started, and nothing was paid."
    assert labels(outcome.message) == []
    with pytest.raises(Refused):
        await stage.mia.press(question, label="Confirm")
    assert stage.posts() == before


async def test_nobody_else_can_answer(stage: Stage) -> None:
    """The question is Mia's alone: Max does not even see it, and nothing of it starts for him."""
    question = await offered(stage, *foxes("foreign"))
    with pytest.raises(Refused):
        await stage.max.press(question, label="Confirm")
    # A client of one's own making could send the press all the same.
    draft = next(part for part in json.dumps(question).split('"') if part.startswith("ip1:go:"))
    public = await described(stage)
    stored = stage.channel.messages[public["id"]]
    forged = json.loads(json.dumps(stored.message).replace(f"ip1:prompts:{job_id(public)}", draft))
    stored.message = forged
    told = await (await stage.max.press(forged, label="Imagine all")).wait_for(is_private)
    assert told["content"] == "This belongs to the member who asked for it."
    assert stage.submissions("foreign") == []
    await stage.mia.press(question, label="Confirm")
    await stage.until(lambda: len(stage.submissions("foreign")) == 4)


@pytest.mark.parametrize(("times", "count"), [(1, "3 of 4 jobs"), (4, "None of 4 jobs")])
async def test_replies_that_discord_refuses_are_counted(stage: Stage, times: int, count: str) -> None:
    """A job without a reply is not sent; the others are, and the member is told how many."""
    question = await offered(stage, *foxes(f"lonely{times}"))
    stage.discord.faults.refuse_next(FOLLOW_UP, 403, code=50013, times=times)
    await stage.mia.press(question, label="Confirm")
    told = await stage.channel.wait_for(
        lambda message: message["id"] == question["id"] and count in message["content"], 10
    )
    assert told["content"] == f"{count} could be started. What was not started costs nothing."
    await stage.until(lambda: len(stage.submissions(f"lonely{times}")) == 4 - times)


@pytest.mark.asyncio(loop_scope="function")
async def test_question_outlives_a_restart(own_stage: Stage) -> None:
    """Another process finds the draft, starts the jobs, and a third one knows that it was used."""
    stage = own_stage
    done = await (await describing(stage)).wait_for(ended)
    question = await (await stage.mia.press(done, label="Imagine all")).wait_for(is_private)
    custom_id = next(part for part in json.dumps(question).split('"') if part.startswith("ip1:go:"))
    await stage.restart()
    outcome = await stage.mia.press(question, label="Confirm")
    assert outcome.error is None
    await stage.until(lambda: sum(map(ended, outcome.messages)) == 4)
    assert all(media(message) for message in outcome.messages)
    await stage.restart()
    stored = stage.channel.messages[question["id"]]
    stored.message = question
    told = await (await stage.mia.press(question, custom_id=custom_id)).wait_for(is_private)
    assert told["content"] == "This was used already."
    assert sum(job.kind == "imagine" for job in stage.api.jobs.values()) == 4
