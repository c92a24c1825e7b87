"""Ports to what others run: data sources, receivers, witnesses, authorities, the register of licenses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from license_service.domain.case import CheckResult
from license_service.services.records import WebhookAnswer, WebhookEndpoint
from license_service.verification.crypto.revocation_points import RevocationPoint
from license_service.verification.evidence import Evidence
from license_service.verification.register import RegisterEntry


class DataSource(Protocol):
    """Ask whether a promise was kept."""

    def check(self, source: str, values: dict[str, str], key: str) -> CheckResult:
        """Return what the source says of our values by name; whatever goes wrong is `undetermined`."""
        ...


class WebhookSender(Protocol):
    """Send one webhook."""

    def send(self, endpoint: WebhookEndpoint, headers: dict[str, str], body: bytes) -> WebhookAnswer:
        """Return what the receiver said; nothing where it is not allowed."""
        ...


class WitnessClient(Protocol):
    """Reach witnesses."""

    def submit(self, url: str, body: bytes) -> tuple[int, bytes]:
        """Return status and body of the answer, 0 where nothing answered."""
        ...


class TimestampAuthority(Protocol):
    """Ask a timestamp authority."""

    def stamp(self, message: bytes) -> bytes:
        """Return a token over the message.

        Raises:
            AuditError: saying why there is none.
        """
        ...


class EvidenceFetcher(Protocol):
    """Fetch revocation data, and certificates of issuers, from where certificates say they are."""

    def fetch(self, points: Sequence[RevocationPoint]) -> Evidence:
        """Return what allowed points give within the budget; whatever goes wrong gives nothing."""
        ...


class LicenseRegister(Protocol):
    """Ask the register of licenses what has become of one (GB/T 36906)."""

    def query(self, identifier: str) -> RegisterEntry:
        """Return what it says; whatever goes wrong is an entry of unknown status that says why."""
        ...

    def download(self, identifier: str) -> bytes:
        """Return the signed document of a license, cut where it is too large to be verified.

        Raises:
            LicenseNotInRegisterError: if the register has none of that identifier.
            RegisterUnavailableError: if it did not answer, or not in a way that can be read.
        """
        ...
