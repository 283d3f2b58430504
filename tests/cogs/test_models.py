"""Models of Midjourney: what a member sees of the table of models, and of what Midjourney itself refuses."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from playground.discord_server import Upload, media, texts, unsigned
from tests.cogs.all_kinds import FOX, HARE, newest_job, public_url, refusal
from tests.support.forms import filled
from tests.support.stage import Stage, ended, is_private, labels, picture

pytestmark = pytest.mark.asyncio(loop_scope="module")

REFUSED = "`--quality` is not compatible with `--version 8.2`"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared_stage(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    """A bot whose account is in remix mode, with a model that is not known."""
    async with Stage(tmp_path_factory.mktemp("bot"), imaginepro_remix=True) as stage:
        yield stage


async def test_an_omni_image_brings_its_version(stage: Stage) -> None:
    """Version 7 is added to the prompt, and every version of the reply says so."""
    done = await stage.finished("a fox with a friend", omni_image=Upload("mia.png", picture()), omni_weight=40)
    assert media(done)
    assert newest_job(stage).submitted["prompt"].endswith(" --ow 40 --v 7")
    note = "`--v 7` was added, because `--oref` works with version 7 only."
    assert [
        version for version in stage.channel.versions(done["id"]) if texts(version) and note not in texts(version)
    ] == []


async def test_what_midjourney_refuses_is_shown_in_its_words(stage: Stage) -> None:
    """A doubtful flag is sent with a note; the job is accepted and fails later, and the reply says what helps."""
    failed = await stage.finished("a fox in great detail", quality="2")
    job = newest_job(stage)
    assert (job.submitted["prompt"], job.error) == ("a fox in great detail --quality 2", f"Invalid parameter {REFUSED}")
    assert job.price == 10
    text = texts(failed).replace("\\", "")
    assert "`--quality 2` may fail with version 8.2 or 8.1. If it fails, use `--v 7` or leave it out." in text
    assert f"{REFUSED}. Leave the flag out, or choose another version" in text
    assert labels(failed) == ["Retry"]


async def test_retry_is_judged_again(stage: Stage) -> None:
    """Once the operator has named the account's model, Retry of a prompt that it does not know costs nothing."""
    failed = await stage.finished("a fox to retry", mode="turbo")
    stage.change(midjourney_version="8.2")
    await stage.restart()
    before = stage.posts()
    sentence = await stage.private_reply(await stage.mia.press(failed, label="Retry"))
    assert "`--turbo` works with version 7, 6.1, 6, niji 7 or niji 6, and version 8.2 paints this" in sentence
    assert "such as `--v 7`, or remove `--turbo`" in sentence
    assert "version 8.2 paints this unless you choose another" in await stage.refusal(prompt="a fox --stop 20")
    checked = await stage.mia.slash(stage.channel, "check", prompt="a fox --turbo")
    assert "`--turbo` works with" in await stage.private_reply(checked)
    assert stage.posts() == before
    stage.change(midjourney_version=None)
    await stage.restart()


async def test_forms_are_judged(stage: Stage) -> None:
    """Remix, V1 and Use as image prompt refuse what the model does not know, and give the words back."""
    grid = await stage.finished("a fox for the models")
    before = stage.posts()
    outcomes = [
        await stage.mia.context(grid, "Remix"),
        await stage.mia.press(grid, label="V1"),
        await stage.mia.context(grid, "Use as image prompt"),
    ]
    for outcome in outcomes:
        assert outcome.modal is not None
        sent = await stage.mia.submit(outcome.modal, filled(outcome.modal, prompt="cat::2 dog --v 8.2"))
        answer = await stage.private_reply(sent)
        assert "`::` between words works with version 6.1, 6 or niji 6, and version 8.2 would paint this." in answer
        assert "cat::2 dog" in answer.replace("\\", "")
    assert stage.posts() == before


async def test_edit_changes_the_attached_pictures(stage: Stage) -> None:
    """`--edit` sends the attached pictures and the address as those to change, and the result shows them."""
    den = public_url(stage, HARE)
    done = await stage.finished(
        "let it snow --v 8.2 --edit",
        image=Upload("fox.png", picture()),
        image2=Upload("owl.png", picture("blue")),
        image_url=den,
        quality="hd",
    )
    assert media(done)
    words, _, addresses = newest_job(stage).submitted["prompt"].partition(" --edit ")
    assert words == "let it snow --v 8.2"
    *pictures, hd = addresses.split()
    assert hd == "--hd"
    assert [unsigned(each).rpartition("/")[2] for each in pictures[:2]] == ["fox.png", "owl.png"]
    assert pictures[2:] == [den]


async def test_edit_with_midjourney(stage: Stage) -> None:
    """/edit offers Midjourney, which takes flags and up to four pictures."""
    outcome = await stage.mia.slash(
        stage.channel, "edit", prompt="make it night --ar 3:2", image1=FOX, image2=HARE, model="midjourney"
    )
    assert media(await outcome.wait_for(ended))
    job = newest_job(stage)
    assert job.kind == "imagine"
    words, _, rest = job.submitted["prompt"].partition(" --edit ")
    assert (words, rest.split()[2:]) == ("make it night --ar 3:2", ["--v", "8.2"])
    names = ("image1", "image2", "image3", "image4", "image5")
    five = {name: Upload(f"{name}.png", picture()) for name in names}
    assert "`--edit` takes 4 pictures at most" in await refusal(stage, "edit", prompt="a", model="midjourney", **five)


async def test_a_question_names_the_notes(stage: Stage) -> None:
    """What is confirmed first says what was added; the jobs' replies say it too."""
    fox = public_url(stage, FOX)
    outcome = await stage.mia.slash(stage.channel, "imagine", prompt=f"a {{sly, shy}} pal --cref {fox}")
    asked = await outcome.wait_for(lambda message: is_private(message) and "Confirm" in labels(message))
    note = "`--v 6.1` was added, because `--cref` works with version 6.1, 6 and niji 6 only."
    assert texts(asked).count(note) == 1
    before = len(stage.api.jobs)
    await stage.mia.press(asked, label="Confirm")
    await stage.wait_until(lambda: len(stage.api.jobs) == before + 2)
    await stage.all_delivered()
    shown = [each for each in stage.channel.messages.values() if each.interaction_id != outcome.id]
    replies = [texts(each.message) for each in shown if " pal** " in texts(each.message)]
    assert len(replies) == 2
    assert [reply for reply in replies if note not in reply] == []
