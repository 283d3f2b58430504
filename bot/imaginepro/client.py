"""The image API, one method per endpoint; models out, own errors only."""

from urllib.parse import quote

import aiohttp
from pydantic import SecretStr, ValidationError
from yarl import URL

from bot.imaginepro import wire
from bot.imaginepro.answers import decoded, reason_in, refusal
from bot.imaginepro.download import Downloads
from bot.imaginepro.errors import Busy, KeyRefused, ServerFault, UnknownJob
from bot.imaginepro.key_check import KeyCheck
from bot.imaginepro.models import Account, HistoryItem, Job, Picture, Submission
from bot.imaginepro.pace import Lane, Pace
from bot.imaginepro.retries import DEFAULT_RETRIES, Retries
from bot.imaginepro.transport import DEFAULT_TIMEOUTS, Answer, Call, Timeouts, Transport

CANCEL_BUTTON = "Cancel Job"
_ACCOUNT_INFO = "/subscription/account-info"
_OLD_PICTURE = "The picture may be too old for this button."


class ImagineProClient:
    """The image API for one key (docs.imaginepro.ai); every method raises `ImagineProError` and nothing else.

    `base_url` is the address without `/api/v1`. `prefix` chooses the spelling of the calls: `nova` is the current
    one, `midjourney` the older one. Requests wait for their turn in `pace`. GETs that fail are repeated as
    `retries` says; a POST is repeated only where it is certain that it had no effect. When a POST raises an
    error with `may_have_created`, a paid job may exist.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        *,
        key: SecretStr,
        base_url: str,
        prefix: str = "nova",
        pace: Pace | None = None,
        timeouts: Timeouts = DEFAULT_TIMEOUTS,
        retries: Retries = DEFAULT_RETRIES,
    ) -> None:
        self._key = key
        self._base = URL(base_url.strip().rstrip("/").removesuffix("/api/v1"))
        self._prefix = prefix
        self._pace = pace or Pace()
        self._retries = retries
        self._transport = Transport(session, key=key, base=self._base, timeouts=timeouts)
        self._downloads = Downloads(session, base=self._base, seconds=timeouts.download)
        self._key_check = KeyCheck(self.account)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._base} {self._prefix}>"

    async def imagine(
        self, prompt: str, *, ref: str | None = None, webhook: str | None = None, timeout: int | None = None
    ) -> Submission:
        """The job just started for `prompt` (docs.imaginepro.ai/imagine). Costs credits.

        `ref` comes back in the job's record, `webhook` receives its events, `timeout` is the seconds (10 to 900)
        the service may spend on it.
        """
        return await self._submit("imagine", prompt=prompt, ref=ref, webhookOverride=webhook, timeout=timeout)

    async def press(
        self,
        message_id: str,
        button: str,
        *,
        prompt: str | None = None,
        mask: str | None = None,
        ref: str | None = None,
        webhook: str | None = None,
    ) -> Submission:
        """The job just started by a button of job `message_id` (imaginepro.ai/docs/button). May cost credits.

        `button` is the label exactly as the job lists it. `mask` is Base64 without a `data:` prefix, white where
        the picture may change, and belongs to `Vary (Region)` (docs.imaginepro.ai/api-215991738).
        """
        return await self._submit(
            "button",
            hint=_OLD_PICTURE,
            messageId=message_id,
            button=button,
            prompt=prompt,
            mask=mask,
            ref=ref,
            webhookOverride=webhook,
        )

    async def cancel(self, message_id: str) -> None:
        """Ask the API to stop a running job (docs.imaginepro.ai/api-215986177); its record says when it has.

        Whether credits come back is not documented.
        """
        await self._accepted("button", messageId=message_id, button=CANCEL_BUTTON)

    async def progress(self, message_id: str) -> Job:
        """The job as it is now (docs.imaginepro.ai/api-215981214). Free. A failed job is an answer, not an error."""
        body = await self._request(Call("GET", self._progress_path(message_id), Lane.PROGRESS, of_job=True))
        return Job.from_body(body, polled_id=message_id)

    async def account(self) -> Account:
        """Plan and credits of the key (docs.imaginepro.ai/api-240330451). Free."""
        return Account.model_validate(await self._request(Call("GET", _ACCOUNT_INFO)))

    async def history(self, *, page: int = 1, size: int = 10) -> list[HistoryItem]:
        """One page of the last 24 hours' pictures (docs.imaginepro.ai/api-215995453); a short page is the last.

        Entries without an id are left out. An answer without a list is a `ServerFault`, never an empty history:
        whoever looks here for a job must not be told that there is none.
        """
        params = {"page": str(page), "size": str(size)}
        body = await self._request(Call("GET", f"/{self._prefix}/images", params=params))
        found = HistoryItem.page_from(body)
        if found is None:
            raise ServerFault(status=200)
        return found

    async def download(self, url: str, *, max_bytes: int) -> Picture:
        """The picture at an address of a job, at most `max_bytes` long; the key is not sent.

        Raises `PictureNotAllowed` for an address (also behind a redirect) that is neither the service's, nor
        Discord's, nor the API's own; `PictureTooLarge`; `PictureGone` when there is no picture any more.
        """
        return await self._retries.run(Lane.PROGRESS, lambda: self._downloads.fetch(url, max_bytes=max_bytes))

    async def _submit(self, endpoint: str, *, hint: str | None = None, **fields: object) -> Submission:
        """The job an endpoint has accepted; every job-creating call answers with the same small body."""
        body = await self._accepted(endpoint, hint=hint, **fields)
        try:
            return Submission.model_validate(body)
        except ValidationError:
            raise ServerFault(status=200, may_have_created=True) from None

    async def _accepted(self, endpoint: str, *, hint: str | None = None, **fields: object) -> object:
        sent = {name: value for name, value in fields.items() if value is not None}
        call = Call("POST", f"/{self._prefix}/{endpoint}", body=sent, of_job="messageId" in sent, hint=hint)
        return await self._request(call)

    def _progress_path(self, message_id: str) -> str:
        # A dot segment is folded into the path by anything on the way, quoted or not.
        if message_id.strip() in {"", ".", ".."}:
            raise UnknownJob(status=404)
        quoted = quote(message_id, safe="", errors="replace")
        return f"/message/fetch/{quoted}" if self._prefix == "nova" else f"/{self._prefix}/message/{quoted}"

    async def _request(self, call: Call) -> object:
        """The decoded body of a call the API has answered with yes; the one place where anything is repeated."""
        return await self._retries.run(call.lane, lambda: self._attempt(call))

    async def _attempt(self, call: Call) -> object:
        await self._pace.turn(call.lane)
        answer = await self._transport.send(call)
        body = self._body(call, answer)
        refused = call.creates and wire.record(body).get("success") is False
        if answer.ok and not refused:
            return body
        error = refusal(call, answer, body)
        if isinstance(error, Busy):
            wait = self._retries.busy_wait(call.lane, error)
            self._pace.hold(call.lane, min(wait, self._retries.busy_longest))
        if isinstance(error, KeyRefused) and call.path != _ACCOUNT_INFO:
            raise await self._key_check.explain(reason_in(body, answer.status))
        raise error

    def _body(self, call: Call, answer: Answer) -> object:
        try:
            return decoded(answer.body, self._key.get_secret_value())
        except ValueError:
            if answer.ok:
                raise ServerFault(status=answer.status, may_have_created=call.creates) from None
            return None
