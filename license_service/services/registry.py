"""Every use case in one place, for the entry points."""

from __future__ import annotations

from dataclasses import dataclass

from license_service.services.accepting.bundle_applications import BundleApplicationService
from license_service.services.accepting.license_uses import LicenseUseService
from license_service.services.accepting.walkthroughs import WalkthroughService
from license_service.services.cases.blockages import BlockageService
from license_service.services.cases.case_clocks import CaseClockService
from license_service.services.cases.cases import CaseService
from license_service.services.cases.credit import CreditService
from license_service.services.cases.feedback import FeedbackService
from license_service.services.cases.obligations import ObligationService
from license_service.services.cases.traces import TraceService
from license_service.services.catalogue.bundles import BundleService
from license_service.services.catalogue.matters import MatterService
from license_service.services.erasing.erasures import ErasureService
from license_service.services.events import EventService
from license_service.services.following.oversight import OversightService
from license_service.services.following.webhooks import WebhookService
from license_service.services.health import HealthService
from license_service.services.keys import KeyService
from license_service.services.papers.checks import PaperCheckService
from license_service.services.papers.deliveries import PaperDeliveryService
from license_service.services.papers.papers import PaperService
from license_service.services.ports import RateLimiter
from license_service.services.proving.anchoring import AnchoringService
from license_service.services.proving.auditing import AuditingService
from license_service.services.proving.proofs import ProofService
from license_service.services.sharing.data_sharing import DataSharingService
from license_service.services.verifying.batches import BatchService
from license_service.services.verifying.reports import ReportService
from license_service.services.verifying.validation_tokens import ValidationTokenService
from license_service.services.verifying.verifications import VerificationService


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
    validation_tokens: ValidationTokenService
    matters: MatterService
    cases: CaseService
    bundles: BundleServices
    insights: InsightServices
    clocks: CaseClockService
    obligations: ObligationService
    credit: CreditService
    erasures: ErasureService
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
