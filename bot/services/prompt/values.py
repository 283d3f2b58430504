"""Readers of flag values: each returns the value as Midjourney expects it or raises PromptError."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from yarl import URL

from bot.services.prompt.flags.models import MODELS, Model, is_newer
from bot.services.prompt.spelling.addresses import is_address, separated
from bot.services.prompt.spelling.signs import option_value
from bot.services.prompt.text import PromptError, clean_text, quoted

ValueReader = Callable[[str, str], str]
"""Takes the flag's name as typed and one word; raises PromptError."""

WIDEST = 14
"""The longer side of a picture is at most this many times the shorter one."""

_GONE = Model("v", 8)
_MODEL = re.compile(r"(?:--)?(?:(niji)|v(?:ersion)?)?\s*([0-9.]+)")
_ADDRESS = re.compile(r"https?://[^\s<>{}\"'|\\^`]+", re.IGNORECASE)
_WEIGHT = re.compile(r"(.+?)(::[0-9]{1,4}(?:\.[0-9]{1,3})?)?")


@dataclass(frozen=True, slots=True)
class Range:
    """All numbers from `low` to `high`, both included."""

    low: int
    high: int

    def __contains__(self, number: float) -> bool:
        return self.low <= number <= self.high

    def __str__(self) -> str:
        return f"{self.low} to {self.high}"


class WholeNumber(Range):
    """A reader of whole numbers in this range."""

    __slots__ = ()

    def __call__(self, name: str, word: str) -> str:
        """The number without a sign or leading zeros. Raises PromptError."""
        if not re.fullmatch(r"[+-]?[0-9]+", word):
            raise PromptError(f"`--{name}` takes a whole number from {self}, not {quoted(word)}.")
        digits = word.lstrip("+").lstrip("0") or "0"
        if len(digits) > len(str(self.high)) or int(digits) not in self:
            raise PromptError(f"`--{name}` goes from {self}; {quoted(word)} is outside. Type a number in between.")
        return digits


class Decimal(Range):
    """A reader of numbers with at most three decimals in this range."""

    __slots__ = ()

    def __call__(self, name: str, word: str) -> str:
        """The number without trailing zeros. Raises PromptError."""
        if not re.fullmatch(r"[+-]?(?:[0-9]{1,6}(?:\.[0-9]{0,3})?|\.[0-9]{1,3})", word):
            raise PromptError(f"`--{name}` takes a number from {self}, not {quoted(word)}.")
        if float(word) not in self:
            raise PromptError(f"`--{name}` goes from {self}; {quoted(word)} is outside. Type a number in between.")
        return number_text(abs(float(word)))


def number_text(number: float) -> str:
    """The number with at most three decimals and no trailing zeros: 0.5, 1, 2."""
    return f"{number:.3f}".rstrip("0").rstrip(".")


def read_quality(name: str, word: str) -> str:
    """One of Midjourney's qualities; 3 is read as 4."""
    known = ("0.25", "0.5", "1", "2", "4")
    number = number_text(float(word)) if re.fullmatch(r"[0-9]?\.?[0-9]{1,3}", word) else ""
    if number == "3":
        return "4"
    if number in known:
        return number
    raise PromptError(f"`--{name}` is one of {', '.join(known)}, not {quoted(word)}.")


def read_aspect(name: str, word: str) -> str:
    """Width to height as two whole numbers, for example 16:9."""
    match = re.fullmatch(r"([0-9]{1,4}):([0-9]{1,4})", word)
    if match is None:
        raise PromptError(
            f"`--{name}` takes two whole numbers with a colon between, such as `--{name} 16:9`, not {quoted(word)}."
        )
    width, height = int(match[1]), int(match[2])
    if not width or not height:
        raise PromptError(f"`--{name} {word}` has a side of 0. Type two numbers above 0, such as `16:9`.")
    if max(width, height) > WIDEST * min(width, height):
        raise PromptError(
            f"`--{name} {word}` is too narrow: one side may be {WIDEST} times the other at most. "
            f"Type for example `--{name} {WIDEST}:1` or `--{name} 16:9`."
        )
    return f"{width}:{height}"


def read_version(name: str, word: str) -> str:
    """A version of Midjourney's main model. Versions newer than the known ones are accepted."""
    if word.casefold().startswith("niji"):
        raise PromptError(f"The anime model has a flag of its own. Write `--niji 7` in place of `--{name} niji`.")
    return _model_number("v", word, f"`--{name}` takes a version such as `8.2` or `7`, not {quoted(word)}.")


def read_niji(name: str, word: str) -> str:
    """A version of the anime model. Versions newer than the known ones are accepted."""
    return _model_number("niji", word, f"`--{name}` takes a version such as `7` or `6`, not {quoted(word)}.")


def read_model(typed: str) -> tuple[str, str]:
    """The flag and the number of a version option: "6.1", "v7" or "niji 6". Raises PromptError."""
    refusal = f"There is no version {quoted(typed)}. Pick one from the list, such as `8.2` or `niji 7`."
    match = _MODEL.fullmatch(option_value(typed).casefold())
    if match is None:
        raise PromptError(refusal)
    name = match[1] or "v"
    return name, _model_number(name, match[2], refusal)


def _model_number(name: str, word: str, refusal: str) -> str:
    if not re.fullmatch(r"[0-9]{1,2}(?:\.[0-9])?", word):
        raise PromptError(refusal)
    model = Model(name, float(word))
    if model == _GONE:
        raise PromptError("Version 8 is gone. Use version 8.2 or 8.1 (`--v 8.2`).")
    if model in MODELS or is_newer(model):
        return number_text(model.version)
    raise PromptError(refusal)


def read_style(name: str, word: str) -> str:
    """The name of a style, for example raw, cute or scenic."""
    if re.fullmatch(r"[a-z0-9][a-z0-9-]{0,39}", word.casefold()):
        return word.casefold()
    raise PromptError(f"`--{name}` takes the name of a style, such as `--{name} raw`, not {quoted(word)}.")


def read_profile(name: str, word: str) -> str:
    """The code of a personal profile or moodboard."""
    if re.fullmatch(r"[A-Za-z0-9]{5,40}", word):
        return word
    raise PromptError(f"`--{name}` takes profile codes of 5 to 40 letters and digits, not {quoted(word)}.")


def read_reference(name: str, word: str) -> str:
    """The address of a picture, a style code or random, with an optional weight like ::2."""
    body, weight = _weighted(word)
    if re.fullmatch(r"random|[0-9]{1,12}", body.casefold()):
        return f"{body.casefold()}{weight}"
    try:
        return f"{read_address(body)}{weight}"
    except PromptError:
        raise PromptError(
            f"`--{name}` takes the address of a picture that begins with `https://`, a style code such as `1234` "
            f"or `random`, not {quoted(word)}."
        ) from None


def read_picture(name: str, word: str) -> str:
    """The address of a picture."""
    try:
        return read_address(word)
    except PromptError:
        raise PromptError(
            f"`--{name}` takes the address of a picture that begins with `https://`, not {quoted(word)}."
        ) from None


def read_address(typed: str) -> str:
    """A public web address without brackets, quotation marks and punctuation around it. Raises PromptError."""
    found = separated(typed)
    address = found[0] if len(found) == 1 and is_address(found[0]) else typed
    if not _ADDRESS.fullmatch(address) or clean_text(address) != address or not _has_host(address):
        raise PromptError(
            f"{quoted(typed)} is not the address of a picture. It begins with `https://` and has no spaces: "
            "open the picture in a browser and copy its address, or attach the file instead."
        )
    return address


def read_addresses(typed: str) -> tuple[str, ...]:
    """One or more public web addresses, with spaces or line breaks between them. Raises PromptError."""
    found = separated(typed)
    return tuple(read_address(each) for each in found) if len(found) > 1 else (read_address(typed),)


def _has_host(address: str) -> bool:
    try:
        # What downloads it reads it in the same way: nothing that it can't parse gets there.
        url = URL(address)
        return bool(url.host) and url.port != 0
    except ValueError:  # also the UnicodeError for a host that IDNA has no spelling for
        return False


def _weighted(word: str) -> tuple[str, str]:
    match = _WEIGHT.fullmatch(word)
    return (match[1], match[2] or "") if match else (word, "")
