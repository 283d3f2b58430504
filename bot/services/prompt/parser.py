"""Parses a typed prompt into picture addresses, words and flags."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.services.prompt.flag_spec import Flag, FlagSpec
from bot.services.prompt.flags import find_flag, nearest_flag
from bot.services.prompt.permutations import has_alternatives
from bot.services.prompt.text import PromptError, clean_text, quoted
from bot.services.prompt.values import read_address

# Phones replace two hyphens with one of these.
_DASH = "‒–—―−⸺⸻"
_FLAG = re.compile(rf"([-{_DASH}]+)([^\W\d_]\S*)")
_ONE_DASH = re.compile(rf"[-{_DASH}]")
_LOOKS_LIKE_FLAG = re.compile(rf"[-{_DASH}]{{2,}}|[{_DASH}](?=[^\W\d_]|$)")


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
    tokens = clean_text(typed).split()
    start = next((i for i, token in enumerate(tokens) if not _is_address(token)), len(tokens))
    first_flag = next((i for i in range(start, len(tokens)) if _flag_name(tokens[i])), len(tokens))
    image_urls = tuple(read_address(token) for token in tokens[:start])
    words = _words(tokens[start:first_flag])
    flags = {flag.name: flag for flag in _read_flags(tokens[first_flag:])}
    repeat = flags.pop("repeat", None)
    return TypedPrompt(image_urls, words, tuple(flags.values()), int(repeat.value or 1) if repeat else 1)


def plain_words(typed: str, option: str) -> str:
    """The text of an option that takes words only. Raises PromptError when it contains a flag or alternatives."""
    tokens = clean_text(typed).split()
    flag = next((token for token in tokens if _flag_name(token)), None)
    if flag is not None:
        raise PromptError(f"`{option}` takes words only. Move {quoted(flag)} to the end of the prompt.")
    if has_alternatives(typed):
        raise PromptError(f"Braces make alternatives in the prompt only, not in `{option}`. Remove them there.")
    return without_flag_dashes(tokens)


def slot_of(flag: Flag) -> str:
    """The name under which flags exclude each other: `mode` for fast, relax and turbo."""
    spec = find_flag(flag.name)
    return spec.slot if spec else flag.name


def flag_in(token: str) -> tuple[str, str] | None:
    """Name and value of a flag, or None for a word. The value is empty unless it follows `=`."""
    typed = _flag_name(token)
    if typed is None:
        return None
    name, _, value = typed.partition("=")
    return name, value


def without_flag_dashes(tokens: Iterable[str]) -> str:
    """The words, with each dash that could be read as a flag replaced by a hyphen between spaces."""
    for token in tokens:
        _refuse_joined_flag(token)
    kept = (token if _is_address(token) else _LOOKS_LIKE_FLAG.sub(" - ", token) for token in tokens)
    return clean_text(" ".join(kept))


def _words(tokens: Sequence[str]) -> str:
    address = next((token for token in tokens if _is_address(token)), None)
    if address is not None:
        raise PromptError(f"Put the address {quoted(address)} at the very beginning, before the words.")
    return without_flag_dashes(tokens)


def _is_address(token: str) -> bool:
    return token.lstrip("<").casefold().startswith(("http://", "https://"))


def _flag_name(token: str) -> str | None:
    """The text after the dashes of a flag; None for a word."""
    match = _FLAG.fullmatch(token)
    if match is None or match[1] == "-":
        return None
    if "--" in match[1]:
        return match[2]
    # A single long dash is common in prose, so only a known or nearly known name makes it a flag.
    name = match[2].partition("=")[0]
    return match[2] if find_flag(name) or nearest_flag(name, 0.8) else None


def _read_flags(tokens: Sequence[str]) -> tuple[Flag, ...]:
    found: dict[str, tuple[str, Flag]] = {}
    for name, words in _split_at_flags(tokens):
        spec = _spec(name)
        if spec.slot in found:
            raise PromptError(_contradiction(found[spec.slot][0], name))
        found[spec.slot] = (name, _read_flag(spec, name, words))
    return tuple(flag for _, flag in found.values())


def _split_at_flags(tokens: Sequence[str]) -> list[tuple[str, list[str]]]:
    parts: list[tuple[str, list[str]]] = []
    for token in tokens:
        if typed := _flag_name(token):
            name, _, value = typed.partition("=")
            parts.append((name, [value] if value else []))
        else:
            parts[-1][1].append(token)
    return parts


def _spec(name: str) -> FlagSpec:
    spec = find_flag(name)
    if spec is None:
        raise PromptError(_unknown(name))
    if spec.refusal:
        raise PromptError(spec.refusal)
    return spec


def _read_flag(spec: FlagSpec, name: str, words: Sequence[str]) -> Flag:
    if spec.words:
        if value := without_flag_dashes(words):
            return Flag(spec.name, value)
        raise _missing(spec, name)
    most = len(words) if spec.many else 1
    limit = most if spec.read else 0
    values = [spec.read(name, word) for word in words[:limit]] if spec.read else []
    if len(words) > limit:
        rest = quoted(" ".join(words[limit:]))
        raise PromptError(f"Flags go at the end of the prompt: move {rest} in front of `--{name}`.")
    if values:
        return Flag(spec.name, " ".join(values))
    if spec.read is None or spec.bare:
        return spec.means or Flag(spec.name)
    raise _missing(spec, name)


def read_option(name: str, word: str) -> Flag:
    """The flag `name` with the value of an option. Raises PromptError."""
    return _read_flag(_spec(name), name, (word,))


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
    hint = f"Did you mean `--{nearest}`?" if nearest else "Remove it."
    return f"There is no flag {quoted('--' + name)}. {hint} If these are words, put a space after the dashes."


def _refuse_joined_flag(token: str) -> None:
    name = _ONE_DASH.split(token)[-1]
    before = token.removesuffix(name)
    word = before.rstrip(f"-{_DASH}")
    dashes = before[len(word) :]
    if word and dashes not in {"", "-"} and find_flag(name) and not _is_address(token):
        raise PromptError(
            f"In {quoted(token)}, put a space before `--{name.casefold()}` if it is a flag, "
            "or after the dash if these are words."
        )
