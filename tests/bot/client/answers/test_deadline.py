"""One deadline from the arrival of an interaction, with Discord's own three seconds."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
import pytest_asyncio

from bot.timings import DEFAULT_TIMINGS
from playground.discord_server import Upload, media, texts
from playground.discord_server.interactions.answers import DEFER, DEFER_UPDATE
from playground.discord_server.interactions.registry import ANSWER_SECONDS
from tests.support.forms import filled
from tests.support.stage import Stage, ended, is_private, labels, picture

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared_stage(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    """A bot in remix mode, with the waits of production between an interaction and its answer."""
    waits = {"defer_after": DEFAULT_TIMINGS.defer_after}
    async with Stage(tmp_path_factory.mktemp("bot"), imaginepro_remix=True, timings=waits) as stage:
        await stage.bot.services.guild_settings.change(int(stage.discord.world.guild.id), check_prompts=True)
        yield stage


class Gate:
    """Holds calls of a method until it is opened."""

    def __init__(self, patch: pytest.MonkeyPatch, owner: Any, name: str) -> None:
        self._open = asyncio.Event()
        self.open = self._open.set
        original: Callable[..., Any] = getattr(owner, name)

        async def held(*args: Any, **options: Any) -> Any:
            await self._open.wait()
            return await original(*args, **options)

        patch.setattr(owner, name, held)


async def test_discord_waits_three_seconds(stage: Stage) -> None:
    """Tests give the bot as long as Discord does, and the bot the deadline of production."""
    assert stage.discord.core.interactions.answer_seconds == ANSWER_SECONDS == 3
    assert stage.bot.services.timings.defer_after == 1.5


@pytest.mark.parametrize(
    ("service", "method", "options"),
    [
        ("prompt_checks", "preflight", {}),
        ("guild_settings", "settings", {}),
        ("images", "prepare", {"image": Upload("fox.png", picture())}),
        ("jobs", "imagine", {}),
    ],
    ids=["the prompt's check", "the database", "an image", "the job's record"],
)
async def test_a_command_is_deferred(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, service: str, method: str, options: dict[str, Any]
) -> None:
    """No matter what /imagine waits for, it is deferred in public, where the job's reply then stands."""
    gate = Gate(monkeypatch, getattr(stage.bot.services, service), method)
    outcome = await stage.imagine(f"a fox that waits for {service}", **options)
    assert outcome.answer == DEFER
    [thinking] = stage.answers(outcome)
    gate.open()
    done = await outcome.wait_for(ended)
    assert media(done)
    assert done["id"] == thinking["id"]


async def test_waits_do_not_add_up(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three prompts, each checked for long: one deferral, whose place the private question takes."""
    gate = Gate(monkeypatch, stage.bot.services.prompt_checks, "preflight")
    outcome = await stage.imagine("a {red, green, blue} fox that is checked")
    assert outcome.answer == DEFER
    gate.open()
    question = await outcome.wait_for(is_private)
    assert labels(question) == ["Confirm", "Cancel"]
    assert [each["id"] for each in stage.answers(outcome)] == [question["id"]]


async def test_a_press_is_deferred_before_its_check(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also while the library still waits for what precedes the button's own code."""
    grid = await stage.finished("a fox to press slowly")
    gate = Gate(monkeypatch, stage.bot.services.buckets, "try_spend")
    outcome = await stage.mia.press(grid, label="U1")
    assert outcome.answer == DEFER
    gate.open()
    assert media(await outcome.wait_for(lambda message: media(message) and ended(message)))


async def test_a_form_that_comes_too_late_has_a_button(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Discord takes no form after a deferral: a private button opens it, with the prompt in it."""
    grid = await stage.finished("a fox to remix slowly")
    with monkeypatch.context() as patch:
        gate = Gate(patch, stage.bot.services.jobs, "get")
        outcome = await stage.mia.press(grid, label="V1")
        gate.open()
        late = await outcome.wait_for(is_private)
    assert labels(late) == ["Open the form"]
    assert [each["id"] for each in stage.answers(outcome)] == [late["id"]]
    modal = (await stage.mia.press(late, label="Open the form")).modal
    assert modal is not None
    assert modal.title == "Remix V1"
    done = await (await stage.mia.submit(modal, filled(modal, prompt="an owl after all"))).wait_for(ended)
    assert media(done)


async def test_an_edit_is_deferred_without_a_message(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """A press that changes its own message shows no "thinking"; the change comes by the token."""
    question = await (await stage.imagine("{two, more} foxes")).wait_for(is_private)
    gate = Gate(monkeypatch, stage.bot.services.batches, "drop")
    outcome = await stage.mia.press(question, label="Cancel")
    assert outcome.answer == DEFER_UPDATE
    gate.open()
    changed = await stage.channel.wait_for(lambda each: each["id"] == question["id"] and "Nothing" in each["content"])
    assert not labels(changed)
    assert stage.answers(outcome) == []


async def test_a_refusal_after_the_deferral_stays_private(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is refused late is for the member alone: the public "thinking" goes."""
    gate = Gate(monkeypatch, stage.bot.services.prompt_checks, "preflight")
    outcome = await stage.imagine("a fox and much gore")
    gate.open()
    refused = await outcome.wait_for(is_private)
    assert "does not allow this prompt" in texts(refused)
    assert [each["id"] for each in stage.answers(outcome)] == [refused["id"]]


async def test_suggestions_that_come_too_late(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Discord waits for them no longer, which is a line in the log and no error."""
    gate = Gate(monkeypatch, stage.bot.services.history, "suggested")
    assert await stage.mia.autocomplete(stage.channel, "job", "id", "fox") == []
    gate.open()
    await stage.discord.request_log.wait_for(lambda entry: entry.route.endswith("/callback") and entry.status == 404)
    await stage.wait_until(lambda: any("suggestions came too late" in line for line in stage.log.lines))
