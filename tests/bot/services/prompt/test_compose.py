"""Composing the sent prompt from typed text and options."""

import pytest

from bot.services.prompt import MAX_PROMPT, Flag, ImagineOptions, Mode, Prompt, PromptError, compose_prompt

NO_OPTIONS = ImagineOptions()
BLEND = "https://a.example/b.png https://a.example/c.png --ar 2:3 --iw 2"


def compose(words: str) -> Prompt:
    return compose_prompt(words, NO_OPTIONS)


def refusal(words: str, options: ImagineOptions = NO_OPTIONS) -> str:
    with pytest.raises(PromptError) as caught:
        compose_prompt(words, options)
    return caught.value.text


def test_words_alone_are_unchanged() -> None:
    """Words without options are sent unchanged, in fast mode."""
    assert compose("a red fox") == Prompt("a red fox", "a red fox", Mode.FAST, None, "1:1", (), ())


def test_every_option_becomes_a_flag_at_the_end() -> None:
    """All options become flags in a fixed order, after pictures and words."""
    options = ImagineOptions(
        aspect="16:9",
        version="6.1",
        stylize=250,
        chaos=10,
        weird=500,
        quality=0.5,
        seed=42,
        raw=True,
        tile=True,
        no="text, people",
        image_weight=1.5,
        mode=Mode.RELAX,
        image_urls=("https://example.com/fox.png?ex=1", "https://example.com/den.png"),
        style_image="random",
        style_weight=50,
        character_image="https://example.com/mia.png",
        character_weight=0,
    )
    prompt = compose_prompt("a red fox", options)
    assert prompt.full == (
        "https://example.com/fox.png?ex=1 https://example.com/den.png a red fox"
        " --ar 16:9 --v 6.1 --stylize 250 --chaos 10 --weird 500 --quality 0.5 --seed 42 --raw --tile"
        " --no text, people --iw 1.5 --sref random --sw 50 --cref https://example.com/mia.png --cw 0 --relax"
    )
    assert (prompt.text, prompt.mode, prompt.seed, prompt.aspect) == ("a red fox", Mode.RELAX, 42, "16:9")
    assert prompt.image_urls == ("https://example.com/fox.png?ex=1", "https://example.com/den.png")


@pytest.mark.parametrize(
    ("typed", "options", "full"),
    [
        ("fox --ar 1:1", ImagineOptions(aspect="16:9"), "fox --ar 1:1"),
        ("fox --aspect 1:1 --s 5", ImagineOptions(stylize=900, tile=True), "fox --ar 1:1 --stylize 5 --tile"),
        ("fox --niji 6", ImagineOptions(version="7"), "fox --niji 6"),
        ("fox --relax", ImagineOptions(mode=Mode.TURBO), "fox --relax"),
        ("fox --style cute", ImagineOptions(raw=True), "fox --style cute"),
        ("fox --no dogs", ImagineOptions(no="cats"), "fox --no dogs"),
    ],
)
def test_typed_flags_win(typed: str, options: ImagineOptions, full: str) -> None:
    """A typed flag replaces its option, and the other options are kept."""
    assert compose_prompt(typed, options).full == full


@pytest.mark.parametrize(
    ("typed", "full"),
    [
        ("fox —ar 16:9", "fox --ar 16:9"),
        ("fox –ar 16:9 ―tile", "fox --ar 16:9 --tile"),
        ("fox --AR 016:09", "fox --ar 16:9"),
        ("fox --ar=16:9", "fox --ar 16:9"),
        ("fox --version 6.0 --q .5", "fox --v 6 --quality 0.5"),
        ("fox --v 8.1", "fox --v 8.1"),
        ("fox --raw", None),
        ("fox --style raw", "fox --raw"),
        ("fox --v 7 --q 3", "fox --v 7 --quality 4"),
        ("fox --no a, b --fast", "fox --no a, b --fast"),
        ("fox --p --niji", "fox --profile --niji"),
        ("fox --p abc12de xyz98ab", "fox --profile abc12de xyz98ab"),
        ("fox --sref random 123::2 https://a.example/b.png --sw 50", None),
        ("fox --v 6 --cref <https://a.example/b.png> --cw 0", "fox --v 6 --cref https://a.example/b.png --cw 0"),
        ("fox --seed 007", "fox --seed 7"),
        ("<https://a.example/b.png> fox --iw .25", "https://a.example/b.png fox --iw 0.25"),
        ("https://a.example/b.png https://a.example/c.png", None),
        ("https://a.example/b.png https://a.example/c.png \u200b\u0301 --ar 2:3 --iw 2", BLEND),
        ("fox --chaos +5 --stop 80 --draft --exp 5 --stealth", "fox --chaos 5 --stop 80 --draft --exp 5 --stealth"),
        ("cat::2 dog::-1", None),
        ("\\{a fox\\} :\\}", None),
        ("👩🏽‍🚀 and a\u200b\u202e\u0007fox\n\nin snow", "👩🏽‍🚀 and a fox in snow"),
        ("state--of--art", "state - of - art"),
        ("a man —smiling — slowly -- --", "a man - smiling - slowly - -"),
        ("1990–2000 -ar", None),
    ],
)
def test_typed_text_is_normalised(typed: str, full: str | None) -> None:
    """Aliases, typographic dashes and loose spelling are normalised; None means unchanged."""
    assert compose(typed).full == (full or typed)


@pytest.mark.parametrize(
    ("typed", "part"),
    [
        ("fox --ar 16x9", "such as `--ar 16:9`, not `16x9`"),
        ("fox --ar 0:1", "a side of 0"),
        ("fox --ar 100:1", "14 times"),
        ("fox --ar", "`--ar` needs a value after it, such as `--ar 16:9`"),
        ("fox --seed -1", "0 to 4294967295; `-1` is outside"),
        ("fox --seed 4294967296", "is outside"),
        ("fox --seed " + "9" * 1500, "is outside"),
        ("fox --stylize abc", "a whole number from 0 to 1000, not `abc`"),
        ("fox --stylize 1001", "`--stylize` goes from 0 to 1000"),
        ("fox --weird 3001", "0 to 3000"),
        ("fox --c 101", "`--c` goes from 0 to 100"),
        ("fox --stop 5", "10 to 100"),
        ("fox --q 5", "0.25, 0.5, 1, 2, 4"),
        ("https://a.example/b.png fox --iw 3.5", "0 to 3"),
        ("fox --iw 1", "there is none"),
        ("fox --v 6.7", "a version such as `8.2`"),
        ("fox --niji 3", "such as `7`"),
        ("fox --v 8", "Version 8 is gone. Use version 8.2 or 8.1"),
        ("fox --fast --relax", "`--fast` and `--relax` exclude each other"),
        ("fox --v 7 --niji 6", "`--v` and `--niji` exclude each other"),
        ("fox --style cute --raw", "exclude each other"),
        ("fox --public --stealth", "exclude each other"),
        ("fox --ar 1:1 --aspect 1:1", "`--aspect` is there twice"),
        ("fox --stylise 5", "Did you mean `--stylize`?"),
        ("fox —aspct 16:9", "Did you mean `--aspect`?"),
        ("fox --lop", "There is no flag `--lop`. Remove it."),
        ("fox --qqqqqqqqqqqq", "There is no flag `--qqqqqqqqqqqq`. Remove it."),
        ("fox --v6.7", "`--v 6.7`"),
        ("fox--ar 16:9", "put a space before `--ar`"),
        ("fox --ar 16:9 in the snow", "move `in the snow` in front of `--ar`"),
        ("--tile a fox", "move `a fox` in front of `--tile`"),
        ("fox --repeat 4", "several paid pictures"),
        ("fox --r 4", "several paid pictures"),
        ("fox --repeat 1", "2 to 10"),
        ("fox --repeat", "such as `--repeat 4`"),
        ("a {red, blue} fox", "Braces"),
        ("a fox --ar {1:1, 16:9}", "Braces"),
        ("a {red fox", "A `{` has no `}`"),
        ("a fox :}", "A `}` has no `{`"),
        ("fox --video", "Remove `--video`"),
        ("fox --sref nonsense", "a style code such as `1234` or `random`, not `nonsense`"),
        ("fox --p ab", "profile codes of 5 to 40 letters and digits, not `ab`"),
        ("fox --style @everyone", "the name of a style"),
        ("fox like https://a.example/b.png", "at the very beginning"),
        ("https:// fox", "is not the address of a picture"),
        ("https://[::1 fox", "is not the address of a picture"),
        ("https://a.example:99999/b fox", "is not the address of a picture"),
        ("fox --no", "`--no` needs a value"),
    ],
)
def test_mistakes_are_explained(typed: str, part: str) -> None:
    """A mistake is refused with a sentence that names the flag and a valid value."""
    assert part in refusal(typed)


def test_pictures_alone() -> None:
    """Two pictures are a prompt without words; one picture, even given twice, is not."""
    urls = ("https://a.example/b.png", "https://a.example/c.png")
    prompt = compose_prompt("", ImagineOptions(image_urls=urls, aspect="3:2"))
    assert (prompt.text, prompt.full, prompt.image_urls) == ("", " ".join([*urls, "--ar 3:2"]), urls)
    assert "Describe the picture" in refusal(urls[0], ImagineOptions(image_urls=urls[:1]))


@pytest.mark.parametrize(
    "typed", ["", "   ", "\u200b\u200d\n\t", "\u3164\u2800", "--ar 16:9", "\u0301", "https://a.example/b.png"]
)
def test_a_prompt_needs_words(typed: str) -> None:
    """A prompt without visible words is refused."""
    assert "Describe the picture" in refusal(typed)


@pytest.mark.parametrize(
    ("options", "part"),
    [
        (ImagineOptions(no="dogs --fast"), "`no` takes words only. Move `--fast`"),
        (ImagineOptions(no="dogs —turbo"), "words only"),
        (ImagineOptions(no="dogs--turbo"), "put a space before `--turbo`"),
        (ImagineOptions(no="{a, b}"), "Braces"),
        (ImagineOptions(image_urls=("https://a.example/b.png --fast",)), "is not the address"),
        (ImagineOptions(image_urls=("https://a.example/b.png", "file:///etc/passwd")), "is not the address"),
        (ImagineOptions(image_urls=("https://a.example/\u202eb.png",)), "is not the address"),
        (ImagineOptions(image_urls=("",)), "is not the address"),
        (ImagineOptions(image_urls=("https://",)), "is not the address"),
        (ImagineOptions(style_image="12 --fast"), "a style code such as"),
        (ImagineOptions(style_image=""), "a style code such as"),
        (ImagineOptions(style_image="12", style_weight=1001), "0 to 1000"),
        (ImagineOptions(version="6", character_image="random"), "takes the address of a picture"),
        (ImagineOptions(omni_image="{a, b}"), "takes the address of a picture"),
        (ImagineOptions(aspect="16:9 --turbo"), "two whole numbers"),
        (ImagineOptions(aspect=""), "two whole numbers"),
        (ImagineOptions(version="6 --turbo"), "There is no version"),
        (ImagineOptions(version="6.7"), "There is no version"),
        (ImagineOptions(version="8"), "Version 8 is gone"),
        (ImagineOptions(seed=-1), "0 to 4294967295"),
        (ImagineOptions(stylize=5000), "0 to 1000"),
        (ImagineOptions(quality=5), "0.25, 0.5, 1, 2, 4"),
        (ImagineOptions(image_weight=float("nan"), image_urls=("https://a.example/b.png",)), "a number from 0 to 3"),
        (ImagineOptions(image_weight=1.0), "there is none"),
    ],
)
def test_options_are_checked_like_flags(options: ImagineOptions, part: str) -> None:
    """Options are checked like flags and can't contain other flags."""
    assert part in refusal("fox", options)


def test_a_blank_no_option() -> None:
    """A blank `no` option adds no flag."""
    assert compose_prompt("fox", ImagineOptions(no=" \u200b ")).full == "fox"


def test_the_same_picture_is_sent_once() -> None:
    """A picture given as option and in the prompt is sent once."""
    url = "https://a.example/b.png"
    assert compose_prompt(f"{url} fox", ImagineOptions(image_urls=(url, url))).full == f"{url} fox"


def test_the_length_limit_includes_flags() -> None:
    """The length limit includes flags, and the refusal names both lengths."""
    words = "a" * (MAX_PROMPT - len(" --tile"))
    assert len(compose_prompt(words, ImagineOptions(tile=True)).full) == MAX_PROMPT
    text = refusal("a" * 6000)
    assert "6000" in text
    assert str(MAX_PROMPT) in text


def test_a_quoted_mistake_is_escaped() -> None:
    """Typed text in an error is escaped as inline code and shortened."""
    text = refusal("fox --seed `@everyone`**" + "x" * 500)
    assert "`'@everyone'**" in text
    assert len(text) < 200


def test_flags_have_canonical_names() -> None:
    """Flags are returned under their canonical names."""
    assert compose("fox --s 5 --relax").flags == (Flag("stylize", "5"), Flag("relax"))
