"""Addresses for events: nobody can think of one that was not given out."""

import secrets

import pytest
from pydantic import SecretStr

from bot.services.lifecycle.webhook_urls import WebhookUrls

JOB = secrets.token_urlsafe(9)


@pytest.fixture
def addresses() -> WebhookUrls:
    return WebhookUrls("https://bot.example/below", SecretStr("a key"))


def parts(address: str) -> tuple[str, str]:
    """The job and the signature of an address."""
    _, job_id, signature = address.rsplit("/", 2)
    return job_id, signature


def test_an_address_is_known_again(addresses: WebhookUrls) -> None:
    """Also by another process, which has the same key, and whatever stands before it on the way."""
    address = addresses.url(JOB)
    assert address.startswith(f"https://bot.example/below/hooks/{JOB}/")
    assert WebhookUrls("https://elsewhere.example", SecretStr("a key")).is_signed(*parts(address))


def test_nothing_else_is(addresses: WebhookUrls) -> None:
    """Not another job's, nor another key's, nor a part, nor what is no text."""
    job_id, signature = parts(addresses.url(JOB))
    assert len(signature) == 43
    for wrong in (signature[:-1], signature.upper(), f"{signature} ", "", "é", "\udcff", f"{signature}\udcff"):
        assert not addresses.is_signed(job_id, wrong)
    assert not addresses.is_signed("\udcff", signature)
    assert not addresses.is_signed(f"{job_id}x", signature)
    assert not WebhookUrls("https://bot.example/below", SecretStr("another key")).is_signed(job_id, signature)


def test_a_url_of_an_earlier_build_is_still_valid(addresses: WebhookUrls) -> None:
    """Jobs that run during an update keep their webhook; a changed or foreign signature of that kind is refused."""
    former = "8f973ad06c7284e2e778116205b534ccb78e40331930277f9b4d7b29d1e56d4a"
    assert addresses.is_signed("Yx3-kQ_9aZ0b", former)
    for wrong in (former[:-1], former.upper(), f"{former} ", f"0{former[1:]}"):
        assert not addresses.is_signed("Yx3-kQ_9aZ0b", wrong)
    assert not addresses.is_signed("another", former)
    assert not WebhookUrls("https://bot.example", SecretStr("another key")).is_signed("Yx3-kQ_9aZ0b", former)


def test_the_key_is_not_shown(addresses: WebhookUrls) -> None:
    """Whoever prints it learns nothing."""
    assert "a key" not in repr(addresses)
