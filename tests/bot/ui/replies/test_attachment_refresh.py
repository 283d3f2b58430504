"""Recognising Discord's attachment addresses."""

from datetime import timedelta

import pytest

from bot.services.jobs.attachment_urls import AttachmentUrls
from bot.ui.replies.attachment_refresh import ATTACHMENT_PREFIXES
from tests.bot.records import new_job
from tests.bot.services.signed_urls import NOW, ScriptedRefresher, signed


@pytest.mark.parametrize("host", ["cdn.discordapp.com", "media.discordapp.net"])
@pytest.mark.parametrize("folder", ["attachments", "ephemeral-attachments"])
def test_discords_addresses_are_recognised(host: str, folder: str) -> None:
    """Addresses of message and command attachments on both hosts are recognised."""
    address = signed("fox", timedelta(0), f"https://{host}/{folder}/")
    job = new_job(prompt=f"{address} a fox {signed('owl', timedelta(0), f'https://{host}.example/{folder}/')}")
    assert AttachmentUrls(ATTACHMENT_PREFIXES, ScriptedRefresher(), now=lambda: NOW).expired(job) == [address]
