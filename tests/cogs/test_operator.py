"""/operator: every subcommand and its errors, used by the bot's owner."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio

from playground.discord_server import texts
from playground.imaginepro import Status
from tests.bot.records import new_job
from tests.support.stage import OPERATOR, Stage, ended, percent_of

pytestmark = pytest.mark.asyncio(loop_scope="module")

UNCERTAIN = "It was not sent again"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared_stage(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    """A bot with the operator's commands enabled."""
    async with Stage(tmp_path_factory.mktemp("bot"), **OPERATOR) as stage:
        yield stage


async def answer(stage: Stage, name: str, **options: Any) -> str:
    """The private answer to a subcommand, used by the owner."""
    outcome = await stage.olivia.slash(stage.channel, f"operator {name}", **options)
    assert outcome.error is None
    return await stage.private_reply(outcome)


async def suggestions(stage: Stage, typed: str, option: str = "id", name: str = "account") -> list[str]:
    """The ids in the owner's autocomplete."""
    choices = await stage.olivia.autocomplete(stage.channel, f"operator {name}", option, typed)
    return [choice["value"] for choice in choices]


async def test_accounts_are_listed_and_then_suggested(stage: Stage) -> None:
    """Accounts are listed with id, state and status, and the last list feeds autocomplete."""
    text = await answer(stage, "accounts")
    assert "🟢 **1** · active · FAST · 3 jobs at once" in text
    assert "⚪ **2** · switched off" in text
    assert await suggestions(stage, "") == ["1", "2"]
    assert await suggestions(stage, "2", "account", "command") == ["2"]
    assert await suggestions(stage, "x") == []


async def test_one_account_is_shown(stage: Stage) -> None:
    """An account is shown with Midjourney's information."""
    text = await answer(stage, "account", id="1")
    assert "Linked account 1" in text
    assert "**Subscription** Standard (Active monthly)" in text
    assert "900000000000000101" in text


async def test_an_account_is_switched(stage: Stage) -> None:
    """An account is switched on and off at the API."""
    assert "🟢 active" in await answer(stage, "activate", id="2")
    assert stage.api._service.linked[2]["isActive"] is True
    assert "⚪ switched off" in await answer(stage, "deactivate", id="2")
    assert stage.api._service.linked[2]["isActive"] is False


@pytest.mark.parametrize("name", ["account", "activate", "deactivate"])
async def test_an_unknown_account_is_refused(stage: Stage, name: str) -> None:
    """An unknown account is answered with the API's reason."""
    assert "Token not found" in await answer(stage, name, id="77")
    assert "no linked account with this id" in await answer(stage, name, id="..")


async def test_a_trace_by_either_id(stage: Stage) -> None:
    """A job is traced by the API's id or the store's id."""
    await stage.finished("a fox to trace")
    [job] = stage.submissions("a fox to trace")
    for known in (job.id, f" {job.ref} "):
        text = await answer(stage, "trace", message_id=known)
        assert f"**Job** {job.id}" in text
        assert "**Account** 1" in text


async def test_traces_of_unknown_jobs(stage: Stage) -> None:
    """Tracing an unknown job, or one that was never submitted, says so."""
    assert "no longer knows this job" in await answer(stage, "trace", message_id="nothing")
    job, _ = await stage.store.record(new_job(prompt="a fox never sent"))
    assert "never confirmed this job" in await answer(stage, "trace", message_id=job.id)


async def test_a_midjourney_command_is_followed_to_its_answer(stage: Stage) -> None:
    """A Midjourney command is followed until its answer is shown."""
    before = len(stage.api.jobs)
    assert "Done: relax" in await answer(stage, "command", cmd="relax", account="2")
    text = await answer(stage, "command", cmd="info", account="2")
    assert "/info on account 2" in text
    assert "jobMode: Relax" in text
    assert len(stage.api.jobs) == before + 2


async def test_midjourney_commands_that_fail(stage: Stage) -> None:
    """Midjourney commands that are refused, fail or never end are each explained."""
    assert "not one of your linked accounts" in await answer(stage, "command", cmd="info", account="9")
    stage.api.faults.choose("fails-at-60")
    assert "⚠️ It failed: Sorry" in await answer(stage, "command", cmd="info", account="1")
    stage.api.faults.choose("never-ends")
    async with stage.waiting(operator_command=timedelta(seconds=0.1)):
        assert "has not ended yet" in await answer(stage, "command", cmd="info", account="1")


@pytest.mark.parametrize("scenario", ["submit-drops", "submit-lost", "html-500"])
async def test_a_midjourney_command_is_never_sent_twice(stage: Stage, scenario: str) -> None:
    """A Midjourney command with an uncertain outcome is reported and not sent again."""
    stage.api.faults.choose(scenario, on="submit")
    before = stage.posts()
    text = await answer(stage, "command", cmd="fast", account="1")
    assert "the command may have been run" in text
    assert UNCERTAIN in text
    assert stage.posts() == before + 1


async def test_the_history_has_pages(stage: Stage) -> None:
    """The history shows prompt, button, id and link; a page after the last says so."""
    grid = await stage.finished("a fox *for* the history")
    await stage.pressed(grid, "U2")
    single, first = (job for job in stage.api._service.history()[:2])
    text = await answer(stage, "history")
    assert r"a fox \*for\* the history" in text
    assert f"U2 · <t:{int(single.created_at)}:R> · {single.id} · [picture](<{stage.api.url}/cdn/" in text
    assert first.id in text
    assert "No picture of the last 24 hours" in await answer(stage, "history", page=900)


async def test_a_long_history_fits_into_a_message(stage: Stage) -> None:
    """Ten long prompts are shortened to fit one message."""
    for number in range(10):
        await stage.finished(f"{number} " + "*a* " * 200)
    text = await answer(stage, "history")
    assert text.count("[picture](<") == 10


async def test_plan_and_credits(stage: Stage) -> None:
    """The subcommand info shows plan, credits and expiry."""
    text = await answer(stage, "info")
    assert "**Plan** STARTER" in text
    assert f"**Credits** {stage.api.credits} of 1600" in text
    assert "**Expires** <t:1893456000:D>" in text


async def test_the_queue_is_paused_and_resumed(stage: Stage) -> None:
    """Members' jobs wait while the queue is paused and continue after it is resumed."""
    assert '"paused": true' in await answer(stage, "queue", action="pause")
    outcome = await stage.imagine("a fox in a paused queue")
    await outcome.wait_for(lambda message: "waiting to be started" in texts(message))
    assert '"waiting": 1' in await answer(stage, "queue", action="count")
    assert '"paused": false' in await answer(stage, "queue", action="resume")
    await outcome.wait_for(ended)
    assert stage.submissions("a paused queue")[0].status is Status.DONE


async def test_the_queue_is_rebooted(stage: Stage) -> None:
    """Rebooting the queue fails the running jobs, with a reason on their replies."""
    stage.api.faults.choose("never-ends")
    outcome = await stage.imagine("a fox before the reboot")
    await outcome.wait_for(lambda message: percent_of(message) == 93)
    assert '"stopped": ' in await answer(stage, "queue", action="reboot")
    assert "The queue was restarted." in texts(await outcome.wait_for(ended))


async def test_words_are_banned_and_allowed(stage: Stage) -> None:
    """A banned word is refused to members until it is removed."""
    assert '"teapot"' in await answer(stage, "banwords", action="add", word=" teapot ")
    assert '"teapot"' in await answer(stage, "banwords", action="show")
    assert "blocked words: teapot" in texts(await stage.finished("a teapot of iron"))
    assert "teapot" not in await answer(stage, "banwords", action="remove", word="teapot")
    await stage.finished("a teapot of silver")
    assert stage.submissions("a teapot of silver")


async def test_invalid_words_for_banwords(stage: Stage) -> None:
    """Invalid words for banwords are refused, most of them without a request."""
    before = len(stage.api.request_log)
    assert "Give the word to add as well" in await answer(stage, "banwords", action="add")
    assert "Give the word to remove as well" in await answer(stage, "banwords", action="remove", word=" ")
    assert "leave the option word out" in await answer(stage, "banwords", action="show", word="x")
    assert "nothing was sent" in await answer(stage, "banwords", action="remove", word="..")
    assert len(stage.api.request_log) == before
    text = await answer(stage, "banwords", action="remove", word="unheard")
    assert "This word is not banned" in text
    assert "The path comes from the bot's settings" in text


async def test_a_banned_word_is_escaped(stage: Stage) -> None:
    """A banned word is escaped inside the code block."""
    text = await answer(stage, "banwords", action="add", word="```@everyone\u202e")
    block = text.partition("```json\n")[2].removesuffix("\n```")
    assert "```" not in block
    assert r"\u0060\u0060\u0060@everyone" in block
    assert "\u202e" not in text
    await answer(stage, "banwords", action="remove", word="```@everyone\u202e")


async def test_the_queue_of_one_account(stage: Stage) -> None:
    """The queue of one account is shown, with a reason for an unknown account."""
    text = await answer(stage, "account-queue", id="1")
    assert '"concurrency": 3' in text
    assert '"note": "logged in with [key]"' in text
    assert "Token not found" in await answer(stage, "account-queue", id="9")


@pytest.mark.parametrize("scenario", ["submit-drops", "submit-lost", "html-500", "empty-500"])
async def test_changes_are_never_sent_twice(stage: Stage, scenario: str) -> None:
    """A change with an uncertain outcome is reported and never sent again."""
    for name, options in (("queue", {"action": "resume"}), ("banwords", {"action": "remove", "word": "gore"})):
        stage.api.faults.choose(scenario, on="operator")
        before = len(stage.api.request_log)
        assert UNCERTAIN in await answer(stage, name, **options)
        assert len(stage.api.request_log) == before + 1
    stage.api._service.banned.add("gore")


async def test_reads_are_repeated(stage: Stage) -> None:
    """Reads are retried after a broken answer."""
    for name, options in (("accounts", {}), ("queue", {"action": "count"}), ("activate", {"id": "1"})):
        stage.api.faults.choose("html-500", on="operator")
        assert "⚠️" not in await answer(stage, name, **options)
        assert stage.api.faults.state() == []


@pytest.mark.parametrize(
    ("name", "options", "on"),
    [
        ("accounts", {}, "operator"),
        ("account", {"id": "1"}, "operator"),
        ("activate", {"id": "1"}, "operator"),
        ("trace", {"message_id": "x"}, "operator"),
        ("history", {}, "history"),
        ("info", {}, "account"),
        ("queue", {"action": "count"}, "operator"),
        ("banwords", {"action": "show"}, "operator"),
        ("account-queue", {"id": "1"}, "operator"),
    ],
)
async def test_an_api_outage_is_explained(stage: Stage, name: str, options: dict[str, str], on: str) -> None:
    """An API failure is explained in the usual sentence."""
    stage.api.faults.choose("empty-500", times=3, on=on)
    assert "ImaginePro has a problem of its own" in await answer(stage, name, **options)


async def test_a_refused_key_is_explained(stage: Stage) -> None:
    """A refused API key is explained to the owner."""
    stage.api.faults.choose("key-refused", on="operator", seconds=600)
    assert "refused the bot's API key" in await answer(stage, "accounts")
    stage.settle_down()
    assert "Linked accounts" in await answer(stage, "accounts")
