"""Secrets in texts: every spelling that a log line may have is found, and ordinary words stay."""

import json
from html import escape
from urllib.parse import quote, quote_plus

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from bot.redaction import HIDDEN, MIN_SECRET, Redactor

SECRETS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=MIN_SECRET, max_size=30)
ODD = ['pa"ss\\word', "naïve-🦊-key", "it's a\ttab", "a&b=c%20d", "back\\\\slash/", "new\nline<br>"]


def spellings(secret: str) -> list[str]:
    """The ways in which libraries write a text into a line."""
    once = [
        secret,
        json.dumps(secret)[1:-1],
        orjson.dumps(secret).decode()[1:-1],
        repr(secret)[1:-1],
        ascii(secret)[1:-1],
        # With both kinds of quotes in it, repr escapes one of them.
        repr(secret + "'\"")[1:-1].removesuffix("\\'\""),
        quote(secret, safe=""),
        quote(secret),
        quote_plus(secret),
        quote(secret, safe="").lower() if secret.islower() else secret,
        str(URL.build(scheme="http", host="h", query={"x": secret})).partition("?x=")[2],
        escape(secret),
    ]
    return once + [json.dumps(json.dumps(each)[1:-1])[1:-1] for each in once]


@pytest.mark.parametrize("secret", ODD)
def test_every_spelling_is_found(secret: str) -> None:
    """As it stands, escaped once or twice, percent-encoded."""
    redact = Redactor([secret])
    for spelled in spellings(secret):
        assert redact(f'{{"a": "x {spelled} y"}}') == f'{{"a": "x {HIDDEN} y"}}', spelled


@given(SECRETS)
def test_every_spelling_of_any_secret_is_found(secret: str) -> None:
    """No character has a spelling that hides it."""
    redact = Redactor([secret])
    for spelled in spellings(secret):
        assert HIDDEN in redact(f"x={spelled}"), spelled
        assert redact.finds_any(spelled)


def test_a_secret_within_another() -> None:
    """The longer one is replaced as a whole, and both are found on their own."""
    redact = Redactor(["secret", "secret-and-more"])
    assert redact("secret-and-more, secret") == f"{HIDDEN}, {HIDDEN}"


@pytest.mark.parametrize("short", ["a", "x", "pw", "bot"])
def test_a_short_secret_is_hidden_only_where_a_password_stands(short: str) -> None:
    """Elsewhere it is a part of ordinary words."""
    redact = Redactor([short])
    plain = f"a bot that waxes, {short} and {short}{short}: x=pw, mode={short}"
    assert redact(plain) == plain
    assert redact(f"postgresql://bot:{short}@host/db") == f"postgresql://bot:{HIDDEN}@host/db"
    assert redact(f"postgresql://h/db?password={short}&x=1") == f"postgresql://h/db?password={HIDDEN}&x=1"
    assert redact(f"Password={short}") == f"Password={HIDDEN}"


def test_without_secrets_nothing_changes() -> None:
    """Empty ones do not count."""
    assert Redactor(["", ""])("a line") == "a line"
    assert not Redactor([]).finds_any("a line")


def test_a_long_line_of_backslashes_is_searched_in_linear_time() -> None:
    """A secret of escaped characters does not make the search explode."""
    assert Redactor(["\\\"\\'\\\\\"'\\x"])("\\" * 20_000) == "\\" * 20_000
