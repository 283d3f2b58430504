"""What is in the frames of a gateway client, as far as it can be understood."""

from playground.discord_server.base.json import Json
from playground.discord_server.validation.problems import Problems
from playground.discord_server.validation.rules import Fields, Number, Snowflake, Text

from .connection import CloseWith

MEMBERS_ASKED = Fields({"guild_id": Snowflake(), "limit": Number(0), "query": Text(), "nonce": Text()})


def members_asked(data: object) -> Json:
    """What a request for members asks for, if it can be understood."""
    MEMBERS_ASKED.check(data, (), problems := Problems())
    if problems:
        raise CloseWith(4002, "Error while decoding payload.")
    return as_object(data)


def as_object(data: object) -> Json:
    """The data of a frame, which must be an object."""
    if not isinstance(data, dict):
        raise CloseWith(4002, "Error while decoding payload.")
    return data
