"""Every use case in one place, for the entry points."""

from __future__ import annotations

from dataclasses import dataclass

from license_service.services.anchoring import AnchoringService
from license_service.services.auditing import AuditingService
from license_service.services.batches import BatchService
from license_service.services.case_clocks import CaseClockService
from license_service.services.cases import CaseService
from license_service.services.events import EventService
from license_service.services.health import HealthService
from license_service.services.keys import KeyService
from license_service.services.matters import MatterService
from license_service.services.oversight import OversightService
from license_service.services.ports import RateLimiter
from license_service.services.proofs import ProofService
from license_service.services.reports import ReportService
from license_service.services.verifications import VerificationService
from license_service.services.webhooks import WebhookService


@dataclass(frozen=True)
class Services:
    """Hold the use cases."""

    verifications: VerificationService
    batches: BatchService
    reports: ReportService
    matters: MatterService
    cases: CaseService
    clocks: CaseClockService
    events: EventService
    proofs: ProofService
    keys: KeyService
    webhooks: WebhookService
    oversight: OversightService
    health: HealthService
    anchoring: AnchoringService
    auditing: AuditingService
    limiter: RateLimiter
