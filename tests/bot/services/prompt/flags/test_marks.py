"""Flags as people type them: other dashes, torn ones, other colons; and words that are no flags."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.services.prompt import ImagineOptions, PromptError, compose_prompt, expand_prompt, read_plain_prompt
from bot.services.prompt.flags.marks import marked
from bot.services.prompt.flags.table import FLAGS
from bot.services.prompt.spelling.signs import DASHES, HYPHENS, LONG_DASHES, LOOSE_DASHES

NO_OPTIONS = ImagineOptions()
NAMES = sorted({name for spec in FLAGS for name in (spec.name, *spec.aliases)})
HIDDEN = st.sampled_from(("", "\u200b", "\u202e", "\u2066", "\ufeff", "\u00ad", "\ufe0f", "\u200d"))
SPACES = st.text(st.sampled_from(" \u00a0\u3000\u2009\t\n"), min_size=1, max_size=3)
HYPHEN_SIGNS = st.sampled_from([*HYPHENS, "\u2012", "\u2212"])
COLON_SIGNS = st.sampled_from(":：﹕︓∶")
WIDE = {ord(char): chr(ord(char) + 0xFEE0) for char in "abcdefghijklmnopqrstuvwxyz0123456789."}
FLAGS_AND_VALUES = st.sampled_from(
    (("ar", "16:9"), ("v", "6.1"), ("s", "250"), ("seed", "5"), ("chaos", "20"), ("tile", ""), ("relax", ""))
)
LETTERS = st.text("abcdeghijkmnopqtuxyzéßжж一狐日あの", min_size=2, max_size=7).filter(lambda word: word not in NAMES)
PROSE = st.one_of(
    LETTERS,
    st.lists(LETTERS, min_size=2, max_size=4).map("-".join),
    st.builds("{}{}{}".format, LETTERS, st.sampled_from("‐‑－﹣-"), LETTERS),
    st.sampled_from(
        (
            "-",
            "--",
            "—",
            "–",
            "−",
            "–—",
            "－",
            "～",
            "🦊",
            "👩🏽‍🚀",
            "🏴󠁧󠁢󠁥󠁮󠁧󠁿",
            "-5",
            "–20",
            "1990–2000",
            "16:9",
            "x—y",
            "ラーメン",
            "すご〜い",
        )
    ),
    st.sampled_from(
        ("state-of-the-art", "non-stop", "semi-raw", "well-known", "x-ray", "t-shirt", "(a)", "“a”", "3.5")
    ),
)


def composed(typed: str) -> str:
    return compose_prompt(typed, NO_OPTIONS).full


def refusal(typed: str) -> str:
    with pytest.raises(PromptError) as caught:
        compose_prompt(typed, NO_OPTIONS)
    return caught.value.text


@pytest.mark.parametrize("dash", [*HYPHENS, "\u2212", "\u2012", "-\ufe0f", "-\ufe0e", "-\u200b", "\u202e-", "-\u0335"])
def test_two_hyphens_of_any_kind_make_a_flag(dash: str) -> None:
    """Two hyphens or minus signs of any script are two hyphens."""
    assert composed(f"一只狐狸 {dash}{dash}ar 16：9") == "一只狐狸 --ar 16:9"


@pytest.mark.parametrize("dash", LONG_DASHES)
@pytest.mark.parametrize("times", [1, 2])
def test_a_long_dash_makes_a_known_flag(dash: str, times: int) -> None:
    """A long dash, which phones write for two hyphens, begins a flag that is known."""
    assert composed(f"a fox {dash * times}ar 16:9") == "a fox --ar 16:9"


@pytest.mark.parametrize("dash", LOOSE_DASHES)
def test_signs_of_other_keyboards(dash: str) -> None:
    """Two long vowel signs, wave dashes or minus emoji are two hyphens before a flag with its value."""
    assert composed(f"a fox {dash * 2}ar 16:9") == "a fox --ar 16:9"
    assert "looks like the flag `--ar 16:9`" in refusal(f"a fox {dash}ar 16:9")


@pytest.mark.parametrize("dash", HYPHENS)
def test_one_hyphen_is_asked_about(dash: str) -> None:
    """One hyphen before a flag with a valid value is a doubt, which quotes what was typed and what is meant."""
    assert refusal(f"a fox {dash}ar 16：9") == (
        f"`{dash}ar 16：9` looks like the flag `--ar 16:9`. Write it like that if you mean the flag, "
        "or with a comma in place of the dash if these are words."
    )


@pytest.mark.parametrize(
    ("typed", "flags"),
    [
        ("- -ar  9 :16", "--ar 9:16"),
        ("-- ar 16:9", "--ar 16:9"),
        ("- - ar 16:9", "--ar 16:9"),
        ("－ －ar 16：9", "--ar 16:9"),
        ("-- ar 16 : 9", "--ar 16:9"),
        ("-- s 250 -- v 6.1", "--stylize 250 --v 6.1"),
        ("--ar16:9", "--ar 16:9"),
        ("[in Kyoto](https://h.example/wiki)--ar 16:9", "[in Kyoto](https://h.example/wiki) --ar 16:9"),
        ("--ar=16：9", "--ar 16:9"),
        ("--ar：16：9", "--ar 16:9"),
        ("--AR １６：９", "--ar 16:9"),
        ("－－ａｒ 16∶9", "--ar 16:9"),
        ("--𝗮𝗿 16:9", "--ar 16:9"),
        ("--v6.1 --s250", "--v 6.1 --stylize 250"),
        ("--ar 16:9, --v 7.", "--ar 16:9 --v 7"),
        ("--ar 16:9。", "--ar 16:9"),
        ("--tile, --raw;", "--tile --raw"),
        ('--ar "16:9" --style ‘raw’', "--ar 16:9 --raw"),
        ("--seed １２３ --s ٢٥٠", "--seed 123 --stylize 250"),
        ("--sref 12，34、random：：2", "--sref 12 34 random::2"),
        ("--sref “https://h.example/a.png”， https://h.example/b.png", "--sref https://h.example/a.png https://h.example/b.png"),
        ("--sref=HTTPS://h.example/a.png", "--sref https://h.example/a.png"),
        ("--no “a， b”", "--no a, b"),
        ("--no=文字、人物", "--no 文字, 人物"),
        ("--no state-of-the-art, x－y", "--no state-of-the-art, x－y"),
        ("-\u200b-\u202ear\u00a016:9\u3000--tile", "--ar 16:9 --tile"),
    ],
)  # fmt: skip
def test_flags_are_understood(typed: str, flags: str) -> None:
    """Torn dashes, other signs, punctuation and quotation marks leave flags and values as they are meant."""
    assert composed(f"a fox {typed}") == f"a fox {flags}"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("a fox -ar 9:16", "`-ar 9:16` looks like the flag `--ar 9:16`"),
        ("a fox - ar 9:16", "`- ar 9:16` looks like the flag `--ar 9:16`"),
        ("a fox — ar 9:16", "`— ar 9:16` looks like the flag `--ar 9:16`"),
        ("a fox -s 250", "`-s 250` looks like the flag `--s 250`"),
        ("a fox -no text", "`-no text` looks like the flag `--no text`"),
        ("a street -- no people", "`-- no people` looks like the flag `--no people`"),
        ("a fox -tile", "`-tile` looks like the flag `--tile`"),
        ("a fox -- raw --ar 3:2", "`-- raw` looks like the flag `--raw`"),
        ("soft light —raw emotion", "`—raw` looks like the flag `--raw`"),
        ("a fox --no text -ar 16:9", "`-ar 16:9` looks like the flag `--ar 16:9`"),
        ("a fox－－ar 16:9", "In `fox－－ar`, put a space before `--ar`"),
        ("a fox—ar 16:9", "In `fox—ar`, put a space before `--ar`"),
        ("一只狐狸－ar 16：9", "In `一只狐狸－ar`, put a space before `--ar`"),
        ("a fox in [a —raw](https://h.example/view)", "at the very beginning"),
        ("a fox -- ar 16:9 in snow", "move `in snow` in front of `--ar`"),
        ("a fox --no https://h.example/a.png", "`--no` takes words only"),
        ("a fox --ar16x9", "There is no flag `--ar16x9`. Did you mean `--ar`?"),
        ("a fox --аr 16:9", "There is no flag `--аr`"),
        ("a fox －－stylise 5", "There is no flag `--stylise`. Did you mean `--stylize`?"),
        ("－－ 一只狐狸 －－红", "There is no flag `--红`"),
    ],
)
def test_doubts_are_refused(typed: str, meant: str) -> None:
    """What may be a flag or words is refused, with what was found and what was probably meant."""
    assert meant in refusal(typed)


@pytest.mark.parametrize(
    "typed",
    [
        "state-of-the-art fox",
        "a fox －－ a dog",
        "a well‐known fox, half－asleep",
        "a non-stop 80 mph train, semi-raw",
        "1990–2000 -ar",
        "a fast -fast fox",
        "temperature -5 to –20",
        "ラーメン すご〜い ーー",
        "👩🏽‍🚀 ➖ 🦊",
        "sushi - raw fish",
        "a portrait - style 1920s",
        "a happy fox :-p <3 <:fox:1> :a::b:",
        "ar 16:9",
        "no dogs",
    ],
)
def test_words_stay_words(typed: str) -> None:
    """Hyphens, dashes between words and emoji make no flag."""
    prompt = compose_prompt(typed, NO_OPTIONS)
    assert prompt.flags == ()
    assert prompt.text == typed.replace("－－", "-")


@pytest.mark.parametrize("typed", ["a fox — a dog", "a fox -- a dog", "a street — no people", "light—raw emotion, fox"])
def test_dashes_between_words_are_hyphens(typed: str) -> None:
    """A dash between words is sent as a hyphen between spaces, which Midjourney does not take for a flag."""
    words = " ".join(typed.replace("—", " - ").replace("--", " - ").split())
    assert composed(typed) == words


@given(st.data(), FLAGS_AND_VALUES, HYPHEN_SIGNS, HYPHEN_SIGNS)
def test_any_spelling_of_a_flag_is_that_flag(
    data: st.DataObject, flag: tuple[str, str], first: str, second: str
) -> None:
    """A flag means the same with any hyphens, hidden characters, spaces, letters, digits and colons."""
    name, value = flag
    wide = data.draw(st.booleans())
    dashes = first + data.draw(HIDDEN) + second + data.draw(HIDDEN)
    spelled = (name.translate(WIDE), value.translate(WIDE)) if wide else (name.upper(), value)
    typed = f"a fox{data.draw(SPACES)}{dashes}{spelled[0]}"
    if value:
        typed += f"{data.draw(SPACES)}{spelled[1].replace(':', data.draw(COLON_SIGNS))}"
    assert composed(typed) == composed(f"a fox --{name} {value}")


@given(st.lists(PROSE, min_size=1, max_size=8))
def test_prose_has_no_flags(words: list[str]) -> None:
    """Words with hyphens, dashes, emoji and other scripts in any order are never read as flags nor refused."""
    typed = " ".join(["a", *words])
    prompt = compose_prompt(typed, NO_OPTIONS)
    assert prompt.flags == ()
    assert marked(typed.split()) == typed.split()
    assert read_plain_prompt(typed, "FLUX").words == typed


@given(st.sampled_from([*DASHES, *LOOSE_DASHES]), st.sampled_from([*DASHES, *LOOSE_DASHES]), st.sampled_from(("", " ")))
def test_no_dashes_hide_a_ratio_in_words(first: str, second: str, gap: str) -> None:
    """Any two dashes before a ratio are the flag, or refused; they are never paid for as words."""
    for typed in (
        f"a fox {first}{second}{gap}ar 16:9",
        f"a fox {first}{gap}{second}ar 16:9",
        f"a fox {first}{gap}ar 16:9",
    ):
        try:
            assert composed(typed).endswith(" --ar 16:9")
        except PromptError as error:
            assert "--ar" in error.text  # noqa: PT017  # either outcome is right


@pytest.mark.parametrize(
    "typed", ["make it so －－no text", "it —tile", "it ﹣﹣v 7", "it -\ufe0f-\ufe0fv 7", "it - -v 7"]
)
def test_flags_of_any_spelling_are_refused_for_other_models(typed: str) -> None:
    """Models without flags refuse every spelling of them."""
    with pytest.raises(PromptError, match=r"a flag of Midjourney, which FLUX does not( know|$)"):
        read_plain_prompt(typed, "FLUX")


@pytest.mark.parametrize("typed", ["it －no text", "it -v 7", "it－－tile", "it -- raw", "it—no text"])
def test_doubts_are_refused_for_other_models(typed: str) -> None:
    """For models without flags the sentence says how to write words."""
    with pytest.raises(PromptError, match=r"which FLUX does not know\. Remove it, or write a comma in place"):
        read_plain_prompt(typed, "FLUX")


@pytest.mark.parametrize("ratio", ["－－ar 16：9", "—ar 16:9", "- -ar 16 :9", "--ar=１６:９,", "--ar16:9"])
def test_other_models_take_any_spelling_of_the_ratio(ratio: str) -> None:
    """Where `--ar` is understood, it is so in any spelling and anywhere in the words."""
    prompt = read_plain_prompt(f"a fox {ratio} in snow", "FLUX", takes_aspect=True)
    assert (prompt.words, prompt.aspect) == ("a fox in snow", "16:9")


@pytest.mark.parametrize(
    ("typed", "prompts"),
    [
        ("a {red，blue、 green} fox", ["a red fox", "a blue fox", "a green fox"]),
        ("a ｛red，blue｝ fox", ["a red fox", "a blue fox"]),
        ("{红色，蓝色}狐狸，雪", ["红色狐狸，雪", "蓝色狐狸，雪"]),
        ("a {red\\，big, blue} fox", ["a red，big fox", "a blue fox"]),
        ("a fox －－ar {1：1，16：9}", ["a fox --ar 1:1", "a fox --ar 16:9"]),
        ("{https://h/a.png，https://h/b.png} fox", ["https://h/a.png fox", "https://h/b.png fox"]),
    ],
)  # fmt: skip
def test_alternatives_with_other_signs(typed: str, prompts: list[str]) -> None:
    """Full-width braces and all commas make alternatives, and each variant is read like a typed prompt."""
    assert [prompt.full for prompt in expand_prompt(typed, NO_OPTIONS)] == prompts


@pytest.mark.parametrize(
    ("options", "full"),
    [
        (ImagineOptions(aspect="１６：９"), "a fox --ar 16:9"),
        (ImagineOptions(aspect="16 ∶ 9"), "a fox --ar 16:9"),
        (ImagineOptions(version="ｖ６．１"), "a fox --v 6.1"),
        (ImagineOptions(no="“文字、 人物”"), "a fox --no 文字, 人物"),
        (ImagineOptions(style_image="“１２”"), "a fox --sref 12"),
        (ImagineOptions(style_image="(https://h.example/a.png)"), "a fox --sref https://h.example/a.png"),
        (ImagineOptions(image_urls=("<https://h.example/a.png>,",)), "https://h.example/a.png a fox"),
    ],
)
def test_options_are_read_like_flags(options: ImagineOptions, full: str) -> None:
    """Options take the same signs as typed flags."""
    assert compose_prompt("a fox", options).full == full


@pytest.mark.parametrize(
    "no", ["dogs －－fast", "dogs -\ufe0f-\ufe0ftile", "dogs －tile", "dogs - -ar 16:9", "dogs—tile", "“－－tile”"]
)
def test_the_no_option_takes_no_flags_of_any_spelling(no: str) -> None:
    """Flags in the option `no` are refused, however they are spelled."""
    with pytest.raises(PromptError):
        compose_prompt("a fox", ImagineOptions(no=no))
