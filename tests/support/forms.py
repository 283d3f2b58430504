"""Fills in modals by the labels of their fields."""

from collections.abc import Iterator
from typing import Any

from playground.discord_server.members.driver import Modal

LABEL = 18


def fields(modal: Modal) -> dict[str, dict[str, Any]]:
    """The modal's fields by their labels."""
    return dict(_labelled(modal.components))


def prefilled(modal: Modal, label: str) -> str:
    """The initial value of a field."""
    return fields(modal)[label].get("value") or ""


def filled(modal: Modal, **values: Any) -> dict[str, Any]:
    """Values by custom_id. A field is named by its label, with `_` for spaces and without punctuation."""
    named = {_plain(label): field for label, field in fields(modal).items()}
    return {named[_plain(name)]["custom_id"]: value for name, value in values.items()}


def _labelled(components: list[dict[str, Any]]) -> Iterator[tuple[str, dict[str, Any]]]:
    for component in components:
        if component["type"] == LABEL:
            yield component["label"], component["component"]


def _plain(name: str) -> str:
    return "".join(sign for sign in name.casefold().replace("_", " ") if sign.isalnum() or sign == " ").strip()
