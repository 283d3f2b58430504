"""Prompts before they cost anything: are they allowed, and could they say more."""

from pydantic import Field

from bot.imaginepro import parsing as wire
from bot.imaginepro.errors import ServerFault
from bot.imaginepro.http.base import Api
from bot.imaginepro.http.transport import Call
from bot.imaginepro.models import Reason, Reply


class PromptVerdict(Reply):
    """What Prompt Check thinks: `reason` is the API's own words on one line, if the prompt is not `ok`."""

    ok: bool
    reason: Reason = Field(default=None)


class Prompts(Api):
    """Two calls that answer at once, create nothing and cost nothing, so that they may be repeated."""

    async def check_prompt(self, prompt: str) -> PromptVerdict:
        """Whether banned words or wrong parameters were found (docs.imaginepro.ai, Prompt Check). Free.

        Close to Midjourney's own rules, not identical: a passed prompt may still fail. An answer that says
        neither yes nor no is a `ServerFault`.
        """
        fields = wire.record(await self._ask("/nova/prompt-check", prompt))
        status = (wire.text(fields.get("status")) or "").upper()
        if status not in {"SUCCESS", "FAIL", "FAILED"}:
            raise ServerFault(status=200)
        ok = status == "SUCCESS"
        return PromptVerdict(ok=ok, reason=None if ok else wire.reason(fields.get("message")))

    async def extend_prompt(self, prompt: str) -> str:
        """The prompt, written out at greater length. Free. An answer without a text is a `ServerFault`."""
        extended = wire.text(wire.record(await self._ask("/tools/prompt-extend", prompt)).get("prompt"))
        if extended is None:
            raise ServerFault(status=200)
        return extended

    async def _ask(self, path: str, prompt: str) -> object:
        return await self._request(Call("POST", path, body={"prompt": prompt}, repeatable=True))
