"""The choices in autocomplete lists."""

from hypothesis import given
from hypothesis import strategies as st

from bot.services.prompt import (
    ASPECT_RATIOS,
    QUALITIES,
    VERSIONS,
    ImagineOptions,
    compose_prompt,
    suggest_aspects,
    suggest_versions,
)


def test_every_choice_is_accepted() -> None:
    """Every offered choice is valid."""
    assert [compose_prompt("fox", ImagineOptions(aspect=c.value)).aspect for c in ASPECT_RATIOS] == [
        c.value for c in ASPECT_RATIOS
    ]
    assert all(compose_prompt("fox", ImagineOptions(version=c.value)).flags for c in VERSIONS)
    assert all(compose_prompt("fox", ImagineOptions(quality=c.value)).flags for c in QUALITIES)


def test_empty_text_suggests_the_whole_list() -> None:
    """Without typed text the whole lists are suggested."""
    assert suggest_aspects("") == list(ASPECT_RATIOS)
    assert suggest_versions("") == list(VERSIONS)


def test_suggestions_follow_what_is_typed() -> None:
    """Suggestions are found by numbers, words and other separators."""
    assert suggest_aspects("16x9")[0].value == suggest_aspects("１６：９")[0].value == "16:9"
    assert suggest_aspects("cinema")[0].value == "21:9"
    assert suggest_aspects("37:20")[0].value == "37:20"
    assert [choice.value for choice in suggest_versions("niji")] == ["niji 7", "niji 6", "niji 5", "niji 4"]
    assert suggest_versions("6")[0].value == "6"
    assert [choice.value for choice in suggest_versions("8")] == ["8.2", "8.1"]
    assert suggest_versions("9")[0].value == suggest_versions("９")[0].value == "9"
    assert suggest_aspects("nothing like it") == []


@given(st.text())
def test_suggestions_fit_discord_and_are_accepted(typed: str) -> None:
    """For any text, suggestions are valid and keep Discord's limits."""
    aspects, versions = suggest_aspects(typed), suggest_versions(typed)
    assert max(len(aspects), len(versions)) <= 25
    assert all(0 < len(c.value) <= len(c.label) <= 100 for c in (*aspects, *versions))
    assert all(compose_prompt("fox", ImagineOptions(aspect=c.value)).aspect == c.value for c in aspects)
    assert all(compose_prompt("fox", ImagineOptions(version=c.value)).flags for c in versions)
