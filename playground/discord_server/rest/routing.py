"""The REST API's routes, collected from the files of this package."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from playground.discord_server.base.errors import not_a_snowflake
from playground.discord_server.base.json import Json
from playground.discord_server.core import Core
from playground.discord_server.state.files import Upload
from playground.discord_server.validation.problems import refuse


@dataclass(frozen=True)
class Call:
    """One request, parsed: what a handler gets."""

    core: Core
    place: Mapping[str, str]  # the parameters of the path
    query: Mapping[str, str]
    body: Any = None
    uploads: Mapping[str, Upload] = field(default_factory=dict)  # by the n of files[n]

    def snowflake(self, name: str) -> str:
        """An id of the path, which must be a number."""
        value = self.place[name]
        if not value.isdecimal():
            raise not_a_snowflake(value)
        return value

    def page(self, found: list[Json], id_of: Callable[[Json], str], usual: int, most: int) -> list[Json]:
        """One page of what was found: the first after (or last before) the query's id, at most its `limit`."""
        limit = self.query.get("limit", str(usual))
        if not limit.isdecimal() or not 1 <= int(limit) <= most:
            refuse(("limit",), "NUMBER_TYPE_MAX", f"int value should be between 1 and {most}.")
        bounds = {name: int(self.query[name]) for name in ("before", "after") if self.query.get(name, "").isdecimal()}
        low, high = bounds.get("after", 0), bounds.get("before", 1 << 64)
        inside = sorted((each for each in found if low < int(id_of(each)) < high), key=lambda each: int(id_of(each)))
        return inside[-int(limit) :] if "before" in bounds and "after" not in bounds else inside[: int(limit)]

    def object(self) -> Json:
        """The body, which must be an object."""
        if not isinstance(self.body, dict):
            refuse((), "MODEL_TYPE_CONVERT", "Only dictionaries may be used in a ModelType")
        return self.body


@dataclass(frozen=True)
class Reply:
    """A handler's answer: by default 200 with a body, 204 without."""

    body: Any = None
    status: int = 200


Handler = Callable[[Call], Awaitable[Any]]


@dataclass(frozen=True)
class Route:
    """A method and a path template, and who answers there."""

    method: str
    template: str
    handler: Handler
    bot_only: bool = True


class Routes:
    """The routes of one file; used as a decorator."""

    def __init__(self) -> None:
        self.found: list[Route] = []

    def __call__(self, method: str, template: str, *, bot_only: bool = True) -> Callable[[Handler], Handler]:
        """Register a handler; with `bot_only=False` no bot token is needed."""

        def register(handler: Handler) -> Handler:
            self.found.append(Route(method, template, handler, bot_only))
            return handler

        return register
