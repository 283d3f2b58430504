"""Parses a typed prompt into picture addresses, words and flags."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.services.prompt.flags.marks import FlagMark, read_marks, with_hyphens
from bot.services.prompt.flags.spec import Flag, FlagSpec
from bot.services.prompt.flags.table import find_flag, nearest_flag
from bot.services.prompt.spelling.addresses import is_address, refuse_almost_addresses, separated
from bot.services.prompt.spelling.permutations import has_alternatives
from bot.services.prompt.spelling.signs import COMMAS, bare_value, option_value, plain_list, with_plain_weights
from bot.services.prompt.text import PromptError, clean_text, quoted
from bot.services.prompt.values import ValueReader, read_address

_COMMA = re.compile(f"[{COMMAS}]")


@dataclass(frozen=True, slots=True)
class TypedPrompt:
    """The parts of a typed prompt; `words` contain no flag and no address.

    `repeat` is the number of jobs. Its flag is not among `flags`, because it is not sent.
    """

    image_urls: tuple[str, ...]
    words: str
    flags: tuple[Flag, ...]
    repeat: int = 1


def read_prompt(typed: str) -> TypedPrompt:
    """The parts of a typed prompt. Raises PromptError that names the invalid part."""
    tokens = _tokens(typed)
    start = next((i for i, token in enumerate(tokens) if not is_address(token)), len(tokens))
    image_urls = tuple(read_address(token) for token in tokens[:start])
    parts = read_marks(tokens[start:])
    first_flag = next((i for i, part in enumerate(parts) if isinstance(part, FlagMark)), len(parts))
    words = _words([part for part in parts[:first_flag] if isinstance(part, str)])
    flags = {flag.name: flag for flag in _read_flags(parts[first_flag:])}
    repeat = flags.pop("repeat", None)
    return TypedPrompt(image_urls, words, tuple(flags.values()), int(repeat.value or 1) if repeat else 1)


def plain_words(typed: str, option: str) -> str:
    """The text of an option that takes a list of words. Raises PromptError for a flag, a URL or alternatives."""
    tokens = _tokens(typed)
    flag = next((part for part in read_marks(tokens) if isinstance(part, FlagMark)), None)
    if flag is not None:
        raise PromptError(f"`{option}` takes words only. Move {quoted(flag.typed)} to the end of the prompt.")
    if has_alternatives(clean_text(typed)):
        raise PromptError(f"Braces make alternatives in the prompt only, not in `{option}`. Remove them there.")
    return _list(tokens, option)


def slot_of(flag: Flag) -> str:
    """The name under which flags exclude each other: `mode` for fast, relax and turbo."""
    spec = find_flag(flag.name)
    return spec.slot if spec else flag.name


def option_of(flag: Flag) -> str:
    """The option of /imagine that sets the flag, else its slot."""
    spec = find_flag(flag.name)
    return spec.option or spec.slot if spec else flag.name


def _tokens(typed: str) -> list[str]:
    tokens = separated(clean_text(typed))
    refuse_almost_addresses(tokens)
    return tokens


def _words(tokens: Sequence[str]) -> str:
    address = next((token for token in tokens if is_address(token)), None)
    if address is not None:
        raise PromptError(f"Put the address {quoted(address)} at the very beginning, before the words.")
    return _without_flags(with_hyphens(with_plain_weights(" ".join(tokens))))


def _list(tokens: Sequence[str], name: str) -> str:
    address = next((token for token in tokens if is_address(token)), None)
    if address is not None:
        raise PromptError(f"`{name}` takes words only, not the address {quoted(address)}. Remove it there.")
    return _without_flags(with_hyphens(plain_list(" ".join(tokens))))


def _without_flags(words: str) -> str:
    """The words. Raises PromptError when some are a flag now that dashes and quotation marks are written plainly."""
    flag = next((part for part in read_marks(words.split()) if isinstance(part, FlagMark)), None)
    if flag is not None:
        raise PromptError(f"{quoted(flag.typed)} looks like a flag. Write a comma in place of its dashes.")
    return words


def _read_flags(parts: Sequence[str | FlagMark]) -> tuple[Flag, ...]:
    found: dict[str, tuple[str, Flag]] = {}
    for name, words in _split_at_flags(parts):
        spec = _spec(name)
        if spec.slot in found:
            raise PromptError(_contradiction(found[spec.slot][0], name))
        found[spec.slot] = (name, _read_flag(spec, name, words))
    return tuple(flag for _, flag in found.values())


def _split_at_flags(parts: Sequence[str | FlagMark]) -> list[tuple[str, list[str]]]:
    flags: list[tuple[str, list[str]]] = []
    for part in parts:
        if isinstance(part, FlagMark):
            flags.append((part.name, [part.value] if part.value else []))
        else:
            flags[-1][1].append(part)
    return flags


def _spec(name: str) -> FlagSpec:
    spec = find_flag(name)
    if spec is None:
        raise PromptError(_unknown(name))
    if spec.refusal:
        raise PromptError(spec.refusal)
    return spec


def _read_flag(spec: FlagSpec, name: str, words: Sequence[str]) -> Flag:
    if spec.words:
        if value := _list(words, f"--{name}"):
            return Flag(spec.name, value)
        raise _missing(spec, name)
    given = _values(words, several=spec.most != 1)
    limit = _limit(spec, name, given)
    values = [_read_value(spec.read, name, word) for word in given[:limit]] if spec.read else []
    if len(given) > limit:
        rest = quoted(" ".join(given[limit:]))
        raise PromptError(f"Flags go at the end of the prompt: move {rest} in front of `--{name}`.")
    if values:
        value = " ".join(values)
        return spec.means.get(value) or Flag(spec.name, value)
    if spec.read is None or spec.bare:
        return Flag(spec.name)
    raise _missing(spec, name)


def _limit(spec: FlagSpec, name: str, given: Sequence[str]) -> int:
    """How many of the words are the flag's values. Raises PromptError when all are meant to be, and are too many."""
    if spec.read is None:
        return 0
    if spec.most is None:
        return len(given)
    if spec.most > 1 and len(given) > spec.most and all(map(is_address, given)):
        raise PromptError(f"`--{name}` takes {spec.most} pictures at most, and these are {len(given)}. Remove some.")
    return spec.most


def _values(words: Sequence[str], *, several: bool) -> list[str]:
    """The values as typed; where a flag takes several, commas may separate them."""
    found: list[str] = []
    for word in words:
        found += _COMMA.split(word) if several and not is_address(word) else [word]
    return [value for value in found if bare_value(value)]


def _read_value(read: ValueReader, name: str, typed: str) -> str:
    if is_address(typed):
        return read(name, typed)
    try:
        return read(name, bare_value(typed))
    except PromptError:
        # Refused again, but with the member's own spelling in the sentence.
        return read(name, typed)


def read_option(name: str, text: str) -> Flag:
    """The flag `name` with the value of an option. Raises PromptError."""
    spec = _spec(name)
    if spec.read is None:
        raise _missing(spec, name)
    return Flag(spec.name, spec.read(name, text if "://" in text else option_value(text)))


def _missing(spec: FlagSpec, name: str) -> PromptError:
    return PromptError(f"`--{name}` needs a value after it, such as `--{name} {spec.example}`.")


def _contradiction(first: str, second: str) -> str:
    one, other = find_flag(first), find_flag(second)
    if one is other:
        return f"`--{second}` is there twice. Keep one of them."
    return f"`--{first}` and `--{second}` exclude each other. Keep one of them."


def _unknown(name: str) -> str:
    joined = re.fullmatch(r"([A-Za-z]+?)([0-9.:]+)", name)
    if joined and find_flag(joined[1]):
        return f"Put a space into {quoted('--' + name)}: `--{joined[1]} {joined[2]}`."
    nearest = nearest_flag(name)
    spec = find_flag(nearest) if nearest else None
    hint = "Remove it." if spec is None or spec.refusal else f"Did you mean `--{nearest}`?"
    return f"There is no flag {quoted('--' + name)}. {hint} If these are words, put a space after the dashes."
