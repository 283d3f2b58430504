"""The webhook URL of each job, signed so that only the API can know it."""

import hashlib
import hmac

from itsdangerous import Signer
from pydantic import SecretStr


class WebhookUrls:
    """Makes webhook URLs and verifies their signatures.

    `public_url` is where the web side is reached, without a closing slash; `secret` is the signing key.
    """

    def __init__(self, public_url: str, secret: SecretStr) -> None:
        self._public_url = public_url
        key = secret.get_secret_value()
        self._signer = Signer(key, salt="webhook url", digest_method=hashlib.sha256)
        self._former_key = key.encode()

    def url(self, job_id: str) -> str:
        """Where events of this job are to be sent."""
        return f"{self._public_url}/hooks/{job_id}/{self._signer.get_signature(job_id).decode()}"

    def is_signed(self, job_id: str, signature: str) -> bool:
        """Whether this signature is the one from the job's URL; compared in constant time."""
        job, signed = _bytes(job_id), _bytes(signature)
        return self._signer.verify_signature(job, signed) or self._is_former(job, signed)

    def _is_former(self, job: bytes, signed: bytes) -> bool:
        # Earlier builds signed without a salt. The API still calls their URLs for jobs that ran during an update.
        return hmac.compare_digest(hmac.digest(self._former_key, job, "sha256").hex().encode(), signed)


def _bytes(text: str) -> bytes:
    # A path may hold bytes that are not UTF-8.
    return text.encode("utf-8", "replace")
