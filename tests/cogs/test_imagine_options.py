"""The options of /imagine: flags, autocomplete and image prompts."""

from typing import Any

import pytest

from playground.discord_server import Upload, unsigned
from tests.support.stage import Stage, ended, picture

pytestmark = pytest.mark.asyncio(loop_scope="module")

OPTIONS = {
    "aspect": ("16:9", "--ar 16:9"),
    "version": ("niji 6", "--niji 6"),
    "stylize": (250, "--stylize 250"),
    "chaos": (20, "--chaos 20"),
    "weird": (500, "--weird 500"),
    "quality": ("0.5", "--quality 0.5"),
    "seed": (1234, "--seed 1234"),
    "raw": (True, "--raw"),
    "tile": (True, "--tile"),
    "no": ("text, people", "--no text, people"),
    "mode": ("turbo", "--turbo"),
}
LIMITS = {
    "stylize": (0, 1000),
    "chaos": (0, 100),
    "weird": (0, 3000),
    "seed": (0, 4294967295),
}
REFERENCES = (("style", "sref", "sw", "7"), ("character", "cref", "cw", "6.1"), ("omni", "oref", "ow", "7"))


async def sent_prompt(stage: Stage, prompt: str, **options: Any) -> str:
    """The prompt of the job at the API."""
    before = set(stage.api.jobs)
    await (await stage.imagine(prompt, **options)).wait_for(ended)
    [job] = [job for job_id, job in stage.api.jobs.items() if job_id not in before]
    return job.submitted["prompt"]


async def test_every_option_becomes_its_flag(stage: Stage) -> None:
    """All options together become Midjourney flags after the words."""
    prompt = await sent_prompt(stage, "a red fox", **{name: value for name, (value, _) in OPTIONS.items()})
    assert prompt == " ".join(["a red fox", *(flag for _, flag in OPTIONS.values())])


@pytest.mark.parametrize(("option", "value", "flag"), [(name, *pair) for name, pair in OPTIONS.items()])
async def test_an_option_alone_is_the_only_flag(stage: Stage, option: str, value: Any, flag: str) -> None:
    """A single option adds only its own flag."""
    assert await sent_prompt(stage, "a red fox", **{option: value}) == f"a red fox {flag}"


@pytest.mark.parametrize("limit", [0, 1])
async def test_range_limits_are_accepted(stage: Stage, limit: int) -> None:
    """The lowest and highest value of each range are sent."""
    values = {name: pair[limit] for name, pair in LIMITS.items()}
    prompt = await sent_prompt(stage, "a fox at the edge", **values)
    assert all(f"--{name} {value}" in prompt for name, value in values.items())


async def test_typed_flags_win_over_options(stage: Stage) -> None:
    """A typed flag, in any spelling, replaces its option and keeps the others."""
    typed = "a red fox --ar 2:3 --s 50 --relax --v 6.1"
    prompt = await sent_prompt(stage, typed, aspect="16:9", stylize=900, mode="turbo", version="niji 6", chaos=5)
    assert prompt == "a red fox --ar 2:3 --stylize 50 --relax --v 6.1 --chaos 5"


async def test_job_is_sent_with_its_own_id_and_time_limit(stage: Stage) -> None:
    """A job is sent with its id in the store, to find it again, and its time limit."""
    await stage.finished("a fox with a reference")
    [job] = stage.submissions("a fox with a reference")
    assert job.submitted["timeout"] == 900
    assert await stage.store.get(job.submitted["ref"]) is not None


async def test_attached_picture_starts_the_prompt(stage: Stage) -> None:
    """An attachment's address comes before the words and its weight after them."""
    prompt = await sent_prompt(stage, "a fox like this", image=Upload("fox.png", picture()), image_weight=1.5)
    address, _, rest = prompt.partition(" ")
    assert address.startswith(f"{stage.discord.url}/attachments/")
    assert unsigned(address).endswith("/fox.png")
    assert rest == "a fox like this --iw 1.5"


async def test_picture_address_starts_the_prompt(stage: Stage) -> None:
    """A picture's address, as an option or typed first, comes before the words."""
    address = stage.discord.core.files.keep("shared", Upload("fox.png", picture("blue")))["url"]
    assert await sent_prompt(stage, "a blue fox", image_url=address) == f"{address} a blue fox"
    assert await sent_prompt(stage, f"{address} a blue fox") == f"{address} a blue fox"
    other = stage.discord.core.files.keep("shared", Upload("hare.png", picture()))["url"]
    both = await sent_prompt(stage, "a blue fox", image_url=f"{address} {other}")
    assert both == f"{address} {other} a blue fox"


async def test_several_pictures_start_the_prompt(stage: Stage) -> None:
    """Attachments come first in their order, then the address, with one weight for all."""
    address = stage.discord.core.files.keep("shared", Upload("den.png", picture("blue")))["url"]
    pictures = {name: Upload(f"{name}.png", picture()) for name in ("image3", "image", "image2")}
    prompt = await sent_prompt(stage, "a fox like these", **pictures, image_url=address, image_weight=1)
    *addresses, rest = prompt.split(" ", 4)
    assert [unsigned(each).rpartition("/")[2] for each in addresses] == [
        "image.png",
        "image2.png",
        "image3.png",
        "den.png",
    ]
    assert rest == "a fox like these --iw 1"


@pytest.mark.parametrize(("kind", "flag", "weight", "version"), REFERENCES)
async def test_a_reference_follows_the_words_with_its_weight(
    stage: Stage, kind: str, flag: str, weight: str, version: str
) -> None:
    """A reference's address follows its flag, with its weight last."""
    options = {f"{kind}_image": Upload("mia.png", picture()), f"{kind}_weight": 40, "version": version}
    prompt = await sent_prompt(stage, "a fox like this", **options)
    assert prompt.startswith(f"a fox like this --v {version} --{flag} {stage.discord.url}/attachments/")
    assert "/mia.png?ex=" in prompt
    assert prompt.endswith(f"& --{weight} 40")


async def test_a_typed_style_wins_over_the_attached_one(stage: Stage) -> None:
    """A typed style code replaces the attached style and keeps the weight."""
    style = Upload("style.png", picture())
    assert (
        await sent_prompt(stage, "a fox --sref 1234", style_image=style, style_weight=5) == "a fox --sref 1234 --sw 5"
    )


async def test_aspects_are_suggested_while_typing(stage: Stage) -> None:
    """Autocomplete offers common ratios, filters them, and offers any valid ratio."""

    async def offered(typed: str) -> list[str]:
        choices = await stage.mia.autocomplete(stage.channel, "imagine", "aspect", typed, prompt="a fox")
        assert len(choices) <= 25
        return [choice["value"] for choice in choices]

    assert {"1:1", "16:9", "9:16"} <= set(await offered(""))
    assert "16:9" in await offered("16")
    assert await offered("wide") == ["16:9"]
    assert await offered("17:13") == ["17:13"]
    assert await offered("no ratio") == []


async def test_versions_are_suggested_while_typing(stage: Stage) -> None:
    """Autocomplete finds versions by number and by name."""

    async def offered(typed: str) -> list[str]:
        return [choice["value"] for choice in await stage.mia.autocomplete(stage.channel, "imagine", "version", typed)]

    assert (await offered(""))[0] == "8.2"
    assert "6.1" in await offered("6")
    assert "niji 6" in await offered("anime")
    assert await offered("9") == ["9"]


async def test_works_in_direct_messages(stage: Stage) -> None:
    """/imagine works in direct messages."""
    outcome = await stage.mia.slash(stage.mia.dm, "imagine", prompt="a private fox")
    done = await outcome.wait_for(ended)
    assert len(done["components"][0]["components"]) == 5
