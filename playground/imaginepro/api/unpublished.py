"""What the service does not publish: its queue and its banned words, at paths of the simulator's own.

Neither paths nor bodies are known. These are plausible, and what they say is true of the simulator.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from playground.imaginepro.jobs.job import Status
from playground.imaginepro.jobs.response_bodies import error

if TYPE_CHECKING:
    from .call import Call

# The bot's settings for this simulator.
PATHS = {
    "IMAGINEPRO_QUEUE_COUNT_PATH": "GET /queue/count",
    "IMAGINEPRO_QUEUE_PAUSE_PATH": "POST /queue/pause",
    "IMAGINEPRO_QUEUE_RESUME_PATH": "POST /queue/resume",
    "IMAGINEPRO_QUEUE_REBOOT_PATH": "POST /queue/reboot",
    "IMAGINEPRO_BANWORDS_SHOW_PATH": "GET /banned-words",
    "IMAGINEPRO_BANWORDS_ADD_PATH": "POST /banned-words",
    "IMAGINEPRO_BANWORDS_REMOVE_PATH": "DELETE /banned-words/{word}",
    "IMAGINEPRO_ACCOUNT_QUEUE_PATH": "GET /queue/account/{id}",
}
_LONGEST = 100


async def count(call: Call) -> web.Response:
    """How many jobs wait and run."""
    return web.json_response(_counts(call))


async def pause(call: Call) -> web.Response:
    """Begin no more jobs; those that run go on."""
    call.service.queue.pause()
    return web.json_response(_counts(call))


async def resume(call: Call) -> web.Response:
    """Begin jobs again."""
    call.service.queue.resume()
    return web.json_response(_counts(call))


async def reboot(call: Call) -> web.Response:
    """Restart the queue: running jobs fail, waiting ones keep their places, a pause ends."""
    stopped = call.service.queue.reboot()
    return web.json_response({"success": True, "stopped": stopped})


async def banned(call: Call) -> web.Response:
    """The banned words."""
    return web.json_response({"words": sorted(call.service.banned)})


async def ban(call: Call) -> web.Response:
    """One more banned word."""
    word = call.body.get("word")
    if not isinstance(word, str) or not 0 < len(word.strip()) <= _LONGEST:
        return error(400, "word must be a text")
    call.service.banned.add(word.strip().lower())
    return await banned(call)


async def unban(call: Call) -> web.Response:
    """One banned word less."""
    word = call.request.match_info["word"].strip().lower()
    if word not in call.service.banned:
        return error(404, "This word is not banned")
    call.service.banned.remove(word)
    return await banned(call)


async def of_account(call: Call) -> web.Response:
    """One linked account's queue, with its credential in clear as in the service's other answers about accounts.

    The first account runs all jobs.
    """
    account = call.service.linked.find(call.request.match_info["id"])
    if account is None:
        return error(404, "Token not found")
    counts = _counts(call) if account["id"] == 1 else {"paused": False, "running": 0, "waiting": 0}
    note = f"logged in with {account['token']}"
    return web.json_response(
        {"id": account["id"], "token": account["token"], "note": note, "concurrency": account["concurrency"], **counts}
    )


def _counts(call: Call) -> dict[str, int | bool]:
    counts = call.service.jobs.counts()
    return {
        "paused": call.service.queue.paused,
        "running": counts[Status.PROCESSING],
        "waiting": counts[Status.SUBMITTED] + counts[Status.QUEUED],
    }
