"""What a row of the table in `flags` says about a flag of Midjourney."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from bot.services.prompt.flags.models import knowing, named
from bot.services.prompt.values import Range, ValueReader


@dataclass(frozen=True, slots=True)
class Flag:
    """One flag of a prompt under its canonical name, for example `ar` with the value `16:9`."""

    name: str
    value: str | None = None

    def __str__(self) -> str:
        return f"--{self.name}" if self.value is None else f"--{self.name} {self.value}"


@dataclass(frozen=True, slots=True, kw_only=True)
class FlagSpec:
    """How a flag is spelled and read, what it does, and which option of /imagine sets it.

    Without `read` and `words` it is a switch.
    """

    name: str
    aliases: tuple[str, ...] = ()
    about: str = ""
    """What it does, at most 100 characters. May contain `{range}`, `{low}`, `{high}` and `{models}`."""
    option: str | None = None
    """Flags with the same option are its choices; the first of them describes it."""
    group: str | None = None
    """The slot that it shares with other flags."""
    read: ValueReader | None = None
    words: bool = False
    """Takes all words up to the next flag."""
    most: int | None = 1
    """How many values it takes at most; None for any number."""
    bare: bool = False
    """May be used without a value."""
    example: str = ""
    means: Mapping[str, Flag] = field(default_factory=dict[str, Flag])
    """Values that are an older spelling of another flag."""
    choose: Callable[[str], Flag] | None = None
    """Reads the option's value when it needs another reader than the flag. Raises PromptError."""
    brings_model: bool = False
    """Where the prompt chooses no model, one that knows the flag is added."""
    instead: str = ""
    """What may be used with the models that do not know it, as the end of a sentence that begins with "or"."""
    reference: str | None = None
    """The kind of picture that the flag adds as a reference."""
    weighs: str | None = None
    """The flag of the reference that this one weighs."""
    refusal: str | None = None
    """Why it can't be used here, as a sentence."""

    @property
    def slot(self) -> str:
        """Flags in the same slot exclude each other."""
        return self.group or self.name

    @property
    def range(self) -> Range | None:
        """The numbers that it takes."""
        return self.read if isinstance(self.read, Range) else None

    @property
    def description(self) -> str:
        """What it does, with its range and models filled in."""
        low, high = (self.range.low, self.range.high) if self.range else ("", "")
        models = named(knowing(self.name, None), "and") if "{models}" in self.about else ""
        return self.about.format(range=self.range, low=low, high=high, models=models)
