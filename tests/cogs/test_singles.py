"""Singles: the four pictures of a grid, one by one, at no cost."""

import pytest

from playground.discord_server import buttons, media, texts
from tests.support.stage import Message, Stage, ended, is_private, labels, labels_in_rows

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def singles(stage: Stage, grid: Message) -> Message:
    """What Max gets who presses Singles under Mia's grid."""
    return await (await stage.max.press(grid, label="Singles")).wait_for(is_private)


async def test_four_pictures_apart(stage: Stage) -> None:
    """Uploaded, each with an alt text that tells which it is, and a link to its original; nothing is paid."""
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


async def test_the_button_stands_alone_under_grids(stage: Stage) -> None:
    """In a row of its own, and not under a single picture."""
    grid = await stage.finished("a fox under singles")
    assert labels_in_rows(grid)[-1] == ["Singles"]
    assert "Singles" not in labels(await stage.pressed(grid, "U1"))


async def test_pictures_that_are_gone(stage: Stage) -> None:
    """A sentence; the links stay, for what they are worth."""
    grid = await stage.finished("a fox that went away")
    [job] = stage.submissions("went away")
    del stage.api.jobs[job.id]
    message = await singles(stage, grid)
    assert texts(message).startswith("None of these pictures can be downloaded any more.")
    assert media(message) == []
    assert labels(message) == ["1", "2", "3", "4"]


async def test_one_picture_is_missing(stage: Stage) -> None:
    """The others keep their numbers."""
    grid = await stage.finished("a fox in three")
    [job] = stage.submissions("in three")
    record = await stage.store.get(job.ref or "")
    assert record is not None
    gone = record.tiles[1].replace(job.id, "00000000-0000-4000-8000-000000000000")
    await stage.store.update(record.id, tiles=(record.tiles[0], gone, *record.tiles[2:]))
    message = await singles(stage, grid)
    assert texts(message) == "Picture 2 can't be shown here; try the link below."
    assert [each["description"][:9] for each in media(message)] == ["Picture 1", "Picture 3", "Picture 4"]


async def test_works_where_the_job_is_shown_again(stage: Stage) -> None:
    """And after that, too."""
    await stage.finished("a fox in four again")
    [job] = stage.submissions("in four again")
    again = await (await stage.mia.slash(stage.mia.dm, "job", id=job.ref)).wait_for(ended)
    message = await (await stage.mia.press(again, label="Singles")).wait_for(is_private)
    assert len(media(message)) == 4
