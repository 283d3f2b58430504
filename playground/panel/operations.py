"""What a panel may ask for, as it is sent."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

FaultName = Literal["drop-gateway", "gateway-away", "reconnect", "expire-tokens", "slow", "rate-limit", "refuse"]


class Operation(BaseModel):
    """One thing to do; `nonce` comes back with the answer."""

    model_config = ConfigDict(extra="forbid", strict=True)

    nonce: str | None = Field(None, max_length=100)


class Choose(Operation):
    """A fault of the API for the next `times` requests or jobs; null is until cleared."""

    op: Literal["choose"]
    name: str = Field(max_length=100)
    times: int | None = Field(1, ge=1, le=1000)


class Fault(Operation):
    """One of Discord's troubles; what is left out is as usual."""

    op: Literal["fault"]
    name: FaultName
    seconds: float | None = Field(None, ge=0, le=60)
    times: int | None = Field(None, ge=1, le=1000)
    status: int | None = Field(None, ge=400, le=599)
    route: str | None = Field(None, max_length=200)
    resumable: bool | None = None


class Clear(Operation):
    """An end to all trouble on one side."""

    op: Literal["clear"]
    side: Literal["api", "discord"]


class Speed(Operation):
    """The pace of jobs; 1 is real."""

    op: Literal["speed"]
    value: float = Field(ge=0.1, le=1000)


class Credits(Operation):
    """Credits to add, or with `empty` all to be taken."""

    op: Literal["credits"]
    add: int = Field(0, ge=0, le=100_000)
    empty: bool = False


class BotOperation(Operation):
    """What shall happen to the bot's process."""

    op: Literal["bot"]
    do: Literal["restart", "kill", "start"]


class Reset(Operation):
    """Start again without any data."""

    op: Literal["reset"]


class Details(Operation):
    """One request in full."""

    op: Literal["details"]
    side: Literal["api", "discord"]
    number: int = Field(ge=0)


AnyOperation = Choose | Fault | Clear | Speed | Credits | BotOperation | Reset | Details
_ADAPTER: TypeAdapter[AnyOperation] = TypeAdapter(Annotated[AnyOperation, Field(discriminator="op")])


class InvalidOperation(ValueError):
    """The frame asks for nothing that can be done; the text says why."""


def read_operation(text: str) -> AnyOperation:
    """The operation in a frame. Raises `InvalidOperation`."""
    try:
        return _ADAPTER.validate_json(text)
    except ValidationError as problem:
        first = problem.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"][1:])
        raise InvalidOperation(f"{place}: {first['msg']}." if place else f"{first['msg']}.") from None
