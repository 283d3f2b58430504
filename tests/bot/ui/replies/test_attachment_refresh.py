"""Where Discord keeps attachments."""

from datetime import timedelta

import pytest

from bot.services.jobs.attachment_urls import AttachmentUrls
from bot.ui.replies.attachment_refresh import ATTACHMENT_PREFIXES
from tests.bot.records import new_job
from tests.bot.services.signed_urls import NOW, ScriptedRefresher, signed


@pytest.mark.parametrize("host", ["cdn.discordapp.com", "media.discordapp.net"])
@pytest.mark.parametrize("folder", ["attachments", "ephemeral-attachments"])
def test_discord_s_own_addresses_are_known(host: str, folder: str) -> None:
    """Those of messages, and those of files given to a command."""
    address = signed("fox", timedelta(0), f"https://{host}/{folder}/")
    job = new_job(prompt=f"{address} a fox {signed('owl', timedelta(0), f'https://{host}.example/{folder}/')}")
    assert AttachmentUrls(ATTACHMENT_PREFIXES, ScriptedRefresher(), now=lambda: NOW).expired(job) == [address]
