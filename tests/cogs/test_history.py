"""/history: a gallery of one's own jobs here, page by page."""

from collections.abc import Callable

import pytest

from playground.discord_server import buttons, media, texts
from playground.discord_server.driver import Outcome
from tests.support.stage import Message, Stage, ended, is_private, labels

pytestmark = pytest.mark.asyncio(loop_scope="module")

PAGER = ["First", "Previous", "Next", "Last"]


async def looked_up(stage: Stage, **options: object) -> Message:
    """Mia's gallery in the general channel."""
    return await (await stage.mia.slash(stage.channel, "history", **options)).wait_for(is_private)


async def turned(stage: Stage, message: Message, label: str, page: int) -> Message:
    """The gallery after a press, once it shows this page."""
    return await (await stage.mia.press(message, label=label)).wait_for(shows_page(page))


def shows_page(number: int) -> Callable[[Message], bool]:
    """Whether a gallery stands at that page."""
    return lambda message: f"Page {number} of" in texts(message)


def usable(message: Message) -> list[str]:
    """The buttons that can be pressed."""
    return [button["label"] for button in buttons(message) if not button.get("disabled")]


async def many(stage: Stage, word: str, count: int) -> None:
    """So many finished jobs, numbered."""
    outcomes: list[Outcome] = [await stage.imagine(f"{word} number {number}") for number in range(1, count + 1)]
    for outcome in outcomes:
        await outcome.wait_for(ended)


async def test_pages_are_turned(stage: Stage) -> None:
    """Newest first, five a page; first, previous, next and last change the same private message."""
    stage.api.account.refill()
    await many(stage, "a tapir", 12)
    first = await looked_up(stage, search="tapir")
    assert "Page 1 of 3 · 12 jobs" in texts(first)
    assert [number for number in range(1, 13) if f"tapir number {number}*" in texts(first)] == [8, 9, 10, 11, 12]
    assert texts(first).index("number 12*") < texts(first).index("number 8*")
    assert labels(first) == PAGER
    assert usable(first) == ["Next", "Last"]
    second = await turned(stage, first, "Next", 2)
    assert second["id"] == first["id"]
    assert usable(second) == PAGER
    last = await turned(stage, second, "Last", 3)
    assert "tapir number 1*" in texts(last)
    assert usable(last) == ["First", "Previous"]
    assert usable(await turned(stage, await turned(stage, last, "Previous", 2), "First", 1)) == ["Next", "Last"]


async def test_an_entry_shows_and_leads(stage: Stage) -> None:
    """Its picture with alt text, its words unable to act, what was asked for, its age and its message."""
    grid = await stage.finished("a *bold* lynx <@1>")
    single = await stage.pressed(grid, "U4")
    page = await looked_up(stage, search="bold lynx")
    assert "**a \\*bold\\* lynx \\<@\u200b1>**" in texts(page)
    assert "U4 · <t:" in texts(page)
    assert "Imagine · <t:" in texts(page)
    for message in (grid, single):
        assert f"{message['channel_id']}/{message['id']})" in texts(page)
    assert [each["description"] for each in media(page)] == [
        "U4: Picture made from the prompt: a *bold* lynx <@1>",
        "Picture made from the prompt: a *bold* lynx <@1>",
    ]
    assert buttons(page) == []


async def test_a_job_without_a_picture_is_listed(stage: Stage) -> None:
    """With what became of it."""
    await stage.finished("an unlucky lemur scenario:fails-at-60")
    page = await looked_up(stage, search="unlucky lemur")
    assert "failed" in texts(page)
    assert media(page) == []


async def test_only_own_jobs_of_this_place(stage: Stage) -> None:
    """Neither other members' nor those of direct messages, where one finds the own ones of there."""
    await stage.finished("an okapi in public")
    outcome = await stage.mia.slash(stage.mia.dm, "imagine", prompt="an okapi in private")
    await outcome.wait_for(ended)
    await (await stage.max.slash(stage.channel, "imagine", prompt="an okapi of Max")).wait_for(ended)
    here = texts(await looked_up(stage, search="okapi"))
    assert "okapi in public" in here
    assert "in private" not in here
    assert "of Max" not in here
    there = await (await stage.mia.slash(stage.mia.dm, "history", search="okapi")).wait_for(is_private)
    assert "1 job" in texts(there)
    assert "okapi in private" in texts(there)


async def test_a_page_can_be_asked_for(stage: Stage) -> None:
    """One beyond the last is the last."""
    await many(stage, "a quokka", 6)
    assert "Page 2 of 2" in texts(await looked_up(stage, search="quokka", page=2))
    assert "Page 2 of 2" in texts(await looked_up(stage, search="quokka", page=99))


@pytest.mark.parametrize("search", ["unheard of", "%", "_%_"])
async def test_nothing_found(stage: Stage, search: str) -> None:
    """A sentence, in which the search can't act; wildcards are no more than signs."""
    assert "in its prompt. Try fewer words." in texts(await looked_up(stage, search=search))


async def test_nothing_made_yet(stage: Stage) -> None:
    """Whoever never made anything here is told how to begin."""
    sentence = await stage.private_reply(await stage.adam.slash(stage.channel, "history"))
    assert sentence == "You have started no job here yet. Use /imagine to make a picture."


async def test_prompts_are_offered_once_each(stage: Stage) -> None:
    """Own prompts of this place, newest first, as a search that finds them."""
    await stage.pressed(await stage.finished("a civet to look for"), "U1")
    await stage.finished("another civet, " + "with a very long description " * 3)
    offers = await stage.mia.autocomplete(stage.channel, "history", "search", "civet")
    assert [offer["name"].split(" ·")[0][:20] for offer in offers] == ["another civet, with ", "a civet to look for"]
    assert all(len(offer["value"]) <= 50 for offer in offers)
    for offer in offers:
        assert "civet" in texts(await looked_up(stage, search=offer["value"]))
    assert await stage.max.autocomplete(stage.channel, "history", "search", "civet") == []
