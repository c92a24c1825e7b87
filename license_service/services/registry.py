"""Every use case in one place, for the entry points."""

from __future__ import annotations

from dataclasses import dataclass

from license_service.services.anchoring import AnchoringService
from license_service.services.auditing import AuditingService
from license_service.services.batches import BatchService
from license_service.services.blockages import BlockageService
from license_service.services.bundle_applications import BundleApplicationService
from license_service.services.bundles import BundleService
from license_service.services.case_clocks import CaseClockService
from license_service.services.cases import CaseService
from license_service.services.credit import CreditService
from license_service.services.data_sharing import DataSharingService
from license_service.services.events import EventService
from license_service.services.feedback import FeedbackService
from license_service.services.health import HealthService
from license_service.services.keys import KeyService
from license_service.services.license_uses import LicenseUseService
from license_service.services.matters import MatterService
from license_service.services.obligations import ObligationService
from license_service.services.oversight import OversightService
from license_service.services.paper_checks import PaperCheckService
from license_service.services.paper_deliveries import PaperDeliveryService
from license_service.services.papers import PaperService
from license_service.services.ports import RateLimiter
from license_service.services.proofs import ProofService
from license_service.services.reports import ReportService
from license_service.services.traces import TraceService
from license_service.services.verifications import VerificationService
from license_service.services.walkthroughs import WalkthroughService
from license_service.services.webhooks import WebhookService


@dataclass(frozen=True)
class BundleServices:
    """Hold what bundles need."""

    guides: BundleService
    applications: BundleApplicationService
    walkthroughs: WalkthroughService


@dataclass(frozen=True)
class InsightServices:
    """Hold what says why cases come out as they do."""

    traces: TraceService
    blockages: BlockageService
    feedback: FeedbackService


@dataclass(frozen=True)
class Services:
    """Hold the use cases."""

    verifications: VerificationService
    batches: BatchService
    reports: ReportService
    matters: MatterService
    cases: CaseService
    bundles: BundleServices
    insights: InsightServices
    clocks: CaseClockService
    obligations: ObligationService
    credit: CreditService
    events: EventService
    data_sharing: DataSharingService
    license_uses: LicenseUseService
    papers: PaperService
    paper_deliveries: PaperDeliveryService
    paper_checks: PaperCheckService
    proofs: ProofService
    keys: KeyService
    webhooks: WebhookService
    oversight: OversightService
    health: HealthService
    anchoring: AnchoringService
    auditing: AuditingService
    limiter: RateLimiter
