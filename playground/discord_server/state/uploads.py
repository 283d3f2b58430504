"""How large the files of a message may be, and what happens to pictures that lie elsewhere.

The default, the sizes of boost tiers and the maximum that `attachment_size_limit` states are Discord's (reference,
"Uploading Files"); a request takes 25 MiB (resources/message).
"""

from dataclasses import dataclass, field

MIB = 1024 * 1024
DEFAULT_LIMIT = 10 * MIB
LIMIT_OF_TIER = {0: DEFAULT_LIMIT, 1: DEFAULT_LIMIT, 2: 50 * MIB, 3: 100 * MIB}
REQUEST_LIMIT = 25 * MIB


@dataclass
class UploadLimits:
    """Limits that differ from the default: `of_member` by user id, as with Nitro.

    `stated` is what interactions say instead of what is taken: `attachment_size_limit` is known to overstate.
    """

    of_member: dict[str, int] = field(default_factory=dict[str, int])
    stated: int | None = None


@dataclass
class ExternalPictures:
    """Pictures of other hosts in components. With `blank_at_first` one stays blank where it is used the first time."""

    blank_at_first: bool = False
    _known: set[str] = field(default_factory=set[str])

    def is_blank(self, url: str) -> bool:
        """Whether the message that uses this picture now shows nothing in its place."""
        first = url not in self._known
        self._known.add(url)
        return first and self.blank_at_first
