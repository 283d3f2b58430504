"""The history panel: Discord's limits, escaped text and page buttons."""

import re

from discord.app_commands import Choice
from hypothesis import given
from hypothesis import strategies as st

from bot.services.jobs.history import PAGE, Page
from bot.ui.job.names import job_choice, with_unique_names
from bot.ui.panels.history import MAX_SEARCH, PageButton, history_view
from playground.discord_server import buttons, media, texts
from playground.discord_server.base.json import Json
from tests.bot.ui.markdown_reader import read
from tests.bot.ui.records import ENDINGS, PICTURE, TEXTS, job

MIA = 2**63 - 1


def panel_message(page: Page, search: str = "") -> Json:
    """The panel's message, after checking Discord's limits."""
    view = history_view(page, MIA, search)
    assert view.content_length() <= 4000
    message = {"components": view.to_components()}
    assert len(list(view.walk_children())) <= 40
    ids = [button["custom_id"] for button in buttons(message)]
    assert len(ids) == len(set(ids))
    assert all(len(custom_id) <= 100 for custom_id in ids)
    return message


@given(st.lists(ENDINGS, min_size=PAGE, max_size=PAGE), st.text(max_size=MAX_SEARCH), st.integers(1, 10**6))
def test_every_page_is_within_the_limits(endings: list, search: str, number: int) -> None:
    """Any page keeps Discord's limits, and its buttons hold the whole search."""
    message = panel_message(Page(tuple(ending.job for ending in endings), number, 10**6, 10**7), search)
    for button in buttons(message):
        found = re.fullmatch(PageButton.__discord_ui_compiled_template__, button["custom_id"])
        assert found
        assert (int(found["user"]), found["search"]) == (MIA, search)
        assert 1 <= int(found["page"]) <= 10**6


@given(TEXTS, TEXTS)
def test_text_is_escaped(words: str, label: str) -> None:
    """Prompts and button labels are escaped."""
    text = texts(panel_message(Page((job(words=words, button=label),), 1, 1, 1)))
    entry = text.split("\n-# Page 1 of 1 · 1 job\n")[1]
    title, _, facts = entry.partition("\n-# ")
    assert not read(title.removeprefix("**").removesuffix("**")).active
    assert not read(facts.partition("<t:")[0]).active


def test_pictures_are_files_of_the_message() -> None:
    """A thumbnail is shown by its file, as Discord may leave a foreign address blank; without one there is text."""
    page = Page((job(id="a", image_url="https://cdn.imaginepro.ai/a.png"), job(id="b")), 1, 1, 2)
    view = history_view(page, MIA, "", {"a": PICTURE})
    assert [each["url"] for each in media({"components": view.to_components()})] == ["attachment://picture.png"]
    assert media(panel_message(page)) == []


@given(TEXTS, st.none() | TEXTS)
def test_choices_are_within_the_limits(words: str, button: str | None) -> None:
    """A choice has a name of 1 to 100 characters and the job's id."""
    choice = job_choice(job(words=words, button=button))
    assert 1 <= len(choice.name) <= 100
    assert choice.value == job().id


def test_choices_with_the_same_name_are_numbered() -> None:
    """Choices with the same name are numbered within the limit."""
    names = ["a fox", "x" * 100, "a fox", "a hare", "x" * 100, "a fox"]
    numbered = with_unique_names(Choice(name=name, value=str(number)) for number, name in enumerate(names))
    assert [choice.name for choice in numbered][:4] == ["a fox", "x" * 100, "a fox (2)", "a hare"]
    assert numbered[4].name.endswith("x… (2)")
    assert numbered[5].name == "a fox (3)"
    assert max(len(choice.name) for choice in numbered) == 100
    assert [choice.value for choice in numbered] == ["0", "1", "2", "3", "4", "5"]
