"""What each of Discord's refusals says about the way to go on."""

import discord
import pytest

from bot.services.images.formats import Upload
from bot.ui.replies.discord_calls import NotPermitted, RouteRefused, translate_refusals
from tests.bot.ui.records import PICTURE
from tests.bot.ui.replies.test_replies import http_error

PICTURES = (PICTURE,)


@pytest.mark.parametrize(
    ("status", "code", "files", "by_token", "by_channel"),
    [
        (403, 50013, PICTURES, NotPermitted, NotPermitted),
        (403, 50013, (), NotPermitted, NotPermitted),
        (413, 40005, PICTURES, discord.HTTPException, discord.HTTPException),
        (413, 0, PICTURES, discord.HTTPException, discord.HTTPException),
        (403, 50999, PICTURES, RouteRefused, discord.HTTPException),
        (403, 50999, (), RouteRefused, RouteRefused),
    ],
)
def test_refusals_say_what_to_try_next(
    status: int, code: int, files: tuple[Upload, ...], by_token: type[Exception], by_channel: type[Exception]
) -> None:
    """What may be about the files stays as it is, so that they are made smaller or left out before another way."""
    with pytest.raises(by_token), translate_refusals(by_token=True, with_files=bool(files)):
        raise http_error(status, code)
    with pytest.raises(by_channel), translate_refusals(with_files=bool(files)):
        raise http_error(status, code)
