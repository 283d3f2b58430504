"""The gallery of a member's jobs: within Discord's limits, and its buttons lead where they say."""

import re

from discord.app_commands import Choice
from hypothesis import given
from hypothesis import strategies as st

from bot.services.jobs.history import PAGE, Page
from bot.store import JobKind
from bot.ui.job.names import job_choice, with_unique_names
from bot.ui.panels.history import MAX_SEARCH, PageButton, history_view
from playground.discord_server import buttons, media, texts
from playground.discord_server.base.json import Json
from tests.bot.ui.markdown_reader import read
from tests.bot.ui.records import ADDRESSES, ENDINGS, TEXTS, job

MIA = 2**63 - 1


def shown(page: Page, search: str = "") -> Json:
    """The message, which Discord would take."""
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
    """Whatever is in the jobs and in the search; the buttons hold the search whole."""
    message = shown(Page(tuple(ending.job for ending in endings), number, 10**6, 10**7), search)
    for button in buttons(message):
        found = re.fullmatch(PageButton.__discord_ui_compiled_template__, button["custom_id"])
        assert found
        assert (int(found["user"]), found["search"]) == (MIA, search)
        assert 1 <= int(found["page"]) <= 10**6


@given(TEXTS, TEXTS)
def test_nothing_in_it_acts(words: str, label: str) -> None:
    """Neither the words of a prompt nor those on a button."""
    text = texts(shown(Page((job(words=words, button=label),), 1, 1, 1)))
    entry = text.split("\n-# Page 1 of 1 · 1 job\n")[1]
    title, _, facts = entry.partition("\n-# ")
    assert not read(title.removeprefix("**").removesuffix("**")).active
    assert not read(facts.partition("<t:")[0]).active


@given(st.none() | ADDRESSES)
def test_a_picture_is_shown_where_it_can_be(url: str | None) -> None:
    """By its address; one that Discord would refuse is left out."""
    pictures = media(shown(Page((job(image_url=url),), 1, 1, 1)))
    assert [picture["url"] for picture in pictures] == ([url] if url is not None and len(url) <= 2048 else [])


def test_a_video_is_shown_by_what_it_begins_with() -> None:
    """A thumbnail plays nothing; a video that goes on from another one has no picture to show."""
    film = "https://cdn.imaginepro.ai/video.mp4"
    given = {"start": "https://a.example/start.png", "end": "https://a.example/end.png"}
    started = job(kind=JobKind.VIDEO, details=given, image_url=film, videos=(film,))
    extended = job(kind=JobKind.EXTEND_VIDEO, details={}, image_url=film, videos=(film,))
    assert [item["url"] for item in media(shown(Page((started, extended), 1, 1, 2)))] == [given["start"]]


def test_a_described_picture_stands_for_itself() -> None:
    """Also when the API has sent no copy of it."""
    given = "https://a.example/fox.png"
    described = job(kind=JobKind.DESCRIBE, details={"url": given}, image_url=None, texts=("a fox",))
    assert [item["url"] for item in media(shown(Page((described,), 1, 1, 1)))] == [given]


@given(TEXTS, st.none() | TEXTS)
def test_choices_are_within_the_limits(words: str, button: str | None) -> None:
    """A name of 1 to 100 characters, and the id."""
    choice = job_choice(job(words=words, button=button))
    assert 1 <= len(choice.name) <= 100
    assert choice.value == job().id


def test_choices_of_one_name_are_numbered() -> None:
    """Jobs from the same words at the same time can be told apart, within the limit; others keep their names."""
    names = ["a fox", "x" * 100, "a fox", "a hare", "x" * 100, "a fox"]
    apart = with_unique_names(Choice(name=name, value=str(number)) for number, name in enumerate(names))
    assert [choice.name for choice in apart][:4] == ["a fox", "x" * 100, "a fox (2)", "a hare"]
    assert apart[4].name.endswith("x… (2)")
    assert apart[5].name == "a fox (3)"
    assert max(len(choice.name) for choice in apart) == 100
    assert [choice.value for choice in apart] == ["0", "1", "2", "3", "4", "5"]
