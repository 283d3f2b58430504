"""A row of a message, made of any items."""

from typing import Any

from discord import ui


def action_row(*items: ui.Item[Any]) -> ui.ActionRow[Any]:
    """A row of these items, five buttons or one menu at most."""
    row: ui.ActionRow[Any] = ui.ActionRow()
    for item in items:
        row.add_item(item)
    return row
