"""/history shows a member's own jobs in this server, page by page."""

from collections.abc import Callable

import pytest

from playground.discord_server import buttons, media, texts
from playground.discord_server.members.driver import Outcome
from tests.support.stage import Message, Stage, ended, is_private, labels

pytestmark = pytest.mark.asyncio(loop_scope="module")

PAGER = ["First", "Previous", "Next", "Last"]


async def history_page(stage: Stage, **options: object) -> Message:
    """The answer to Mia's /history in the general channel."""
    return await (await stage.mia.slash(stage.channel, "history", **options)).wait_for(is_private)


async def press_pager(stage: Stage, message: Message, label: str, page: int) -> Message:
    """The history after a press, once it shows this page."""
    return await (await stage.mia.press(message, label=label)).wait_for(shows_page(page))


def shows_page(number: int) -> Callable[[Message], bool]:
    """A check whether the history shows this page."""
    return lambda message: f"Page {number} of" in texts(message)


def enabled_buttons(message: Message) -> list[str]:
    """The labels of the enabled buttons."""
    return [button["label"] for button in buttons(message) if not button.get("disabled")]


async def finish_jobs(stage: Stage, word: str, count: int) -> None:
    """Finish this many numbered jobs."""
    outcomes: list[Outcome] = [await stage.imagine(f"{word} number {number}") for number in range(1, count + 1)]
    for outcome in outcomes:
        await outcome.wait_for(ended)


async def test_pages_are_turned(stage: Stage) -> None:
    """Jobs are listed newest first, five a page; the page buttons edit the same private message."""
    stage.api.account.refill()
    await finish_jobs(stage, "a tapir", 12)
    first = await history_page(stage, search="tapir")
    assert "Page 1 of 3 · 12 jobs" in texts(first)
    assert [number for number in range(1, 13) if f"tapir number {number}*" in texts(first)] == [8, 9, 10, 11, 12]
    assert texts(first).index("number 12*") < texts(first).index("number 8*")
    assert labels(first) == PAGER
    assert enabled_buttons(first) == ["Next", "Last"]
    second = await press_pager(stage, first, "Next", 2)
    assert second["id"] == first["id"]
    assert enabled_buttons(second) == PAGER
    last = await press_pager(stage, second, "Last", 3)
    assert "tapir number 1*" in texts(last)
    assert enabled_buttons(last) == ["First", "Previous"]
    assert enabled_buttons(await press_pager(stage, await press_pager(stage, last, "Previous", 2), "First", 1)) == [
        "Next",
        "Last",
    ]


async def test_an_entry_shows_picture_and_link(stage: Stage) -> None:
    """An entry shows its picture with alt text, the escaped prompt, kind, age and link."""
    grid = await stage.finished("a *bold* lynx <@1>")
    single = await stage.pressed(grid, "U4")
    page = await history_page(stage, search="bold lynx")
    assert "**a \\*bold\\* lynx \\<@\u200b1>**" in texts(page)
    assert "U4 · <t:" in texts(page)
    assert "Imagine · <t:" in texts(page)
    for message in (grid, single):
        assert f"{message['channel_id']}/{message['id']})" in texts(page)
    assert [each["description"] for each in media(page)] == [
        "U4: Picture made from the prompt: a *bold* lynx <@1>",
        "Picture made from the prompt: a *bold* lynx <@1>",
    ]
    assert all("/job-" in each["url"] for each in media(page))
    assert buttons(page) == []


async def test_a_page_without_the_permission_has_no_pictures(stage: Stage) -> None:
    """Where the bot may attach no files, entries are text: foreign pictures may stay blank."""
    await stage.finished("a lonely ibex")
    stage.discord.faults.forbid_files(stage.channel)
    page = await history_page(stage, search="lonely ibex")
    stage.settle_down()
    assert (media(page), "**a lonely ibex**" in texts(page)) == ([], True)


async def test_a_job_without_a_picture_is_listed(stage: Stage) -> None:
    """A failed job is listed with its state."""
    await stage.finished("an unlucky lemur scenario:fails-at-60")
    page = await history_page(stage, search="unlucky lemur")
    assert "failed" in texts(page)
    assert media(page) == []


async def test_only_own_jobs_of_this_place(stage: Stage) -> None:
    """The history holds only the member's own jobs of this server, or of the direct messages."""
    await stage.finished("an okapi in public")
    outcome = await stage.mia.slash(stage.mia.dm, "imagine", prompt="an okapi in private")
    await outcome.wait_for(ended)
    await (await stage.max.slash(stage.channel, "imagine", prompt="an okapi of Max")).wait_for(ended)
    here = texts(await history_page(stage, search="okapi"))
    assert "okapi in public" in here
    assert "in private" not in here
    assert "of Max" not in here
    there = await (await stage.mia.slash(stage.mia.dm, "history", search="okapi")).wait_for(is_private)
    assert "1 job" in texts(there)
    assert "okapi in private" in texts(there)


async def test_a_page_can_be_asked_for(stage: Stage) -> None:
    """/history opens at a page; one beyond the last opens the last."""
    await finish_jobs(stage, "a quokka", 6)
    assert "Page 2 of 2" in texts(await history_page(stage, search="quokka", page=2))
    assert "Page 2 of 2" in texts(await history_page(stage, search="quokka", page=99))


@pytest.mark.parametrize("search", ["unheard of", "%", "_%_"])
async def test_nothing_found(stage: Stage, search: str) -> None:
    """A search without results gives a sentence; SQL wildcards match literally."""
    assert "in its prompt. Try fewer words." in texts(await history_page(stage, search=search))


async def test_nothing_made_yet(stage: Stage) -> None:
    """A member without jobs here reads how to begin."""
    sentence = await stage.private_reply(await stage.adam.slash(stage.channel, "history"))
    assert sentence == "You have started no job here yet. Use /imagine to make a picture."


async def test_prompts_are_offered_once_each(stage: Stage) -> None:
    """Autocomplete offers the member's prompts once each, newest first, as searches that find them."""
    await stage.pressed(await stage.finished("a civet to look for"), "U1")
    await stage.finished("another civet, " + "with a very long description " * 3)
    offers = await stage.mia.autocomplete(stage.channel, "history", "search", "civet")
    assert [offer["name"].split(" ·")[0][:20] for offer in offers] == ["another civet, with ", "a civet to look for"]
    assert all(len(offer["value"]) <= 50 for offer in offers)
    for offer in offers:
        assert "civet" in texts(await history_page(stage, search=offer["value"]))
    assert await stage.max.autocomplete(stage.channel, "history", "search", "civet") == []
