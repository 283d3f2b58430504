"""Forms are served by any process, and the words in them are never lost."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from bot.ui.base.forms import Form, UnknownForm
from bot.ui.registry import FORMS
from playground.discord_server import Upload, media, texts
from playground.discord_server.members.driver import Modal, Outcome
from tests.cogs.described import finished_description
from tests.support.forms import filled
from tests.support.stage import Message, Stage, ended, picture

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared_stage(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    """A bot whose account is in remix mode."""
    async with Stage(tmp_path_factory.mktemp("bot"), imaginepro_remix=True) as stage:
        yield stage


def modal_of(outcome: Outcome) -> Modal:
    """The opened modal."""
    assert outcome.modal is not None, outcome.message
    return outcome.modal


async def opened(stage: Stage) -> dict[str, Modal]:
    """Every form of the bot, opened by a member."""
    grid = await stage.finished("a fox with forms")
    described = await finished_description(stage)
    enhanced = await (await stage.mia.slash(stage.channel, "enhance", prompt="a fox")).wait_for(texts)
    shown = stage.max.send(stage.channel, "look", Upload("owl.png", picture("green")))
    single = await stage.pressed(grid, "U2")
    return {
        "Remix V1": modal_of(await stage.mia.press(grid, label="V1")),
        "Custom zoom": modal_of(await stage.mia.press(single, label="Custom Zoom")),
        "Vary (Region)": modal_of(await stage.mia.press(single, label="Vary (Region)")),
        "Imagine prompt 1": modal_of(await stage.mia.press(described, label="1")),
        "Imagine": modal_of(await stage.mia.press(enhanced, label="Imagine")),
        "Remix": modal_of(await stage.mia.context(grid, "Remix")),
        "Use as image prompt": modal_of(await stage.mia.context(shown, "Use as image prompt")),
    }


async def sent(stage: Stage, modal: Modal, words: str) -> Message:
    """The finished reply to the form, sent with these words."""
    values = {"parts_to_change": ["4"]} if modal.title == "Vary (Region)" else {}
    outcome = await stage.mia.submit(modal, filled(modal, prompt=words, **values))
    return await outcome.wait_for(lambda message: ended(message) and texts(message))


async def test_forms_outlive_the_process(stage: Stage) -> None:
    """Every form that is open during a restart is served by the process after it."""
    modals = await opened(stage)
    assert {title: modal.title for title, modal in modals.items()} == {title: title for title in modals}
    assert len(modals) == len(FORMS) - 1
    await stage.all_delivered()
    await stage.restart()
    for number, modal in enumerate(modals.values()):
        assert media(await sent(stage, modal, f"an owl of form {number}")), modal.title


async def test_a_form_of_another_version(stage: Stage) -> None:
    """As of a version that kept its forms in memory: the words come back, and nothing is started."""
    modal = modal_of(await stage.mia.context(await stage.finished("a fox of old"), "Remix"))
    interaction = stage.discord.core.interactions.get(modal.interaction_id)
    assert interaction is not None
    assert interaction.modal is not None
    interaction.modal["custom_id"] = "0123456789abcdef"
    before = stage.posts()
    old = Modal(modal.interaction_id, "0123456789abcdef", modal.title, modal.components)
    answer = await stage.private_reply(await stage.mia.submit(old, filled(modal, prompt="many *fine* words")))
    assert "another version of the bot" in answer
    assert "> many \\*fine\\* words" in answer
    assert stage.posts() == before


async def test_the_words_of_an_error_come_back(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also of one that nothing has foreseen."""
    modal = modal_of(await stage.mia.context(await stage.finished("a fox of errors"), "Remix"))
    with monkeypatch.context() as patch:
        patch.setattr(stage.bot.services.jobs, "imagine", None)
        answer = await stage.private_reply(await stage.mia.submit(modal, filled(modal, prompt="words worth keeping")))
    assert "Something went wrong inside the bot" in answer
    assert "> words worth keeping" in answer
    stage.expect_error("an interaction failed")


async def test_the_words_for_a_job_that_is_gone(stage: Stage, tmp_path: Path) -> None:
    """The job of a form is not known any more: its words are quoted."""
    modal = modal_of(await stage.mia.press(await stage.finished("a fox soon forgotten"), label="V1"))
    await stage.all_delivered()
    usual = stage.settings.database_url.get_secret_value()
    stage.change(database_url=f"sqlite:///{tmp_path / 'bot.db'}")
    await stage.restart()
    answer = await stage.private_reply(await stage.mia.submit(modal, filled(modal, prompt="an owl to keep")))
    stage.change(database_url=usual)
    await stage.restart()
    assert "no longer knows this picture" in answer
    assert "> an owl to keep" in answer


async def test_forms_are_told_apart() -> None:
    """Each custom_id is served by one class, and the last class by what none of them knows."""
    known: list[type[Form]] = [form for form in FORMS if issubclass(form, Form)]
    assert FORMS[-1] is UnknownForm
    assert len(known) == len(FORMS) - 1
    for form in known:
        example = re.sub(r"\(\?P<number>.*", "1", form.template.pattern).replace(r"(?P<job>[\w-]{1,32})", "x" * 32)
        assert [each for each in known if each.template.fullmatch(example)] == [form]
        assert len(f"ip1:open:{example}") <= 100
