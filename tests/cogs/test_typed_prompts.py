"""Prompts as people type them, through every way in: commands, options, forms, alternatives, the API's own words."""

from typing import Any

import pytest

from playground.discord_server import Upload, media, texts
from playground.discord_server.members.driver import Modal, Outcome
from tests.cogs.all_kinds import FOX, newest_job, public_url, refusal, submitted_body, use_command
from tests.support.forms import filled, prefilled
from tests.support.stage import Stage, ended, is_private, labels, picture

pytestmark = pytest.mark.asyncio(loop_scope="module")


def modal_of(outcome: Outcome) -> Modal:
    """The opened modal."""
    assert outcome.modal is not None, outcome.message
    return outcome.modal


@pytest.mark.parametrize(
    "typed",
    [
        "{fox}, a red fox",
        "{fox}，a red fox",
        "({fox}) a red fox",
        "<{fox}>. a red fox",
        "“{fox}”: a red fox",
        "[fox.png]({fox}) a red fox",
        "**{fox}** a red fox",
    ],
)
async def test_url_with_punctuation_behind_it_is_used(stage: Stage, typed: str) -> None:
    """The picture at a URL is used with any punctuation and markdown around the URL."""
    fox = public_url(stage, FOX)
    done = await stage.finished(typed.format(fox=fox))
    assert media(done)
    assert newest_job(stage).submitted["prompt"] == f"{fox} a red fox"


async def test_urls_that_stick_together_are_both_used(stage: Stage) -> None:
    """Two URLs without a space between them are two pictures."""
    fox, owl = (public_url(stage, Upload(f"{name}.png", picture(name))) for name in ("red", "green"))
    assert media(await stage.finished(f"{fox},{owl} two animals"))
    assert newest_job(stage).submitted["prompt"] == f"{fox} {owl} two animals"


@pytest.mark.parametrize(
    "typed",
    [
        "a wide fox －ar 16：9",
        "a wide fox — ar 16:9",
        "a wide fox－－ar 16：9",
        "hxxps://h.example/a.png a wide fox",
        "h.example/a.png a wide fox",
        "https://h.example/a.png,fox in snow",
        "a wide fox like (https://h.example/a.png)",
    ],
)
async def test_doubt_costs_nothing(stage: Stage, typed: str) -> None:
    """What may be a flag, a URL or words is asked about privately before anything is sent."""
    assert "`" in await stage.refusal(prompt=typed)


@pytest.mark.parametrize("typed", ["－－ar 16：9", "−−ar 16:9", "- -ar 16 :9", "—ar=16:9", "--AR１６:９，"])
async def test_flag_is_sent_as_midjourney_reads_it(stage: Stage, typed: str) -> None:
    """A flag in any spelling is sent in ASCII."""
    await stage.finished(f"一只狐狸 {typed}")
    assert newest_job(stage).submitted["prompt"] == "一只狐狸 --ar 16:9"


async def test_options_take_the_same_signs(stage: Stage) -> None:
    """Options are read like typed flags."""
    options: dict[str, Any] = {
        "aspect": "１６：９",
        "version": "ｖ７",
        "no": "“文字、人物”",
        "image_url": f"({public_url(stage, FOX)}),",
    }
    await (await stage.imagine("a fox by options", **options)).wait_for(ended)
    sent = newest_job(stage).submitted["prompt"]
    assert sent.endswith("a fox by options --ar 16:9 --v 7 --no 文字, 人物")
    assert "(" not in sent
    assert "words only" in await stage.refusal(prompt="a fox", no="dogs －－tile")


@pytest.mark.parametrize(
    ("command", "prompt"),
    [
        ("edit", "make it wide －－ar 3：2"),
        ("edit", "make it so －no text"),
        ("edit", "make it so -\ufe0f-\ufe0ftile"),
        ("video", "a jump ﹣﹣v 7"),
        ("video", "a jump - -v 7"),
        ("flux", "a paper fox －－stylize 100"),
        ("flux", "a paper fox －ar 3：2"),
        ("zimage", "a paper fox ーーv 7"),
    ],
)
async def test_other_models_refuse_flags_of_any_spelling(stage: Stage, command: str, prompt: str) -> None:
    """Where flags are not allowed, no spelling of one is paid for as words."""
    assert "a flag of Midjourney, which" in await refusal(stage, command, prompt=prompt)


async def test_other_models_take_the_ratio_in_any_spelling(stage: Stage) -> None:
    """FLUX gets a typed ratio as its own field."""
    outcome = await use_command(stage, "flux", prompt="a paper fox －－ar 2：3", width=None, height=None)
    await outcome.wait_for(ended)
    assert submitted_body(stage)["aspect_ratio"] == "2:3"
    assert submitted_body(stage)["prompt"] == "a paper fox"


async def test_forms_read_the_same(stage: Stage) -> None:
    """Remix and Use as image prompt read what is written in them like /imagine."""
    done = await stage.finished("a fox for the forms")
    modal = modal_of(await stage.mia.context(done, "Remix"))
    await (await stage.mia.submit(modal, filled(modal, prompt="a form fox －－ar 3：2"))).wait_for(ended)
    assert newest_job(stage).submitted["prompt"] == "a form fox --ar 3:2"
    modal = modal_of(await stage.mia.context(done, "Use as image prompt"))
    await (await stage.mia.submit(modal, filled(modal, prompt="a form owl - -ar 3 :2"))).wait_for(ended)
    assert newest_job(stage).submitted["prompt"].endswith(" a form owl --ar 3:2")


async def test_alternatives_with_full_width_signs(stage: Stage) -> None:
    """Full-width braces and commas make several jobs, which are confirmed first."""
    before = len(stage.api.jobs)
    outcome = await stage.mia.slash(stage.channel, "imagine", prompt="a {ruby，jade、amber} fox －－ar 3：2")
    asked = await outcome.wait_for(lambda message: is_private(message) and "Confirm" in labels(message))
    assert "**3 jobs** for **30 credits** in all" in texts(asked)
    assert len(stage.api.jobs) == before
    await stage.mia.press(asked, label="Confirm")
    await stage.wait_until(lambda: len(stage.api.jobs) == before + 3)
    sent = [job.submitted["prompt"] for job in [*stage.api.jobs.values()][before:]]
    assert sorted(sent) == [f"a {stone} fox --ar 3:2" for stone in ("amber", "jade", "ruby")]


@pytest.mark.parametrize(
    ("prompt", "sentence"),
    [
        ("a {priced fox --relax, priced owl}", "This starts **2 jobs** for **15 credits** in all."),
        ("a {priced fox --turbo, priced owl}", "This starts **2 jobs**, which may cost credits."),
    ],
)
async def test_price_is_named_where_known(stage: Stage, prompt: str, sentence: str) -> None:
    """The confirmation adds up the known prices; turbo's is not published."""
    outcome = await stage.mia.slash(stage.channel, "imagine", prompt=prompt)
    asked = await outcome.wait_for(lambda message: is_private(message) and "Confirm" in labels(message))
    assert texts(asked).splitlines()[0] == sentence


async def test_longer_prompt_is_never_read_as_flags(stage: Stage) -> None:
    """Flags, braces and URLs that the API wrote are words: the form shows them so and can be sent unchanged."""
    stage.api.faults.choose("flags-in-longer-prompt")
    outcome = await stage.mia.slash(stage.channel, "enhance", prompt="a modest fox --relax")
    shown = await outcome.wait_for(lambda message: is_private(message) and "Free." in texts(message))
    modal = modal_of(await stage.mia.press(shown, label="Imagine"))
    written = prefilled(modal, "Prompt")
    assert written.startswith("a modest fox, ")
    assert written.endswith("soft light, raw emotion, dreamy, no fear, (calm, wild), see, turbo --relax")
    done = await (await stage.mia.submit(modal, {})).wait_for(ended)
    assert media(done)
    assert newest_job(stage).submitted["prompt"] == written
