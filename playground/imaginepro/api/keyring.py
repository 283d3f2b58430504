"""The keys that are accepted. Behind each is an account of its own: jobs, credits, limits, queue and faults."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import Mapping

    from playground.imaginepro.account_service import AccountService


class Keyring:
    """Finds the account a request is about; `first` stands for what concerns none."""

    def __init__(self, services: Mapping[str, AccountService]) -> None:
        self._services = dict(services)
        self.first = next(iter(services.values()))

    @property
    def all(self) -> tuple[AccountService, ...]:
        """Every account, the first key's first."""
        return tuple(self._services.values())

    def at(self, key: str) -> AccountService:
        """The account behind this key; raises `KeyError`."""
        return self._services[key]

    def rotate(self, key: str, new: str) -> None:
        """Give the account behind this key a new one, as its owner does after a leak; the old key is refused from then.

        Raises `KeyError` for a key that no account has, and `ValueError` for a new one that an account has already.
        """
        if new in self._services:
            raise ValueError("This key is in use.")
        self._services[key].key = new
        self._services = {service.key: service for service in self._services.values()}

    def asked(self, request: web.Request) -> AccountService | None:
        """The account whose key came with the request, None for a missing or wrong key."""
        scheme, _, key = request.headers.get("Authorization", "").partition(" ")
        return self._services.get(key) if scheme == "Bearer" else None

    def owner(self, job_id: str) -> AccountService:
        """The account that has this job."""
        return next((service for service in self.all if job_id in service.jobs), self.first)


KEYRING = web.AppKey("keyring", Keyring)
