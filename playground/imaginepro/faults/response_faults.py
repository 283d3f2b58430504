"""Responses that a fault gives instead of the usual one, or before it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from typing import TYPE_CHECKING

from aiohttp import web

from playground.imaginepro.jobs.fault import RequestKind
from playground.imaginepro.jobs.response_bodies import error

if TYPE_CHECKING:
    from playground.imaginepro.jobs.fault import AffectedCall, Answer, Proceed

_UNASKED_FLAGS = (
    ", soft light —raw emotion, dreamy—no fear, {calm, wild}, see https://example.com/a.png --turbo --ar 16:9"
)


def refuse(status: int, message: str) -> Answer:
    """Refuse with an error body, nothing being done."""

    async def answer(call: AffectedCall, proceed: Proceed, seconds: float) -> web.StreamResponse:
        return error(status, message)

    return answer


def text_response(status: int, body: str, content_type: str) -> Answer:
    """Answer with some text that is no JSON, as proxies do."""

    async def answer(call: AffectedCall, proceed: Proceed, seconds: float) -> web.StreamResponse:
        return web.Response(status=status, text=body, content_type=content_type)

    return answer


async def refuse_key(call: AffectedCall, proceed: Proceed, seconds: float) -> web.StreamResponse:
    """401, and the same for a client that then reads the account to learn why."""
    if call.kind is not RequestKind.ACCOUNT:
        call.choose_fault("key-refused", RequestKind.ACCOUNT, seconds)
    return error(401, "Unauthorized")


async def empty_account(call: AffectedCall, proceed: Proceed, seconds: float) -> web.StreamResponse:
    """The account is empty for a while."""
    call.empty_account(seconds)
    return await proceed()


async def answer_success_false(call: AffectedCall, proceed: Proceed, seconds: float) -> web.StreamResponse:
    """200, yet no job."""
    return web.json_response({"success": False, "error": "The job could not be accepted, please try again."})


async def respond_201(call: AffectedCall, proceed: Proceed, seconds: float) -> web.StreamResponse:
    """The usual answer under another 2xx."""
    reply = await proceed()
    reply.set_status(201 if reply.status == 200 else reply.status)
    return reply


async def add_flags(call: AffectedCall, proceed: Proceed, seconds: float) -> web.StreamResponse:
    """The longer prompt, with dashes and flags in it that no one asked for, as language models write."""
    reply = await proceed()
    body = json.loads(reply.text or "{}") if isinstance(reply, web.Response) else {}
    if "prompt" not in body:
        return reply
    return web.json_response({"prompt": f"{body['prompt']}{_UNASKED_FLAGS}"})


async def delay_response(call: AffectedCall, proceed: Proceed, seconds: float) -> web.StreamResponse:
    """Do what was asked, and answer after a while, or once everything is back to normal."""
    cleared = call.faults_cleared
    reply = await proceed()
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await cleared.wait()
    return reply


async def cut_after_work(call: AffectedCall, proceed: Proceed, seconds: float) -> web.StreamResponse:
    """Do what was asked, and cut the connection instead of answering."""
    await proceed()
    return call.cut()


async def cut_connection(call: AffectedCall, proceed: Proceed, seconds: float) -> web.StreamResponse:
    """Cut the connection, nothing being done."""
    return call.cut()


async def answer_unknown_job(call: AffectedCall, proceed: Proceed, seconds: float) -> web.StreamResponse:
    """200, yet no record."""
    return web.json_response({"success": False, "message": "Message not found"})


def hide_new_job(status: int) -> Answer:
    """Refuse to show a job that is younger than the fault's seconds."""

    async def answer(call: AffectedCall, proceed: Proceed, seconds: float) -> web.StreamResponse:
        if call.job is not None and time.time() - call.job.created_at < seconds:
            return error(status, "Message not found")
        return await proceed()

    return answer
