"""Calls for papers (文书) of a case, and for the uses of licenses (用证)."""

from __future__ import annotations

from license_service.client.calls import Calls, Json


class PaperCalls(Calls):
    """Read papers, record that one was delivered, and look one up by its verification code."""

    def list(self, case_id: str) -> Json:
        """Return which papers a case has."""
        return self._get("/v1/cases/{id}/papers", id=case_id).members()

    def get(self, case_id: str, kind: str, *, code: str | None = None) -> Json:
        """Return the newest paper of a kind, or the one with a code."""
        return self._get("/v1/cases/{id}/papers/{kind}", {"code": code}, id=case_id, kind=kind).members()

    def deliver(
        self, case_id: str, kind: str, channel: str, *, by_agent: bool = False, key: str | None = None
    ) -> Json:
        """Record that the newest paper of a kind was delivered."""
        body = {"channel": channel, "by_agent": by_agent}
        return self._post(
            "/v1/cases/{id}/papers/{kind}/deliveries", body, key=key, id=case_id, kind=kind
        ).members()

    def keys(self) -> Json:
        """Return the public keys that papers are checked with (RFC 7517)."""
        return self._get("/v1/papers/keys").members()

    def look_up(self, code: str) -> Json:
        """Return what the paper of a verification code is; needs no API key."""
        return self._get("/v1/papers/{code}", code=code).members()


class LicenseUseCalls(Calls):
    """Read who used which license for what."""

    def of_issuer(self, issuer: str, *, after: str | None = None, limit: int = 100) -> Json:
        """Return the uses of an issuer's licenses, newest first."""
        return self._get("/v1/license-uses", {"issuer": issuer, "after": after, "limit": limit}).members()

    def of_holder(self, holder: str, *, after: str | None = None, limit: int = 100) -> Json:
        """Return the uses of a holder's licenses, newest first."""
        body = {"holder": holder, "after": after, "limit": limit}
        return self._post("/v1/license-uses/search", body).members()
