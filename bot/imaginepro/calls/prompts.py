"""Free calls about prompts: check whether one is allowed, and write one out at greater length."""

from pydantic import Field

from bot.imaginepro import parsing
from bot.imaginepro.errors import ServerFault
from bot.imaginepro.http.base import Api
from bot.imaginepro.http.transport import Call
from bot.imaginepro.models import Reason, Reply


class PromptVerdict(Reply):
    """The result of Prompt Check; `reason` is the API's message, on one line, when the prompt is not `ok`."""

    ok: bool
    reason: Reason = Field(default=None)


class Prompts(Api):
    """Two free calls that answer at once and create nothing, so they may be retried."""

    async def check_prompt(self, prompt: str) -> PromptVerdict:
        """Check a prompt for banned words and invalid parameters (docs.imaginepro.ai, Prompt Check). Free.

        Close to Midjourney's own rules, not identical: a prompt that passes may still fail. An unclear answer is a
        `ServerFault`.
        """
        fields = parsing.json_object(await self._ask("/nova/prompt-check", prompt))
        status = (parsing.text(fields.get("status")) or "").upper()
        if status not in {"SUCCESS", "FAIL", "FAILED"}:
            raise ServerFault(status=200)
        ok = status == "SUCCESS"
        return PromptVerdict(ok=ok, reason=None if ok else parsing.reason(fields.get("message")))

    async def extend_prompt(self, prompt: str) -> str:
        """A longer version of the prompt. Free. An answer without a text is a `ServerFault`."""
        extended = parsing.text(parsing.json_object(await self._ask("/tools/prompt-extend", prompt)).get("prompt"))
        if extended is None:
            raise ServerFault(status=200)
        return extended

    async def _ask(self, path: str, prompt: str) -> object:
        return await self._request(Call("POST", path, body={"prompt": prompt}, repeatable=True))
