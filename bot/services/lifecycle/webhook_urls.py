"""Where the API may report how a job stands: an address for each job that nobody else can think of."""

import hmac

from pydantic import SecretStr


class WebhookUrls:
    """Makes the addresses and knows them again.

    `public_url` is where the web side is reached, without a closing slash; `secret` signs, and never appears anywhere.
    """

    def __init__(self, public_url: str, secret: SecretStr) -> None:
        self._public_url = public_url
        self._key = secret.get_secret_value().encode()

    def url(self, job_id: str) -> str:
        """Where events of this job are to be sent."""
        return f"{self._public_url}/hooks/{job_id}/{self._signature(job_id)}"

    def is_signed(self, job_id: str, signature: str) -> bool:
        """Whether these are the ends of an address that was made here. Takes as long for any signature."""
        return hmac.compare_digest(self._signature(job_id).encode(), _bytes(signature))

    def _signature(self, job_id: str) -> str:
        return hmac.digest(self._key, _bytes(job_id), "sha256").hex()


def _bytes(text: str) -> bytes:
    # A path may hold what is no text at all.
    return text.encode("utf-8", "replace")
