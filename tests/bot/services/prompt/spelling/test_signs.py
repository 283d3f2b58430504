"""The signs that count as ASCII ones."""

import unicodedata

import pytest

from bot.services.prompt.spelling.signs import (
    COLONS,
    COMMAS,
    DASHES,
    LOOSE_DASHES,
    ascii_form,
    option_value,
    plain_list,
    with_plain_weights,
)

_ALL = [chr(code) for code in range(0x110000)]


def test_all_dashes_of_unicode_count() -> None:
    """Every character of the category of dashes counts, and the mathematical minus signs do."""
    dashes = {char for char in _ALL if unicodedata.category(char) == "Pd"}
    assert dashes | set("\u2212\u207b\u208b\u2043\u02d7") <= set(DASHES + LOOSE_DASHES)
    assert not set(DASHES) & set(LOOSE_DASHES)


def test_all_commas_of_unicode_count() -> None:
    """Every punctuation mark that is called a comma counts, except those of sign writing."""
    named = {c for c in _ALL if unicodedata.category(c) == "Po" and unicodedata.name(c, "").endswith(" COMMA")}
    assert named - {"\U0001da87"} <= set(COMMAS)


def test_all_colons_of_unicode_count() -> None:
    """Every punctuation mark that is called a colon counts, except those of dead scripts, and the ratio sign does."""
    named = {c for c in _ALL if unicodedata.category(c) == "Po" and unicodedata.name(c, "").endswith(" COLON")}
    dead = {c for c in named if unicodedata.name(c).startswith(("SYRIAC", "CUNEIFORM", "SIGNWRITING"))}
    assert (named - dead) | set("\u2236\ua789") <= set(COLONS)


@pytest.mark.parametrize("sign", [*DASHES, *COLONS, *COMMAS])
def test_a_sign_has_its_ascii_form(sign: str) -> None:
    """Each sign becomes a hyphen, a colon or a comma."""
    assert ascii_form(sign) in {"-", ":", ","}


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("１６：９", "16:9"),
        (" “16:9”. ", "16:9"),
        ("16 : 9", "16:9"),
        ("16\u3000∶ 9", "16:9"),
        ("١٦:٩", "16:9"),
        ("ＲＡＷ", "RAW"),
        ("−5", "-5"),
        (".5", ".5"),
        ("niji\u00a06", "niji 6"),
        ("𝟲", "6"),
    ],
)
def test_values_of_options(typed: str, value: str) -> None:
    """Full-width and other digits, quotation marks and torn colons are read as they were meant."""
    assert option_value(typed) == value


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("cat：：2 dog：：−1", "cat::2 dog::-1"),
        ("cat：：２．５", "cat::2.5"),
        ("cat∷2 dog", "cat::2 dog"),
        ("猫：：狗", "猫::狗"),
        ("at 16：30，noted：fine", "at 16：30，noted：fine"),
        ("a:::b cat:: dog", "a:::b cat:: dog"),
    ],
)
def test_weights(typed: str, words: str) -> None:
    """The weights of parts are written in ASCII; other colons and digits stay."""
    assert with_plain_weights(typed) == words


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("“a， b”", "a, b"),
        ("文字、人物", "文字, 人物"),
        ("«a»", "a"),
        ("“'a'”", "a"),
        ("“a”, “b”", "“a”, “b”"),
        ("don't, can't", "don't, can't"),
        ('"', ""),
    ],
)
def test_lists(typed: str, words: str) -> None:
    """All commas separate, and quotation marks around the whole list are removed."""
    assert plain_list(typed) == words
    assert plain_list(words) == words
