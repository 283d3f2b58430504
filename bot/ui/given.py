"""The two ways to give a picture to a command: attached, or by its web address."""

import discord

from bot.services.pictures import PictureError
from bot.ui.inputs import Input


def given_picture(option: str, attached: discord.Attachment | None, address: str | None) -> Input:
    """The picture given to `option` or as an address to `option`_url. Raises PictureError unless it is exactly one."""
    if attached is not None and address is not None:
        raise PictureError(f"Give either `{option}` or `{option}_url`, not both.")
    if attached is not None:
        return Input(option, attached)
    if address is not None:
        return Input(f"{option}_url", address)
    raise PictureError(f"Attach a picture to `{option}`, or give its web address to `{option}_url`.")
