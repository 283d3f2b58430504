"""The table of models and flags: what is refused, what is sent with a note, and what goes through."""

import re
from collections.abc import Iterator
from itertools import product

import pytest

from bot.services.prompt import Composer, Flag, ImagineOptions, Prompt, PromptError, compose_prompt
from bot.services.prompt.flags.models import MODELS, Answer, Model, answer, rows
from bot.services.prompt.rules import Refusal
from playground.imaginepro.jobs.prompt import Prompt as SimulatedPrompt
from playground.imaginepro.jobs.refusals.models import RELEASED

URL = "https://a.example/b.png"
OTHER = "https://a.example/c.png"
NO_OPTIONS = ImagineOptions()
VALUES = {
    "oref": (URL,),
    "cref": (URL,),
    "sref": (URL,),
    "edit": (URL, f"{URL} {OTHER} {URL}?1 {URL}?2"),
    "sv": tuple("123456789"),
    "quality": ("0.25", "0.5", "1", "2", "4"),
    "iw": ("0", "2", "2.5", "3"),
    "stop": ("80",),
    "exp": ("10",),
    "style": ("cute", "expressive", "original", "scenic", "4b"),
}
"""Values of the flags in the table; the others have none."""


def judged(typed: str, usual: str | None = None) -> Prompt | Refusal:
    """The prompt, or its refusal for the model's sake."""
    try:
        return Composer(usual).composed(typed)
    except Refusal as refusal:
        return refusal


def typed_with(flag: str, value: str | None, model: str = "") -> str:
    """A prompt that has all that the flag needs."""
    if flag == "::":
        return f"cat::2 dog {model}"
    start = f"{URL} a fox" if flag == "iw" else "a fox"
    return f"{start} {Flag(flag, value)} {f'--sref {OTHER}' if flag == 'sv' else ''} {model}"


def cells() -> Iterator[tuple[str, str | None, Model]]:
    """Every flag of the table with each value, for each model."""
    for flag in rows():
        for value in VALUES.get(flag, (None,)):
            for model in MODELS:
                yield flag, value, model


def problem(flag: str, value: str | None, model: Model) -> str | None:
    """What is wrong with the answer that a member gets for this cell of the table, None if nothing is."""
    found, expected = judged(typed_with(flag, value, model.flag)), answer(flag, value, model)
    if flag == "sv" and answer("sref", None, model) is Answer.FAILS:
        return None if isinstance(found, Refusal) else "sent, though it knows no style references"
    match found, expected:
        case Refusal(), Answer.FAILS:
            return wrong_remedy(found, flag, value, model)
        case Prompt(notes=notes), Answer.DOUBTFUL if len(notes) == 1 and str(model) in notes[0]:
            return None
        case Prompt(notes=()), Answer.WORKS:
            return None
        case _:
            return f"{expected}, and got {found}"


def wrong_remedy(refusal: Refusal, flag: str, value: str | None, model: Model) -> str | None:
    """What the refusal lacks: a reason about the flag, a remedy, and that each remedy helps."""
    subject = "::" if flag == "::" else f"--{flag}"
    if not (subject in refusal.reason and refusal.reason.endswith(".") and refusal.remedy.endswith(".")):
        return f"no reason or no remedy: {refusal.text}"
    if f"emove the `{subject}`" not in refusal.remedy and f"emove `{subject}`" not in refusal.remedy:
        return f"removing it is not offered: {refusal.remedy}"
    for name in re.findall(r"such as `(--\w+ [\d.]+)`|it with `(--\w+ [\d.]+)`", refusal.remedy):
        if isinstance(judged(typed_with(flag, value, "".join(name))), Refusal):
            return f"{name} is refused as well"
    taken = re.search(r"[Uu]se ([\d., or]+)", refusal.remedy)
    for each in re.findall(r"[\d.]*\d", taken[1]) if taken else ():
        if isinstance(judged(typed_with(flag, each, model.flag)), Refusal):
            return f"{each} is refused as well"
    return None


def test_no_refusal_lacks_a_reason_or_a_remedy_that_helps() -> None:
    """For each flag, value and model: known to fail is refused, doubtful is sent with a note, the rest without one."""
    found = {(flag, value, str(model)): problem(flag, value, model) for flag, value, model in cells()}
    assert {cell: wrong for cell, wrong in found.items() if wrong is not None} == {}


def pairs() -> Iterator[str]:
    """Every two of the table's flags together, for each model that is chosen by typing it or not at all."""
    single = [(flag, value) for flag in rows() for value in VALUES.get(flag, (None,))[:2]]
    single += [("fast", None), ("sref", "12"), ("sv", "5"), ("quality", "4"), ("ow", "1")]
    choices = ["", "--niji", *(model.flag for model in MODELS)]
    for (one, first), (other, second), model in product(single, single, choices):
        if one < other and "::" not in (one, other):
            yield f"{URL} a fox {Flag(one, first)} {Flag(other, second)} {model}"


def test_nothing_that_is_known_to_fail_is_sent() -> None:
    """The simulated Midjourney has rules of its own: what is sent is taken, by any model where none is named.

    No remedy of a refusal leads to the next one.
    """
    wrong: list[str] = []
    for typed in pairs():
        try:
            prompt = compose_prompt(typed, NO_OPTIONS)
        except Refusal as refusal:
            wrong += [] if chosen_remedy_helps(refusal, typed) else [f"{typed}: {refusal.text}"]
        except PromptError:
            continue
        else:
            wrong += failures(prompt)
    assert wrong == []


def failures(prompt: Prompt) -> list[str]:
    """Why the simulated Midjourney refuses the prompt, empty when it does not."""
    if any(flag.name in {"v", "niji"} and flag.value for flag in prompt.flags):
        # What may fail is sent with a note.
        refused = None if prompt.notes else SimulatedPrompt.parse(prompt.full).complaint()
        return [f"{prompt.full}: {refused}"] if refused else []
    words, anime, _ = prompt.full.partition(" --niji")
    models = [f"--{'niji' if each.anime else 'v'} {each.number:g}" for each in RELEASED if each.anime or not anime]
    if any(SimulatedPrompt.parse(f"{words} {model}").complaint() is None for model in models):
        return []
    return [f"{prompt.full}: every model refuses"]


def chosen_remedy_helps(refusal: Refusal, typed: str) -> bool:
    """Whether the prompt is not refused again with the model that the remedy names, if it names one."""
    choice = re.search(r"(?:such as|it with) `(--\w+ [\d.]+)`", refusal.remedy)
    kept = re.sub(r" --(?:v|niji)(?: [\d.]+)?$", "", typed.strip())
    return choice is None or not isinstance(judged(f"{kept} {choice[1]}"), Refusal)


@pytest.mark.parametrize(
    ("typed", "part"),
    [
        (f"fox --oref {URL} --v 8.2", "An omni reference (`--oref`) works with version 7, and version 8.2 would paint"),
        (f"fox --oref {URL} --v 8.2", "Choose it with `--v 7`, change the picture with `--edit` and version 8.2, or"),
        (f"fox --oref {URL} --v 6.1", "works with version 7, and version 6.1 would paint this."),
        (f"fox --oref {URL} --niji", "works with version 7, and the anime model would paint this."),
        (f"fox --cref {URL} --v 7", "works with version 6.1, 6 or niji 6, and version 7 would paint this."),
        (f"fox --cref {URL} --v 7", "Choose one of these, such as `--v 6.1`, use an omni reference"),
        (f"fox --cref {URL} --niji 7", "and niji 7 would paint this."),
        (f"fox --cref {URL} --oref {OTHER}", "so never together. Remove one of the two."),
        ("fox --v 7 --q 0.5", "Use 1, 2 or 4 in its place"),
        ("fox --v 8.1 --q 1", "`--quality 1` works with version 7, 6.1, 6, niji 7 or niji 6, and version 8.1"),
        ("fox --v 8.2 --q 4", "`--quality 4` works with version 7, and version 8.2"),
        ("fox --v 7 --stop 80", "`--stop` works with version 6.1, 6 or niji 6, and version 7"),
        ("fox --v 8.2 --stop 80", "such as `--v 6.1`"),
        ("fox --niji 7 --stop 80", "niji 7 would paint"),
        (f"fox --v 7 --sref {URL} --sv 7", "No model knows `--sv 7`. Use 1 to 6 in its place, or remove `--sv`."),
        (f"fox --niji 7 --sref {URL} --sv 5", "Use 4 or 6 in its place"),
        ("fox --sref 1234 --sv 5", "Use `--sv 4` or `--sv 6`, or the address of a picture in place of the code."),
        ("fox --v 7 --sref random --sv 3", "Style codes such as `random` do not work with `--sv 3`."),
        ("fox --v 8.2 --sref 1234::2 --sv 1", "Style codes such as `1234` do not work"),
        (f"{URL} fox --niji 7 --iw 2.5", "Use 0 to 2 in its place"),
        ("cat::2 dog --v 8.2", "`::` between words works with version 6.1, 6 or niji 6, and version 8.2"),
        ("cat：：dog --v 8.1", "or remove the `::`."),
        ("fox --v 8.2 --turbo", "`--turbo` works with version 7,"),
        ("fox --v 8.1 --draft", "Choose it with `--v 7`, or remove `--draft`."),
        (f"fox --oref {URL} --draft", "does not work with `--draft`. Remove one of the two."),
        (f"fox --oref {URL} --fast", "does not work with `--fast`. Use `--relax` in its place"),
        (f"fox --oref {URL} --q 4", "does not work with `--quality 4`."),
        (f"fox --oref {URL} --q 3 --v 7", "does not work with `--quality 4`."),
        ("fox --style cute --niji 7", "`--style cute` works with niji 6, and niji 7"),
        ("fox --style scenic --v 8.2", "Choose it with `--niji 6`"),
        ("fox --hd --v 7", "`--hd` works with version 8.2 or 8.1, and version 7"),
        ("fox --sd --niji 7", "`--sd` works with version 8.2 or 8.1"),
        (f"fox --edit {URL} --v 7", "`--edit` works with version 8.2 or 8.1"),
        ("fox --raw --v 5", "`--raw` works with version 8.2,"),
        (f"fox --sref {URL} --v 5.1", "A style reference (`--sref`) works with version 8.2,"),
        (f"fox --oref {URL} --hd", "`--oref` works with version 7 and `--hd` works with version 8.2 or 8.1, so never"),
        (f"fox --oref {URL} --hd --v 7", "and version 7 would paint this. Remove `--hd`."),
        ("fox --hd --quality 2", "so never together. Remove one of the two."),
        ("cat::2 dog --sd", "so never together. Remove one of the two."),
        ("fox --stop 80 --sref 1 --sv 6", "No model knows `--stop`, `--sref` and `--sv 6` together. Remove one"),
        (f"{URL}::2 fox --v 8.2", "version 8.2 would paint this. Choose one of these, such as `--v 6.1`"),
    ],
)
def test_known_to_fail_is_refused(typed: str, part: str) -> None:
    """Each fact about a model is a refusal with its reason and a remedy."""
    found = judged(typed)
    assert isinstance(found, Refusal)
    assert part in found.text
    assert len(found.text) < 300


@pytest.mark.parametrize(
    ("typed", "part"),
    [
        ("fox --v 8", "Version 8 is gone. Use version 8.2 or 8.1"),
        ("fox --v niji 6", "The anime model has a flag of its own. Write `--niji 7` in place of `--v niji`."),
        ("fox --version niji6", "Write `--niji 7` in place of `--version niji`."),
        (f"fox --v 7 --oref {URL} --ow 0", "`--ow` goes from 1 to 1000"),
        (f"fox --v 7 --oref {URL} --ow 1001", "`--ow` goes from 1 to 1000"),
        (f"fox --v 8.2 --edit {' '.join(f'{URL}?{n}' for n in range(5))}", "`--edit` takes 4 pictures at most"),
        (f"{' '.join(f'{URL}?{n}' for n in range(5))} fox --edit", "`--edit` takes 4 pictures at most"),
        ("fox --edit", "`--edit` needs a picture. Attach one, or write up to 4 addresses after it."),
        (f"{URL} --edit", "Describe the picture"),
        ("fox --hd --sd", "`--hd` and `--sd` exclude each other"),
        ("fox --sw 5", "`--sw` weighs a style reference (`--sref`), and there is none. Add one or remove `--sw`."),
        ("fox --cw 5 --v 6", "`--cw` weighs a character reference (`--cref`), and there is none"),
        (f"fox --ow 5 --sref {URL}", "`--ow` weighs an omni reference (`--oref`), and there is none"),
    ],
)
def test_other_mistakes_with_these_flags(typed: str, part: str) -> None:
    """Values and weights that no model takes."""
    with pytest.raises(PromptError) as caught:
        compose_prompt(typed, NO_OPTIONS)
    assert part in caught.value.text


@pytest.mark.parametrize(
    "typed",
    [
        "fox --raw",
        "fox --v 5.1 --raw",
        "fox --niji 6 --raw",
        "fox --v 8.2 --hd --exp 25 --raw",
        "fox --v 8.1 --sd",
        f"fox --v 8.2 --edit {URL} {OTHER} {URL}?1 {URL}?2",
        f"fox --v 7 --oref {URL} --ow 1 --sref 12 --sv 4",
        f"fox --v 6 --cref {URL} --cw 0 --stop 10",
        f"fox --niji 6 --cref {URL}",
        "fox --niji 6 --style expressive",
        "fox --v 7 --quality 4 --turbo",
        "fox --v 7 --draft",
        "fox --v 6.1 --quality 0.5",
        f"{URL} fox --niji 7 --iw 2",
        f"{URL} fox --v 8.2 --iw 3",
        f"fox --v 8.2 --sref {URL} --sv 5",
        "fox --niji 7 --sref 12 --sv 6",
        "cat::2 dog::-1 --v 6.1",
        "fox --sref 12",
    ],
)
def test_what_works_is_sent_without_a_note(typed: str) -> None:
    """Each fact about a model from its other side."""
    found = judged(typed)
    assert isinstance(found, Prompt)
    assert (found.full, found.notes) == (typed, ())


@pytest.mark.parametrize(
    ("typed", "full", "note"),
    [
        (f"fox --oref {URL}", f"fox --oref {URL} --v 7", "`--v 7` was added, because `--oref` works with version 7"),
        (f"fox --cref {URL} --cw 5", f"fox --cref {URL} --cw 5 --v 6.1", "`--v 6.1` was added, because `--cref`"),
        (f"fox --niji --cref {URL}", f"fox --cref {URL} --niji 6", "`--niji 6` was added, because `--cref`"),
        (f"fox --cref {URL} --style cute", f"fox --cref {URL} --style cute --niji 6", "`--niji 6` was added, because"),
    ],
)
@pytest.mark.parametrize("usual", [None, "8.2", "9"])
def test_a_reference_brings_its_model(typed: str, full: str, note: str, usual: str | None) -> None:
    """Without a version the one that knows the reference is added, and the note says so."""
    found = judged(typed, usual)
    assert isinstance(found, Prompt)
    assert found.full == full
    assert [each for each in found.notes if note in each] == [*found.notes]


@pytest.mark.parametrize(("usual", "typed"), [("7", f"fox --oref {URL}"), ("6", f"fox --cref {URL}")])
def test_the_account_s_model_is_kept_where_it_knows_the_reference(usual: str, typed: str) -> None:
    """Nothing is added where the account's own model knows the flag."""
    found = judged(typed, usual)
    assert isinstance(found, Prompt)
    assert (found.full, found.notes) == (typed, ())


@pytest.mark.parametrize(
    ("typed", "note"),
    [
        (
            "fox --quality 2",
            "`--quality 2` may fail with version 8.2 or 8.1. If it fails, use `--v 7` or leave it out.",
        ),
        ("fox --turbo", "`--turbo` may fail with version 8.2 or 8.1."),
        ("fox --hd", "`--hd` may fail with version 7, 6.1 or 6. If it fails, use `--v 8.2` or leave it out."),
        ("cat::2 dog", "`::` between words may fail with version 8.2, 8.1 or 7."),
        ("fox --niji --stop 80", "`--stop` may fail with niji 7."),
        ("cat::2 dog --v 7", "It is not certain that version 7 knows `::` between words."),
        (f"fox --v 8.1 --sref {URL} --sv 5", "It is not certain that version 8.1 knows `--sv 5`."),
        ("fox --v 6 --exp 10", "It is not certain that version 6 knows `--exp`."),
        ("fox --v 8.2 --style 4b", "It is not certain that version 8.2 knows `--style 4b`."),
    ],
)
def test_doubtful_is_sent_with_a_note(typed: str, note: str) -> None:
    """What depends on the account's model, and what the sources do not agree on."""
    found = judged(typed)
    assert isinstance(found, Prompt)
    assert found.full == typed
    [told] = found.notes
    assert note in told
    assert len(told) < 200


@pytest.mark.parametrize("model", ["--v 9", "--v 8.3", "--niji 8"])
def test_a_newer_model_is_sent_everything(model: str) -> None:
    """A model that is newer than the table takes what older ones refuse, without a note."""
    for flags in (
        f"--oref {URL} --fast --draft --quality 4",
        f"--cref {URL} --hd --turbo --stop 20",
        "--sref 12 --sv 9",
        "--style cute",
    ):
        found = judged(f"a::2 fox {flags} {model}")
        assert isinstance(found, Prompt)
        assert (found.full, found.notes) == (f"a::2 fox {flags} {model}", ())


def test_the_account_s_model_is_known() -> None:
    """What the account's model does not know is refused; a typed version overrides it; a newer one takes all."""
    refusal = judged("fox --quality 2", "8.2")
    assert isinstance(refusal, Refusal)
    assert "and version 8.2 paints this unless you choose another." in refusal.reason
    for typed, usual in (("fox --quality 2 --v 7", "8.2"), ("fox --quality 2", "9"), ("fox --hd", "8.1")):
        found = judged(typed, usual)
        assert isinstance(found, Prompt)
        assert (found.full, found.notes) == (typed, ())
    assert isinstance(judged("fox --style cute", "niji 7"), Refusal)
    assert isinstance(judged("fox --style cute", "niji 6"), Prompt)


@pytest.mark.parametrize("usual", ["8", "7.5"])
def test_an_account_s_model_that_the_table_does_not_know(usual: str) -> None:
    """A setting that names no model that there is says as little as none: what may fail is sent with notes."""
    found = judged("fox --quality 2 --stop 20", usual)
    assert isinstance(found, Prompt)
    assert len(found.notes) == 2
    assert isinstance(judged("fox --hd --stop 20", usual), Refusal)


def test_edit_takes_the_pictures_of_the_prompt() -> None:
    """`--edit` without addresses changes the attached and the typed pictures, which then start nothing."""
    prompt = compose_prompt(f"{OTHER} make it snow --edit --v 8.2", ImagineOptions(image_urls=(URL,)))
    assert prompt.full == f"make it snow --edit {URL} {OTHER} --v 8.2"
    assert prompt.image_urls == ()
    kept = compose_prompt(f"make it snow --v 8.2 --edit {OTHER}", ImagineOptions(image_urls=(URL,)))
    assert kept.full == f"{URL} make it snow --v 8.2 --edit {OTHER}"


def test_options_and_typed_flags_are_checked_together() -> None:
    """Options follow the same table; a typed flag of an option replaces all that the option sets."""
    options = ImagineOptions(version="7", character_image=URL, style_weight=20)
    assert compose_prompt("fox --v 6 --sref 12", options).full == f"fox --v 6 --sref 12 --sw 20 --cref {URL}"
    with pytest.raises(Refusal, match="`--cref`"):
        compose_prompt("fox --v 7 --sref 12", options)
    assert compose_prompt("fox", ImagineOptions(version="8.2", quality="hd", exp=5)).full == "fox --v 8.2 --hd --exp 5"
    with pytest.raises(Refusal, match="`--hd`"):
        compose_prompt("fox", ImagineOptions(version="7", quality="hd"))
    assert compose_prompt("fox --v 8.2 --sd", ImagineOptions(quality="2")).full == "fox --v 8.2 --sd"
