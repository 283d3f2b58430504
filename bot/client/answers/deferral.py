"""How an interaction is deferred: as its answer usually looks, so that "thinking" becomes that answer."""

from enum import Enum, auto


class Deferral(Enum):
    """What stands in place of an answer that takes long."""

    PUBLIC = auto()
    """"Thinking" that everyone in the channel sees: for what usually starts a job."""
    PRIVATE = auto()
    """"Thinking" that the member alone sees."""
    UPDATE = auto()
    """Nothing: the answer edits the message whose button was pressed."""


KEY = "deferral"

PRIVATE_ANSWER = {KEY: Deferral.PRIVATE}
"""The `extras` of a command whose answers the member alone sees. Without them its answer is a job's public reply."""
