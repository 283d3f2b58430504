"""/flux and /zimage: sizes, number of pictures and file formats."""

from typing import Any

import pytest

from playground.discord_server import Refused, media, texts, unsigned
from tests.cogs.all_kinds import finished, newest_job, open_picture, refusal, submitted_body, use_command
from tests.support.stage import Stage

pytestmark = pytest.mark.asyncio(loop_scope="module")

UNSIZED: dict[str, Any] = {"width": None, "height": None}
SIZES: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "nothing": ("flux", {}, {}),
    "shape with a name": ("flux", {"aspect": "3:2"}, {"aspect_ratio": "3:2"}),
    "shape in other numbers": ("flux", {"aspect": "1920:1080"}, {"aspect_ratio": "16:9"}),
    "shape without a name": ("flux", {"aspect": "7:4"}, {"width": 1024, "height": 584}),
    "sides": ("flux", {"width": 264, "height": 128}, {"width": 264, "height": 128}),
    "one side": ("flux", {"width": 264}, {"width": 264}),
    "typed flag": ("flux", {"prompt": "a paper fox --ar 2:3"}, {"aspect_ratio": "2:3"}),
    "flag from a phone": ("flux", {"prompt": "a paper —ar 2:3 fox"}, {"aspect_ratio": "2:3"}),
    "flag against option": ("flux", {"prompt": "a paper fox --aspect=2:3", "aspect": "1:1"}, {"aspect_ratio": "2:3"}),
    "small by Z-Image": ("zimage", {"width": 128, "height": 64}, {"width": 128, "height": 64}),
    "wide by Z-Image": ("zimage", {"aspect": "16:9"}, {"width": 1024, "height": 576}),
    "tall by Z-Image": ("zimage", {"prompt": "a paper fox --ar 1:14"}, {"width": 72, "height": 1024}),
    "usual by Z-Image": ("zimage", {}, {}),
}


@pytest.mark.parametrize(("command", "options", "sent"), SIZES.values(), ids=SIZES)
async def test_size_is_sent_in_the_api_format(
    stage: Stage, command: str, options: dict[str, Any], sent: dict[str, Any]
) -> None:
    """The size is sent as a named ratio where one exists, else as width and height, and never in the prompt."""
    done = await finished(stage, command, **(UNSIZED | options))
    usual = {"n": 1} if command == "flux" else {"steps": 4}
    assert submitted_body(stage) == {"prompt": "a paper fox"} | usual | sent
    assert "**a paper fox**" in texts(done)
    picture = await open_picture(media(done)[0])
    if "width" in sent and "height" in sent:
        assert picture.size == (sent["width"], sent["height"])


@pytest.mark.parametrize("form", ["png", "webp", "jpg"])
async def test_several_pictures_are_one_gallery(stage: Stage, form: str) -> None:
    """Four pictures in the chosen format are shown in order, each with alt text and a link to its original."""
    before = stage.api.credits
    done = await finished(stage, "flux", count=4, format=form, quality=60, model="flux-1.1-pro")
    assert submitted_body(stage)["output_quality"] == "60"
    assert before - stage.api.credits == 24
    assert "24 credits" in texts(done)
    assert [unsigned(item["url"]).rpartition("/")[2] for item in media(done)] == [
        f"picture-{n}.{form}" for n in range(1, 5)
    ]
    assert {item["description"] for item in media(done)} == {"FLUX: Picture made from the prompt: a paper fox"}
    for place, url in enumerate(newest_job(stage).outcome["images"], 1):
        assert f"[original {place}](<{url}>)" in texts(done)


async def test_several_missing_files_are_counted(stage: Stage) -> None:
    """When the files are missing, the reply says how many."""
    stage.api.faults.choose("picture-gone")
    done = await finished(stage, "flux", count=3)
    assert "3 of 3 pictures can no longer be downloaded." in texts(done)


async def test_prompt_is_sent_as_shown(stage: Stage) -> None:
    """The prompt is sent without invisible characters and shown with its markdown escaped."""
    done = await finished(stage, "flux", prompt="a hid\u200bden\u2060 @everyone *fox* a-b -- c")
    assert submitted_body(stage)["prompt"] == "a hidden @everyone *fox* a-b -- c"
    assert done["mentions"] == []
    assert done["mention_everyone"] is False
    assert "\\*fox\\*" in texts(done)


MISTAKES: dict[str, tuple[dict[str, Any], str]] = {
    "blank prompt": ({"prompt": " \u200b "}, "Describe the picture in a few words"),
    "only a flag": ({"prompt": "--ar 3:2"}, "Describe the picture in a few words"),
    "long prompt": ({"prompt": "x" * 3000}, "3000 characters long; 2048 is the most. Shorten it by 952."),
    "flag of Midjourney": ({"prompt": "a fox --stylize 5"}, "`--stylize` is a flag of Midjourney, which"),
    "unknown flag": ({"prompt": "a fox --fo`x"}, "which {model} does not know. Remove it, or use /imagine."),
    "shape without a value": ({"prompt": "a fox --ar"}, "`--ar` needs a value after it, such as `--ar 16:9`"),
    "shape without sense": ({"prompt": "a fox --ar wide"}, "not `wide`"),
    "shape twice": ({"prompt": "a fox --ar 3:2 --aspect 2:3"}, "`--ar` is there twice"),
    "option without sense": ({"aspect": "wide"}, "`aspect` takes width to height, such as `16:9`"),
    "option too narrow": ({"aspect": "1:15"}, "Neither side may be more than 14 times the other"),
    "shape and side": ({"aspect": "3:2", "width": 128}, "Give either a shape (`aspect` or `--ar`) or `width`"),
    "flag and side": ({"prompt": "a fox --ar 3:2", "height": 128}, "not both"),
    "odd width": ({"width": 100}, "`width` has to be a multiple of 8, such as 96 or 104."),
    "odd height": ({"height": 1004}, "`height` has to be a multiple of 8, such as 1000 or 1008."),
}


@pytest.mark.parametrize(("command", "model"), [("flux", "FLUX"), ("zimage", "Z-Image")])
@pytest.mark.parametrize(("options", "sentence"), MISTAKES.values(), ids=MISTAKES)
async def test_mistake_is_explained_to_the_member_alone(
    stage: Stage, command: str, model: str, options: dict[str, Any], sentence: str
) -> None:
    """Each mistake is explained privately and starts no job."""
    assert sentence.format(model=model) in await refusal(stage, command, **(UNSIZED | options))


@pytest.mark.parametrize(
    ("command", "option", "value"),
    [
        ("flux", "count", 0),
        ("flux", "count", 5),
        ("flux", "width", 2056),
        ("flux", "height", 0),
        ("flux", "quality", 101),
        ("flux", "quality", -1),
        ("flux", "format", "gif"),
        ("flux", "model", "flux-schnell"),
        ("flux", "prompt", ""),
        ("zimage", "width", 1032),
        ("zimage", "height", -8),
        ("zimage", "prompt", ""),
    ],
)
async def test_impossible_values_are_refused_by_discord(stage: Stage, command: str, option: str, value: Any) -> None:
    """Discord refuses values outside the command's ranges and choices."""
    with pytest.raises(Refused):
        await use_command(stage, command, **{option: value})


@pytest.mark.parametrize("command", ["flux", "zimage"])
async def test_shapes_are_suggested(stage: Stage, command: str) -> None:
    """Autocomplete filters the ratios by what is typed and offers any other valid ratio."""
    choices = await stage.mia.autocomplete(stage.channel, command, "aspect", "16", prompt="a fox")
    assert choices[0] == {"name": "16:9 · wide screen", "value": "16:9"}
    [own] = await stage.mia.autocomplete(stage.channel, command, "aspect", "5x3", prompt="a fox")
    assert own["value"] == "5:3"
