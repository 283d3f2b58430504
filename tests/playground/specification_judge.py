"""Holds everything that any local Discord of the suite answers or sends against Discord's specification.

Everything sent while a test runs is checked at once, and a violation fails that test.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from playground.discord_server.gateway.sessions import Session
from playground.discord_server.observe.request_log import LoggedRequest, RequestLog
from playground.discord_server.state.channels import DM, THREADS
from tests.playground.discord_spec import Spec

Json = dict[str, Any]
CHANNEL_SCHEMAS = {DM: "PrivateChannelResponse", **dict.fromkeys(THREADS, "ThreadResponse")}
RESOLVED = {"users": "UserResponse", "roles": "GuildRoleResponse", "messages": "BasicMessageResponse"}


class Judge:
    """Collects complaints until a test takes them."""

    def __init__(self, spec: Spec) -> None:
        self._spec = spec
        self._found: list[str] = []

    def exchange(self, entry: LoggedRequest) -> None:
        """Judge a request and its answer."""
        self._found += self._spec.complaints([entry])

    def event(self, name: str, payload: Json) -> None:
        """Judge the parts of a gateway event that the specification knows."""
        for schema, part in parts(name, payload):
            self._found += [f"{name} {each}" for each in self._spec.of_payload(schema, part)]

    def verdict(self) -> list[str]:
        """The complaints since the last verdict, each once."""
        found, self._found = self._found, []
        return list(dict.fromkeys(found))


@contextmanager
def judging(judge: Judge) -> Iterator[None]:
    """Let the judge hear of everything for a while."""
    note, dispatch = RequestLog.add, Session.dispatch

    def noted(request_log: RequestLog, entry: LoggedRequest) -> None:
        judge.exchange(entry)
        note(request_log, entry)

    def dispatched(session: Session, event: str, payload: Json) -> None:
        judge.event(event, payload)
        dispatch(session, event, payload)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(RequestLog, "add", noted)
        patch.setattr(Session, "dispatch", dispatched)
        yield


def parts(name: str, payload: Json) -> Iterator[tuple[str, Any]]:
    """The objects within an event, each with the name of its schema."""
    if name in ("MESSAGE_CREATE", "MESSAGE_UPDATE"):
        yield "MessageResponse", payload
    elif name == "GUILD_CREATE":
        yield "GuildResponse", payload
        yield from (("GuildMemberResponse", member) for member in payload["members"])
        yield from (channel(each) for each in [*payload["channels"], *payload["threads"]])
    elif name in ("THREAD_CREATE", "THREAD_UPDATE", "CHANNEL_DELETE"):
        yield channel(payload)
    elif name == "INTERACTION_CREATE":
        yield from of_interaction(payload)


def of_interaction(payload: Json) -> Iterator[tuple[str, Any]]:
    """What an interaction carries: where it happened, who did it, on what message, and what was chosen."""
    yield channel(payload["channel"])
    yield from (
        [("GuildMemberResponse", payload["member"])] if "member" in payload else [("UserResponse", payload["user"])]
    )
    yield from [("MessageResponse", payload["message"])] if "message" in payload else []
    resolved = payload["data"].get("resolved") or {}
    for kind, schema in RESOLVED.items():
        yield from ((schema, each) for each in (resolved.get(kind) or {}).values())
    yield from (("MessageAttachmentResponse", each) for each in (resolved.get("attachments") or {}).values())


def channel(payload: Json) -> tuple[str, Json]:
    """A channel with the name of its schema."""
    return CHANNEL_SCHEMAS.get(payload["type"], "GuildChannelResponse"), payload
