"""Fetch CRLs, OCSP responses and certificates of issuers over HTTP, for verdicts that lack nothing else.

What answers for its certificate by itself becomes the last good of its point, and stands in when the point is
silent: its age is judged by the verdict like any other's. A point that answered is asked again after ten
minutes, a silent host after one, so that an authority that is down does not slow every verdict.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from license_service.adapters.pinned_http import Budget, PinnedHttp
from license_service.adapters.revocation_cache import Kept, RevocationCache
from license_service.clock import Clock
from license_service.verification.crypto.issuer_points import ISSUER, is_issuer
from license_service.verification.crypto.paths import PathResult, PathStatus
from license_service.verification.crypto.revocation import check_revocation
from license_service.verification.crypto.revocation_points import (
    CRL,
    OCSP,
    RevocationPoint,
    answers_nonce,
    ocsp_request,
)
from license_service.verification.evidence import Evidence

_SECONDS, _OCTETS = 8.0, 16 * 1024 * 1024
_AGAIN, _SILENCE = timedelta(minutes=10), timedelta(minutes=1)
_NONCE_BYTES = 32
_OCSP_HEADERS = {"Content-Type": "application/ocsp-request"}


class HttpEvidenceFetcher:
    """Fetch from listed hosts within one budget of time and bytes."""

    def __init__(
        self,
        http: PinnedHttp,
        cache: RevocationCache,
        clock: Clock,
        *,
        seconds: float = _SECONDS,
        octets: int = _OCTETS,
    ) -> None:
        self._http, self._cache, self._clock = http, cache, clock
        self._seconds, self._octets = seconds, octets
        self._silent: dict[str, datetime] = {}  # by listed host, so it cannot grow

    def fetch(self, points: Sequence[RevocationPoint]) -> Evidence:
        """Return what the allowed points give, or gave last; nothing where none is allowed."""
        budget = Budget(self._seconds, self._octets)
        found: dict[str, dict[bytes, None]] = {CRL: {}, OCSP: {}, ISSUER: {}}
        for point in points:
            if point.fetchable and self._http.allows(point.url):
                found[point.kind].update(dict.fromkeys(self._get(point, budget)))
        for data in (data for items in found.values() for data in items):
            self._cache.keep(data)
        return Evidence(tuple(found[CRL]), tuple(found[ISSUER]), tuple(found[OCSP]))

    def _get(self, point: RevocationPoint, budget: Budget) -> list[bytes]:
        now, last = self._clock.now(), self._cache.last_good(point)
        if last is not None and timedelta(0) <= now - last.fetched_at < _AGAIN:
            return [last.data]
        host = urlsplit(point.url).netloc.lower()
        silent = host in self._silent and timedelta(0) <= now - self._silent[host] < _SILENCE
        data = None if silent else self._ask(point, budget)
        if data is None:
            # Anybody can write a certificate that names a wrong path of an issuer: that silences no host.
            if not silent and point.kind != ISSUER:
                self._silent[host] = now
            return [last.data] if last else []
        if _answers(point, data, now):
            self._cache.keep_good(point, Kept(data, now))
        elif point.kind == ISSUER:
            return []  # what is not the issuer's has no place in evidence
        return [data, last.data] if last else [data]

    def _ask(self, point: RevocationPoint, budget: Budget) -> bytes | None:
        if point.kind != OCSP:
            return self._http.ask(point.url, budget)
        nonce = secrets.token_bytes(_NONCE_BYTES)
        body = ocsp_request(point, nonce)
        response = self._http.ask(point.url, budget, method="POST", body=body, headers=_OCSP_HEADERS)
        return response if response is not None and answers_nonce(response, nonce) else None


def _answers(point: RevocationPoint, data: bytes, now: datetime) -> bool:
    """Tell whether an item by itself says what has become of the point's certificate, or is its issuer's."""
    if point.kind == ISSUER:
        return is_issuer(data, point.certificate)
    path = PathResult(PathStatus.FOUND, "OK", chain=(point.certificate, point.issuer), anchor=point.issuer)
    crls, responses = ((data,), ()) if point.kind == CRL else ((), (data,))
    return check_revocation(path, crls, responses, now).code != "REVOCATION_UNKNOWN"
