"""Webhook URLs: their signatures can't be forged."""

import secrets

import pytest
from pydantic import SecretStr

from bot.services.lifecycle.webhook_urls import WebhookUrls

JOB = secrets.token_urlsafe(9)


@pytest.fixture
def urls() -> WebhookUrls:
    return WebhookUrls("https://bot.example/below", SecretStr("a key"))


def parts(url: str) -> tuple[str, str]:
    """The job's id and the signature in a URL."""
    _, job_id, signature = url.rsplit("/", 2)
    return job_id, signature


def test_own_url_is_valid(urls: WebhookUrls) -> None:
    """Also by another process with the same key, and with another public URL."""
    url = urls.url(JOB)
    assert url.startswith(f"https://bot.example/below/hooks/{JOB}/")
    assert WebhookUrls("https://elsewhere.example", SecretStr("a key")).is_signed(*parts(url))


def test_other_signatures_are_invalid(urls: WebhookUrls) -> None:
    """Signatures of other jobs and keys, parts of a signature, and invalid text are refused."""
    job_id, signature = parts(urls.url(JOB))
    assert len(signature) == 43
    for wrong in (signature[:-1], signature.upper(), f"{signature} ", "", "é", "\udcff", f"{signature}\udcff"):
        assert not urls.is_signed(job_id, wrong)
    assert not urls.is_signed("\udcff", signature)
    assert not urls.is_signed(f"{job_id}x", signature)
    assert not WebhookUrls("https://bot.example/below", SecretStr("another key")).is_signed(job_id, signature)


def test_a_url_of_an_earlier_build_is_still_valid(urls: WebhookUrls) -> None:
    """Jobs that run during an update keep their webhook; a changed or foreign signature of that kind is refused."""
    former = "8f973ad06c7284e2e778116205b534ccb78e40331930277f9b4d7b29d1e56d4a"
    assert urls.is_signed("Yx3-kQ_9aZ0b", former)
    for wrong in (former[:-1], former.upper(), f"{former} ", f"0{former[1:]}"):
        assert not urls.is_signed("Yx3-kQ_9aZ0b", wrong)
    assert not urls.is_signed("another", former)
    assert not WebhookUrls("https://bot.example", SecretStr("another key")).is_signed("Yx3-kQ_9aZ0b", former)


def test_the_key_is_not_shown(urls: WebhookUrls) -> None:
    """The repr does not contain the key."""
    assert "a key" not in repr(urls)
