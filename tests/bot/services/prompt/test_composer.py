"""Every prompt is made by the composer, which knows the account's model."""

import ast
from pathlib import Path

import pytest

from bot.services.prompt import Composer
from bot.services.prompt.rules import Refusal

ROOT = Path(__file__).parents[4]
BARE = {"compose_prompt", "composed", "described_prompt", "enhanced_prompt", "expand_prompt"}
"""Functions that make prompts without the account's model."""


def test_each_way_to_a_prompt_follows_the_account_s_model() -> None:
    """One job, several jobs, a description and a longer version."""
    composer = Composer("8.2")
    with pytest.raises(Refusal, match="paints this unless"):
        composer.composed("a fox --turbo")
    with pytest.raises(Refusal, match="paints this unless"):
        composer.expanded("a {red, blue} fox --turbo")
    assert composer.described("a fox --turbo --ar 3:2").full == "a fox, turbo --ar 3:2"
    before = Composer().composed("a fox --oref https://a.example/b.png")
    longer = composer.enhanced("a large fox", before)
    assert (longer.full, longer.notes) == ("a large fox --oref https://a.example/b.png --v 7", before.notes)


def test_nothing_else_makes_prompts() -> None:
    """No cog, button or service outside the prompts' own package imports what makes them without a model."""
    files = [path for folder in ("bot", "cogs") for path in (ROOT / folder).rglob("*.py")]
    found = [
        f"{path.relative_to(ROOT)}: {name.name}"
        for path in files
        if "prompt" not in path.relative_to(ROOT).parent.parts
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("bot.services.prompt")
        for name in node.names
        if name.name in BARE
    ]
    assert found == []
