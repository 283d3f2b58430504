"""Parts of message bodies, and sending them with files."""

import io
from typing import Any

import aiohttp
import orjson

from tests.playground.discord_server.raw_clients import Answer, Rest

V2 = 1 << 15
Json = dict[str, Any]


def text(content: str = "x") -> Json:
    """A text display."""
    return {"type": 10, "content": content}


def button(custom_id: str = "a", **more: Any) -> Json:
    """A button."""
    return {"type": 2, "style": 1, "label": "Press", "custom_id": custom_id, **more}


def row(*components: Json) -> Json:
    """An action row."""
    return {"type": 1, "components": list(components)}


def select(**more: Any) -> Json:
    """A string select."""
    return {"type": 3, "custom_id": "s", "options": [{"label": "x", "value": "x"}], **more}


def gallery(*urls: str) -> Json:
    """A media gallery."""
    return {"type": 12, "items": [{"media": {"url": url}} for url in urls]}


async def send_files(rest: Rest, payload: Any, *files: tuple[str, bytes]) -> Answer:
    """Post a message with files to #general."""
    form = aiohttp.FormData(quote_fields=False)
    form.add_field("payload_json", payload if isinstance(payload, str) else orjson.dumps(payload).decode())
    for number, (name, data) in enumerate(files):
        form.add_field(f"files[{number}]", io.BytesIO(data), filename=name, content_type="image/png")
    return await rest("POST", f"{rest.general}/messages", data=form)
