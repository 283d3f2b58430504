"""The table of flags: what follows from it in the documentation and in /imagine."""

import re
from collections import Counter
from pathlib import Path

import pytest

from bot.services.prompt import VERSIONS, ImagineOptions, expand_prompt, limits, option_descriptions
from bot.services.prompt.flags.models import CURRENT, Answer, Model, answer, rows, values
from bot.services.prompt.flags.spec import FlagSpec
from bot.services.prompt.flags.table import FLAGS
from bot.services.prompt.options import OPTIONS
from cogs.imagine import Imagine

ROOT = Path(__file__).parents[5]
PAGES = [ROOT / "README.md", *(ROOT / "docs").glob("*.md"), *(ROOT / "bot" / "services" / "prompt").rglob("*.py")]
COMMANDS = Path(__file__).parents[5] / "docs" / "commands.md"
HEAD = "| Option | Flag | What it does |"
OWN = {"prompt", "boost", "image", "image2", "image3", "image_url"}
"""Options of /imagine that set no flag."""

NAMES = {"::": "`::` between words", "style": "`--style` cute, expressive, original, scenic"}
"""Rows of the table of models that need more than the flag's name."""

PICTURE = "https://a.example/b.png"
NEEDS = {
    "style": "--niji 6",
    "sw": "--sref 1",
    "cref": "--v 6",
    "cw": f"--v 6 --cref {PICTURE}",
    "ow": f"--oref {PICTURE}",
}
"""What has to be there besides the flag."""


def table_of(page: str) -> list[str]:
    """The rows of the page's table of flags."""
    _, _, table = page.partition(f"{HEAD}\n|---|---|---|\n")
    rows, _, _ = table.partition("\n\n")
    return rows.splitlines()


def documented(option: str | None, specs: list[FlagSpec]) -> str:
    """The row of the documentation for these flags."""
    spellings = [
        f"`--{spec.name}{f' {spec.example}' if spec.example else ''}`"
        + "".join(f", `--{alias}`" for alias in spec.aliases)
        for spec in specs
    ]
    return f"| {f'`{option}`' if option else ''} | {', '.join(spellings)} | {specs[0].description} |"


def test_the_documentation_follows_the_table() -> None:
    """Every flag that can be used has its row: first the options with their flags, then flags without an option."""
    without = [spec for spec in FLAGS if spec.option is None and spec.refusal is None]
    expected = [documented(option, specs) for option, specs in OPTIONS.items()]
    expected += [documented(None, [spec]) for spec in without]
    assert table_of(COMMANDS.read_text(encoding="utf-8")) == expected


def models_table() -> str:
    """The table of the documentation: a row for each flag, a column for each current model."""
    signs = {Answer.WORKS: "✓", Answer.DOUBTFUL: "?", Answer.FAILS: "–"}
    head = f"| Flag | {' | '.join(str(model).removeprefix('version ') for model in CURRENT)} |"

    def cell(flag: str, model: Model) -> str:
        sign = signs[answer(flag, "cute" if flag == "style" else None, model)]
        return values(flag, model) + ("" if sign == "✓" else f" {sign}") if values(flag, model) else sign

    lines = (
        f"| {NAMES.get(flag, f'`--{flag}`')} | {' | '.join(cell(flag, model) for model in CURRENT)} |"
        for flag in rows()
    )
    return "\n".join((head, "|---" * (len(CURRENT) + 1) + "|", *lines))


def test_the_documentation_shows_the_models() -> None:
    """The page has the table of models and flags."""
    assert models_table() in COMMANDS.read_text(encoding="utf-8")


def test_no_text_names_a_model_that_is_used_unasked() -> None:
    """Which model paints without a version changes: no label, description or page says which one it is."""
    texts = [choice.label for choice in VERSIONS] + [*option_descriptions().values()]
    texts += [line for page in PAGES for line in page.read_text(encoding="utf-8").splitlines()]
    claims = re.compile(
        r"(?:version|niji|v) ?[5-9](?:\.\d)?\b.{0,30}\bdefault|\bdefault\b.{0,30}(?:version|niji) ?[5-9]", re.IGNORECASE
    )
    assert [text for text in texts if claims.search(text)] == []


def test_every_option_of_imagine_is_in_the_table() -> None:
    """The command has the options of the table, with their descriptions and limits, and six of its own."""
    parameters = {parameter.name: parameter for parameter in Imagine.imagine.parameters}
    assert parameters.keys() - OWN == OPTIONS.keys()
    assert {option: str(parameters[option].description) for option in OPTIONS} == option_descriptions()
    ranged = {option for option, specs in OPTIONS.items() if specs[0].range is not None}
    found = {option: (parameters[option].min_value, parameters[option].max_value) for option in OPTIONS}
    assert found == {option: limits(option) if option in ranged else (None, None) for option in OPTIONS}


def test_names_are_used_once() -> None:
    """No two flags share a name or an alias."""
    names = Counter(name for spec in FLAGS for name in (spec.name, *spec.aliases))
    assert [name for name, count in names.items() if count > 1] == []


def test_descriptions_fit_discord() -> None:
    """At most 100 characters, with every placeholder filled in."""
    texts = [specs[0].description for specs in OPTIONS.values()]
    assert all(0 < len(text) <= 100 and "{" not in text and "None" not in text for text in texts)


def test_weights_belong_to_references() -> None:
    """What a flag weighs is a flag that names a kind of reference."""
    references = {spec.name for spec in FLAGS if spec.reference is not None}
    assert {spec.weighs for spec in FLAGS if spec.weighs is not None} == references


@pytest.mark.parametrize("spec", [spec for spec in FLAGS if spec.refusal is None], ids=lambda spec: spec.name)
def test_examples_are_understood(spec: FlagSpec) -> None:
    """The example of each flag is valid and is sent as it stands; `--repeat` is no part of what is sent."""
    flag = f"--{spec.name} {spec.example}".strip().replace("https://…", PICTURE)
    [prompt, *_] = expand_prompt(f"{PICTURE} fox {flag} {NEEDS.get(spec.name, '')}", ImagineOptions())
    assert {"repeat": "fox"}.get(spec.name, flag) in prompt.full


def test_an_option_without_a_flag_is_a_mistake_of_the_program() -> None:
    """A misspelt option does not get lost; an option without numbers has no limits."""
    with pytest.raises(TypeError, match="no flag belongs to stylise"):
        ImagineOptions(stylise=5)
    with pytest.raises(LookupError):
        limits("aspect")
