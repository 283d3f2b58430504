"""What all calls of the image API share: rate limits, retries, and the error for each answer."""

from collections.abc import Mapping
from typing import TypedDict
from urllib.parse import quote

import aiohttp
from pydantic import SecretStr, ValidationError
from yarl import URL

from bot.http_download import ProxyFor, SessionFor, no_proxy
from bot.imaginepro import parsing as wire
from bot.imaginepro.errors import Busy, KeyRefused, ServerFault, UnknownJob
from bot.imaginepro.http.download import Downloads
from bot.imaginepro.http.key_check import KeyCheck
from bot.imaginepro.http.rate_limit import LimitClass, Priority, RateLimiter
from bot.imaginepro.http.redaction import without_credentials
from bot.imaginepro.http.responses import decoded, is_refusal, reason_in, refusal
from bot.imaginepro.http.retries import DEFAULT_RETRIES, Retries
from bot.imaginepro.http.storage import Storage
from bot.imaginepro.http.transport import DEFAULT_TIMEOUTS, Answer, Call, Timeouts, Transport
from bot.imaginepro.models import Account, Submission
from bot.redaction import Redactor
from bot.timings import DEFAULT_TIMINGS

_ACCOUNT_INFO = "/subscription/account-info"


class JobOptions(TypedDict, total=False):
    """What every call that creates a job also takes.

    `ref` comes back in the job's record, `webhook` receives its events, `timeout` is the seconds (10 to 900)
    the service may spend on it. `turn_taken` says that the caller has already waited for the rate limit.
    """

    ref: str | None
    webhook: str | None
    timeout: int | None
    turn_taken: bool


class Api:
    """The image API for one key; the base class of every group of calls."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        *,
        key: SecretStr,
        base_url: str,
        prefix: str = "nova",
        rate_limiter: RateLimiter | None = None,
        timeouts: Timeouts = DEFAULT_TIMEOUTS,
        retries: Retries = DEFAULT_RETRIES,
        key_verdict_cache: float = DEFAULT_TIMINGS.key_verdict_cache,
        proxy_for: ProxyFor = no_proxy,
        strangers: SessionFor | None = None,
    ) -> None:
        self._redact = Redactor([key.get_secret_value()], wire.REDACTED)
        self._base = URL(base_url.strip().rstrip("/").removesuffix("/api/v1"))
        self._prefix = prefix
        self._rate_limiter = rate_limiter or RateLimiter()
        self._retries = retries
        self._transport = Transport(session, key=key, base=self._base, timeouts=timeouts, proxy=proxy_for(self._base))
        self._downloads = Downloads(
            session,
            base=self._base,
            seconds=timeouts.download,
            proxy_for=proxy_for,
            strangers=strangers,
            empty_pause=retries.empty,
        )
        self._storage = Storage(self._downloads, timeouts)
        self._key_check = KeyCheck(lambda: self.account(priority=Priority.LOOKUP), key_verdict_cache)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._base} {self._prefix}>"

    async def account(self, *, priority: Priority = Priority.FREE) -> Account:
        """Plan and credits of the key (docs.imaginepro.ai/api-240330451). Free."""
        return Account.model_validate(await self._request(Call("GET", _ACCOUNT_INFO, rank=priority)))

    async def _submit(
        self, path: str, fields: Mapping[str, object], options: JobOptions | None = None, *, hint: str | None = None
    ) -> Submission:
        """The job a call has created; every job-creating call answers with the same small body."""
        body = await self._accepted(path, fields, options, hint=hint)
        try:
            return Submission.model_validate(body)
        except ValidationError:
            raise ServerFault(status=200, may_have_created=True) from None

    async def _accepted(
        self,
        path: str,
        fields: Mapping[str, object],
        options: JobOptions | None = None,
        *,
        hint: str | None = None,
        rank: Priority | None = None,
    ) -> object:
        chosen = options or {}
        every = {
            **fields,
            "ref": chosen.get("ref"),
            "webhookOverride": chosen.get("webhook"),
            "timeout": chosen.get("timeout"),
        }
        sent = {name: value for name, value in every.items() if value is not None}
        call = Call("POST", path, body=sent, of_job="messageId" in sent, hint=hint, rank=rank)
        return await self._request(call, turns_taken=int(chosen.get("turn_taken", False)))

    async def _request(self, call: Call, *, turns_taken: int = 0) -> object:
        """The decoded body of a successful call; the one place with retries.

        The first `turns_taken` attempts do not wait for the rate limit.
        """
        taken = iter(range(turns_taken))
        return await self._retries.run(call.lane, lambda: self._attempt(call, has_turn=next(taken, None) is not None))

    async def _attempt(self, call: Call, *, has_turn: bool) -> object:
        if has_turn:
            await self._rate_limiter.depart(call.lane)
        else:
            await self._rate_limiter.acquire(call.lane, call.priority)
        answer = await self._transport.send(call)
        body = self._body(call, answer)
        if answer.ok and not is_refusal(call, body):
            return body
        # The API's message may quote the value of another field.
        body = without_credentials(body)
        error = refusal(call, answer, body)
        if isinstance(error, Busy):
            wait = self._retries.busy_wait(call.lane, error)
            await self._rate_limiter.hold(call.lane, min(wait, self._retries.busy_longest))
        if isinstance(error, KeyRefused) and call.path != _ACCOUNT_INFO:
            raise await self._key_check.explain(reason_in(body, answer.status))
        raise error

    def _body(self, call: Call, answer: Answer) -> object:
        if answer.ok and not answer.body.strip() and call.may_say_nothing:
            return None
        try:
            return decoded(answer.body, self._redact)
        except ValueError:
            if answer.ok:
                raise ServerFault(status=answer.status, may_have_created=call.creates) from None
            return None

    def _read_of_job(self, path: str, message_id: str, lane: LimitClass = LimitClass.PROGRESS) -> Call:
        """A read below `path` of what the API knows about a job; raises `UnknownJob` for an id no job can have."""
        found = segment(message_id)
        if found is None:
            raise UnknownJob(status=404)
        return Call("GET", f"{path}/{found}", lane, of_job=True)


def segment(identifier: str) -> str | None:
    """The id as exactly one segment of a path; `None` for what cannot be one.

    A dot segment is folded into the path by anything on the way, quoted or not.
    """
    return None if identifier.strip() in {"", ".", ".."} else quote(identifier, safe="", errors="replace")
