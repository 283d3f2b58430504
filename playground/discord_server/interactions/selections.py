"""What members have chosen in select menus: their client sends nothing when they choose the same again."""

from functools import partial

from playground.discord_server.base.errors import Refused
from playground.discord_server.base.json import Json
from playground.discord_server.state.channels import Channel, StoredMessage
from playground.discord_server.state.world import World

from .interaction import FAILED, Interaction

_Menu = tuple[str, str, str]  # the ids of user and message, and the custom_id


class Selections:
    """The chosen values by member and menu. They last until the message is edited, or until the client restarts."""

    def __init__(self, world: World) -> None:
        self._chosen: dict[_Menu, list[str]] = {}
        world.listeners.append(self._message_changed)

    def check(self, user_id: str, message_id: str, component: Json, values: list[str]) -> None:
        """Refuse the values that the menu shows already."""
        shown = self._chosen.get((user_id, message_id, component["custom_id"]), defaults(component))
        if sorted(shown) == sorted(values):
            raise Refused("This is chosen already. Discord sends nothing when it is chosen again.")

    def keep(self, message_id: str, interaction: Interaction) -> None:
        """Remember what the interaction chose, unless the bot fails to answer it."""
        menu = (interaction.user_id, message_id, interaction.data["custom_id"])
        self._chosen[menu] = interaction.data["values"]
        interaction.listeners.append(partial(self._settled, menu))

    def restart_client(self, user_id: str) -> None:
        """Forget what a member has chosen, as their client does when it is started again."""
        self._forget(0, user_id)

    def _settled(self, menu: _Menu, name: str, state: Json) -> None:
        if name == "interaction" and state["state"] == FAILED:
            self._chosen.pop(menu, None)

    def _message_changed(self, _event: str, _channel: Channel, stored: StoredMessage) -> None:
        self._forget(1, stored.id)

    def _forget(self, place: int, item_id: str) -> None:
        for menu in [each for each in self._chosen if each[place] == item_id]:
            del self._chosen[menu]


def defaults(component: Json) -> list[str]:
    """The values that a menu shows as chosen before a member has used it."""
    chosen = [each["value"] for each in component.get("options") or [] if each.get("default")]
    return chosen or [each["id"] for each in component.get("default_values") or []]
