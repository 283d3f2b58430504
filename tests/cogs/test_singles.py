"""Singles shows the four pictures of a grid separately, at no cost."""

import pytest

from playground.discord_server import buttons, media, texts
from tests.bot.records import rewritten
from tests.support.stage import Message, Stage, ended, is_private, labels, labels_in_rows

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def singles(stage: Stage, grid: Message) -> Message:
    """The private answer to Max's press of Singles on Mia's grid."""
    return await (await stage.max.press(grid, label="Singles")).wait_for(is_private)


async def test_four_single_pictures(stage: Stage) -> None:
    """The four pictures are uploaded with numbered alt texts and links to their originals, at no cost."""
    grid = await stage.finished("a fox in four")
    before, credits_left = stage.posts(), stage.api.credits
    message = await singles(stage, grid)
    assert [each["description"] for each in media(message)] == [
        f"Picture {number} of 4 made from the prompt: a fox in four" for number in range(1, 5)
    ]
    assert len({each["url"] for each in media(message)}) == 4
    assert all("127.0.0.1" in each["url"] and "attachments" in each["url"] for each in media(message))
    assert [(button["label"], button["url"][-6:]) for button in buttons(message)] == [
        (str(number), f"-{number}.png") for number in range(1, 5)
    ]
    assert (stage.posts(), stage.api.credits) == (before, credits_left)


async def test_the_button_has_its_own_row(stage: Stage) -> None:
    """Singles is in its own row under a grid, and not under a single picture."""
    grid = await stage.finished("a fox under singles")
    assert labels_in_rows(grid)[-1] == ["Singles"]
    assert "Singles" not in labels(await stage.pressed(grid, "U1"))


async def test_all_files_are_missing(stage: Stage) -> None:
    """When all files are missing, a sentence and the links are shown."""
    grid = await stage.finished("a fox that went away")
    [job] = stage.submissions("went away")
    del stage.api.jobs[job.id]
    message = await singles(stage, grid)
    assert texts(message).startswith("None of these pictures can be downloaded any more.")
    assert media(message) == []
    assert labels(message) == ["1", "2", "3", "4"]


async def test_one_file_is_missing(stage: Stage) -> None:
    """When one file is missing, the others keep their numbers."""
    grid = await stage.finished("a fox in three")
    [job] = stage.submissions("in three")
    record = await stage.store.get(job.ref or "")
    assert record is not None
    missing_url = record.tiles[1].replace(job.id, "00000000-0000-4000-8000-000000000000")
    await rewritten(stage.store, record.id, tiles=(record.tiles[0], missing_url, *record.tiles[2:]))
    message = await singles(stage, grid)
    assert texts(message) == "Picture 2 can't be shown here; try the link below."
    assert [each["description"][:9] for each in media(message)] == ["Picture 1", "Picture 3", "Picture 4"]


async def test_works_on_a_job_shown_again(stage: Stage) -> None:
    """Singles works on a message from /job."""
    await stage.finished("a fox in four again")
    [job] = stage.submissions("in four again")
    again = await (await stage.mia.slash(stage.mia.dm, "job", id=job.ref)).wait_for(ended)
    message = await (await stage.mia.press(again, label="Singles")).wait_for(is_private)
    assert len(media(message)) == 4
