"""What is answered at once about a prompt: whether it would be refused, and a longer one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aiohttp import web

from playground.imaginepro.jobs.prompt import Prompt
from playground.imaginepro.jobs.refusals.banned_words import banned_words
from playground.imaginepro.jobs.response_bodies import error

if TYPE_CHECKING:
    from .call import Call

_EXTRAS = "intricate detail, soft directional light, a clear focal point, harmonious colours, depth of field"
_TAIL = re.compile(r"(?<!\S)(?:--|—|scenario:|button-scenario:)")


async def check(call: Call) -> web.Response:
    """SUCCESS, or FAIL with the banned words; a prompt that names a refusal as its fault fails here too."""
    prompt = call.body.get("prompt")
    if not isinstance(prompt, str) or not prompt.strip():
        return error(400, "Prompt is required.")
    banned = banned_words(prompt, call.service.banned)
    if banned:
        return web.json_response({"status": "FAIL", "message": f"Banned words: {', '.join(banned)}"})
    if any(word.name.startswith("prompt-refused") for word in Prompt.parse(prompt).faults):
        return web.json_response({"status": "FAIL", "message": "The prompt would be refused"})
    return web.json_response({"status": "SUCCESS"})


async def extend(call: Call) -> web.Response:
    """The prompt with more to see in it; its flags stay at the end."""
    prompt = call.body.get("prompt")
    if not isinstance(prompt, str) or not prompt.strip():
        return error(400, "Prompt is required.")
    tail = _TAIL.search(prompt)
    start = tail.start() if tail else len(prompt)
    words = ", ".join(part for part in (prompt[:start].strip(" ,."), _EXTRAS) if part)
    return web.json_response({"prompt": f"{words} {prompt[start:]}".strip()})
