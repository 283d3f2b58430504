"""URLs in typed text, and where they end."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.services.prompt import PromptError, clean_text, read_address
from bot.services.prompt.spelling.addresses import (
    is_address,
    refuse_almost_addresses,
    separated,
    without_addresses,
)

FOX, OWL = "https://h.example/fox.png", "https://h.example/owl.png"
DISCORD = "https://cdn.discordapp.com/attachments/1/2/fox.png?ex=6720&is=671f&hm=0a9b&"
URLS = st.sampled_from(
    (
        FOX,
        DISCORD,
        "http://127.0.0.1:8080/a_(1).webp",
        "https://h.example/a/b,c;d=1/e.jpg?x=1&y=(2)#z",
        "https://狐.例/a",
    )
)
BEHIND = st.sampled_from((*",.!?;:…，。！？；：、」)）]”>*\"'", "**", "?!"))


@pytest.mark.parametrize(
    ("typed", "tokens"),
    [
        (f"{FOX}, a fox", [FOX, "a", "fox"]),
        (f"{FOX}，一只狐狸", [FOX, "一只狐狸"]),
        (f"{FOX}一只狐狸", [FOX, "一只狐狸"]),
        (f"{FOX}🦊", [FOX, "🦊"]),
        (f"({FOX}) a fox", [FOX, "a", "fox"]),
        (f"({FOX}, {OWL}) a fox", [FOX, OWL, "a", "fox"]),
        (f"<{FOX}>, a fox", [FOX, "a", "fox"]),
        (f"“{FOX}” a fox", [FOX, "a", "fox"]),
        (f"《{FOX}》狐", [FOX, "狐"]),
        (f"**{FOX}** a fox", [FOX, "a", "fox"]),
        (f"||{FOX}|| a fox", [FOX, "a", "fox"]),
        (f"_{FOX}_ a fox", [FOX, "a", "fox"]),
        (f"`{FOX}` a fox", [FOX, "a", "fox"]),
        (f"{FOX}{OWL} a fox", [FOX, OWL, "a", "fox"]),
        (f"{FOX},{OWL} a fox", [FOX, OWL, "a", "fox"]),
        (f"{FOX} , {OWL} | a", [FOX, OWL, "|", "a"]),
        (f"[a fox]({FOX}) in snow", [FOX, "a", "fox", "in", "snow"]),
        (f"![]({FOX}) in snow", [FOX, "in", "snow"]),
        (f"[{FOX}]({FOX}) in snow", [FOX, "in", "snow"]),
        (f'[fox.png]({FOX} "Fox") in snow', [FOX, "in", "snow"]),
        ("[x](https://h.example/a_(1).png)", ["https://h.example/a_(1).png", "x"]),
        (
            "a fox in [Kyoto](https://h.example/wiki), snow",
            ["a", "fox", "in", "[Kyoto](https://h.example/wiki),", "snow"],
        ),
        (f"a fox like [this]({OWL})", ["a", "fox", "like", OWL, "this"]),
        ("[page](https://h.example/view) a fox", ["https://h.example/view", "page", "a", "fox"]),
        (f"{DISCORD} a fox", [DISCORD, "a", "fox"]),
        (f"{DISCORD}, a fox", [DISCORD, "a", "fox"]),
        ("HTTPS://H.example/A.PNG fox", ["https://H.example/A.PNG", "fox"]),
        ("https：//h.example/fox.png，狐", [FOX, "狐"]),
        ("https:／／h.example/fox.png 狐", [FOX, "狐"]),
        (f"{FOX}--ar 16:9", [FOX, "--ar", "16:9"]),
        (f"{FOX}—a fox", [FOX, "—a", "fox"]),
        (f"--sref={FOX}、{OWL}", ["--sref=", FOX, OWL]),
        (f"{FOX}：：２, a", [f"{FOX}::2", "a"]),
        (f"{FOX}::-0.5 a", [f"{FOX}::-0.5", "a"]),
        (f"{FOX}:: a", [f"{FOX}::", "a"]),
        (f"a fox like {FOX}, in snow", ["a", "fox", "like", FOX, "in", "snow"]),
        (f"https://web.example/2020/{FOX} a", [f"https://web.example/2020/{FOX}", "a"]),
        (f"https://proxy.example/?url={FOX} a", [f"https://proxy.example/?url={FOX}", "a"]),
        ("https://h.example/狐（1）.png 狐", ["https://h.example/狐（1）.png", "狐"]),
        ("https://h.example/a--b.png x", ["https://h.example/a--b.png", "x"]),
        ("https://h.example/a.jpg!w500 x", ["https://h.example/a.jpg!w500", "x"]),
        ("https://h.example/a.png;v=2 x", ["https://h.example/a.png;v=2", "x"]),
        ("https://[::1]/a.png, x", ["https://[::1]/a.png", "x"]),
        ("poster for h.example, 8k/4k", ["poster", "for", "h.example,", "8k/4k"]),
    ],
)
def test_urls_are_separated(typed: str, tokens: list[str]) -> None:
    """A URL ends before punctuation, brackets and the next URL, and keeps its own."""
    assert separated(typed) == tokens


@pytest.mark.parametrize("mark", [",", ";"])
def test_a_word_that_sticks_to_a_url(mark: str) -> None:
    """Where the URL's end can't be known, the sentence quotes the URL that is probably meant."""
    with pytest.raises(PromptError) as caught:
        separated(f"{FOX}{mark}fox in snow")
    assert caught.value.text == (
        f"In `{FOX}{mark}fox` the URL and the next word stick together. "
        f"Put a space behind `{FOX}`, or attach the picture instead."
    )


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("hxxps://h.example/a.png a fox", "https://h.example/a.png"),
        ("hxxps[:]//h.example/a.png a fox", "https://h.example/a.png"),
        ("ttps://h.example/a.png", "https://h.example/a.png"),
        ("ｈｔｔｐｓ：／／h.example/a.png", "https://h.example/a.png"),
        ("ftp://h.example/a.png a fox", "https://h.example/a.png"),
        ("a fox, https: //h.example/a.png", "https://h.example/a.png"),
        ("https:/h.example/a.png", "https://h.example/a.png"),
        ("https//h.example/a.png", "https://h.example/a.png"),
        ("i.h.example/a.png a fox", "https://i.h.example/a.png"),
        ("a fox (h.example:8080/a.jpeg)", "https://h.example:8080/a.jpeg"),
    ],
)
def test_what_was_meant_as_a_url_is_refused(typed: str, meant: str) -> None:
    """What looks like a URL is refused with the URL that is probably meant."""
    with pytest.raises(PromptError, match="begins with `https://`") as caught:
        refuse_almost_addresses(typed.split())
    assert f"If you mean `{meant}" in caught.value.text
    assert "h.example" not in without_addresses(typed)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("https://h.example/my fox.png a fox", "https://h.example/my%20fox.png"),
        ("https://h.example/my red fox.png?x=1 a fox", "https://h.example/my%20red%20fox.png?x=1"),
    ],
)
def test_a_url_with_spaces(typed: str, meant: str) -> None:
    """A URL with spaces in its file name is refused with the spelling that works."""
    with pytest.raises(PromptError, match="looks like a URL with a space in it") as caught:
        refuse_almost_addresses(separated(typed))
    assert f"Write `{meant}`" in caught.value.text


@pytest.mark.parametrize("typed", ["and/or", "8k/4k", "h.example", "note: // x", "at 16:30/17:30", "a.b", "1/2.png"])
def test_words_are_no_urls(typed: str) -> None:
    """Words with dots, colons and slashes are words."""
    refuse_almost_addresses(typed.split())
    assert separated(typed) == typed.split()


@given(st.lists(URLS, min_size=1, max_size=3), BEHIND)
def test_punctuation_never_belongs_to_a_url(urls: list[str], behind: str) -> None:
    """URLs with any punctuation behind them are read as without it."""
    assert separated(f"{f'{behind} '.join(urls)}{behind} a fox") == [*urls, "a", "fox"]


@given(URLS, st.text(max_size=12))
def test_a_read_url_is_read_alike_again(url: str, behind: str) -> None:
    """With any text behind a URL the result is clean, and reading it again changes nothing."""
    try:
        tokens = separated(clean_text(url + behind))
    except PromptError:
        return
    for token in filter(is_address, tokens):
        assert separated(token) == [token]


@pytest.mark.parametrize("typed", [f"<{FOX}>", f"({FOX})", f" {FOX}. ", f"“{FOX}”", f"{FOX}，", f"HTTPS{FOX[5:]}"])
def test_an_option_with_a_url(typed: str) -> None:
    """An option takes its URL without what is around it."""
    assert read_address(typed) == FOX


@pytest.mark.parametrize(
    "typed", [f"{FOX} {OWL}", f"{FOX} a fox", "http://[::1]x/a.png", "https://xn--/a.png", f"{FOX}\u202e", "fox.png"]
)
def test_an_option_without_one_url(typed: str) -> None:
    """Several URLs, words, and hosts that no download accepts are refused."""
    with pytest.raises(PromptError, match="is not the address of a picture"):
        read_address(typed)


@pytest.mark.parametrize(
    "typed", ["*:", "(", "https://h/", "a.bb/", "[](https://", "，", "https://h/.png_", "a@", ".png", "[("]
)
def test_long_text_is_read(typed: str) -> None:
    """The longest command option of one piece is read; the test's time limit is the only clock."""
    text = f"https://h.example/{typed * (6000 // len(typed))}"
    assert isinstance(without_addresses(text), str)


def test_long_run_of_dashes_is_searched_once() -> None:
    """The search for almost-URLs does not begin again at each dash: on this text that would take minutes."""
    refuse_almost_addresses(["-" * 150_000])
