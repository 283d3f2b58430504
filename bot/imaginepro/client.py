"""The image API, one method per endpoint; models out, own errors only."""

from bot.imaginepro.calls.editing import Editing
from bot.imaginepro.calls.flux import Flux
from bot.imaginepro.calls.linked_accounts import LinkedAccounts
from bot.imaginepro.calls.midjourney import Midjourney
from bot.imaginepro.calls.prompts import Prompts
from bot.imaginepro.calls.video import Videos
from bot.imaginepro.http.rate_limit import LimitClass
from bot.imaginepro.models import Picture


class ImagineProClient(Midjourney, Flux, Editing, Videos, Prompts, LinkedAccounts):
    """The image API for one key (docs.imaginepro.ai); every method raises `ImagineProError` and nothing else.

    Except ValueError, for an argument outside the documented range: a mistake of the caller, and nothing is sent.

    `base_url` is the address without `/api/v1`. `prefix` chooses the spelling of the calls: `nova` is the current
    one, `midjourney` the older one. Requests wait for their turn in `pace`. GETs that fail are repeated as
    `retries` says, and so are the few other calls that have no effect or the same one twice; a POST is repeated
    only where it is certain that it had no effect. When a POST raises an error with `may_have_created`, a paid
    job may exist. Every method that starts a job takes `JobOptions`.
    """

    async def download(self, url: str, *, max_bytes: int) -> Picture:
        """The picture at an address of a job, at most `max_bytes` long; the key is not sent.

        Raises `PictureNotAllowed` for an address (also behind a redirect) that is neither the service's, nor
        Discord's, nor the API's own; `PictureTooLarge`; `PictureGone` when there is no picture any more.
        """
        return await self._retries.run(LimitClass.PROGRESS, lambda: self._downloads.fetch(url, max_bytes=max_bytes))
