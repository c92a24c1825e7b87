"""One client for the whole API, its calls by subject."""

from __future__ import annotations

from license_service.client.auditing import AuditCalls
from license_service.client.bundles import BundleCalls
from license_service.client.cases import CaseCalls, MatterCalls
from license_service.client.erasing import ErasureCalls
from license_service.client.insights import FeedbackCalls, InsightCalls
from license_service.client.obligations import CreditCalls, ObligationCalls
from license_service.client.papers import LicenseUseCalls, PaperCalls
from license_service.client.records import DataSharingCalls, EventCalls, OperationCalls, ProofCalls
from license_service.client.transport import Retries, Transport
from license_service.client.verifications import BatchCalls, VerificationCalls

_TIMEOUT_SECONDS = 30.0


class Client:
    """Call the service at `url` with an API key; safe to share between threads.

    Every call may raise `RefusedError` (the service says why) and `UnreachableError` (nobody answered).
    """

    def __init__(
        self,
        url: str,
        api_key: str,
        *,
        retries: Retries | None = None,
        timeout_seconds: float = _TIMEOUT_SECONDS,
    ) -> None:
        transport = Transport(url, api_key, retries or Retries(), timeout_seconds)
        self.verifications = VerificationCalls(transport)
        self.batches = BatchCalls(transport)
        self.matters = MatterCalls(transport)
        self.cases = CaseCalls(transport)
        self.events = EventCalls(transport)
        self.proofs = ProofCalls(transport)
        self.data_sharing = DataSharingCalls(transport)
        self.bundles = BundleCalls(transport)
        self.obligations = ObligationCalls(transport)
        self.credit = CreditCalls(transport)
        self.erasures = ErasureCalls(transport)
        self.papers = PaperCalls(transport)
        self.license_uses = LicenseUseCalls(transport)
        self.insights = InsightCalls(transport)
        self.feedback = FeedbackCalls(transport)
        self.audit = AuditCalls(transport)
        self.operations = OperationCalls(transport)
