"""The client of the image API: one method per endpoint, which returns models and raises its own errors."""

from bot.imaginepro.calls.editing import Editing
from bot.imaginepro.calls.flux import Flux
from bot.imaginepro.calls.linked_accounts import LinkedAccounts
from bot.imaginepro.calls.midjourney import Midjourney
from bot.imaginepro.calls.prompts import Prompts
from bot.imaginepro.calls.uploads import Uploads
from bot.imaginepro.calls.video import Videos
from bot.imaginepro.http.rate_limit import LimitClass
from bot.imaginepro.models import Picture


class ImagineProClient(Midjourney, Flux, Editing, Videos, Prompts, Uploads, LinkedAccounts):
    """The image API for one key (docs.imaginepro.ai); every method raises `ImagineProError` and nothing else.

    Except ValueError, for an argument outside the documented range; nothing is sent then.

    `base_url` is the URL without `/api/v1`. `prefix` chooses the spelling of the paths: `nova` is the current one,
    `midjourney` the older one. Requests wait for the rate limiter. Failed GETs and the few other idempotent calls are
    retried as `retries` says, a POST only when it certainly had no effect. When a POST raises an error with
    `may_have_created`, a paid job may exist. Every method that starts a job takes `JobOptions`. Requests go through the
    proxy that `proxy_for` names for their URL. `strangers` gives the session for a result at a host of neither
    ImaginePro, Midjourney nor Discord, and raises `InvalidAddress` for one that is not public.
    """

    async def download(self, url: str, *, max_bytes: int) -> Picture:
        """Download a job's picture of at most `max_bytes` bytes; the key is not sent.

        Raises `PictureNotAllowed` for a URL (also of a redirect) that is not public or, unless it is the API's own, not
        https, `PictureTooLarge`, and `PictureGone` when there is no picture any more.
        """
        return await self._retries.run(LimitClass.PROGRESS, lambda: self._downloads.fetch(url, max_bytes=max_bytes))
