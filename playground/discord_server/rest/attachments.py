"""New addresses for files whose old ones have ceased to work."""

from playground.discord_server.base.json import Json
from playground.discord_server.validation.problems import Problems
from playground.discord_server.validation.rules import Fields, Items, Text

from .routing import Call, Routes

routes = Routes()

ASKED = Fields({"attachment_urls": Items(Text(1, 2048), 1, 50)}, ("attachment_urls",))


@routes("POST", "/attachments/refresh-urls")
async def refresh(call: Call) -> Json:
    """Each address with one that works for another day, or null where it is no file's."""
    ASKED.check(call.body, (), problems := Problems())
    problems.raise_if_any()
    pairs = [(url, call.core.files.refreshed(url)) for url in call.body["attachment_urls"]]
    return {"refreshed_urls": [{"original": url, "refreshed": refreshed} for url, refreshed in pairs]}
