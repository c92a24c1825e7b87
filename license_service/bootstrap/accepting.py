"""Build what accepts applications: the catalogue, bundles, papers, and what says why."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from license_service.adapters.catalogue_files import load_catalogue
from license_service.adapters.catalogue_releases import require_release
from license_service.adapters.guide_html import render_bundle_guide
from license_service.adapters.paper_key_ring import PaperKeyRing
from license_service.adapters.paper_pdf import render_paper_pdf
from license_service.adapters.paper_pdf_signature import PdfSignature
from license_service.clock import Clock
from license_service.domain.matter import Catalogue
from license_service.domain.workdays import WorkCalendar
from license_service.errors import ConfigurationError
from license_service.services.accepting.bundle_applications import BundleApplicationService
from license_service.services.accepting.desk import Desk
from license_service.services.accepting.walkthroughs import WalkthroughService
from license_service.services.cases.blockages import BlockageService
from license_service.services.cases.feedback import FeedbackService
from license_service.services.cases.traces import TraceService
from license_service.services.catalogue.bundles import BundleService
from license_service.services.papers.papers import Office
from license_service.services.papers.sheet import PaperSheet
from license_service.services.ports import Store
from license_service.services.registry import BundleServices, InsightServices
from license_service.settings import Settings


def catalogue_of(settings: Settings) -> Catalogue:
    """Return the catalogue, which somebody must have released where releases are asked for.

    Raises:
        ConfigurationError: if an entry is not usable, or the catalogue not released.
    """
    catalogue = load_catalogue(settings.catalogue_dir)
    if settings.catalogue_releases:
        require_release(Path(settings.catalogue_releases), catalogue.digest)
    return catalogue


def bundle_services(desk: Desk) -> BundleServices:
    """Return the use cases of bundles."""
    return BundleServices(
        BundleService(desk.book.catalogue, desk.clock, render_bundle_guide),
        BundleApplicationService(desk),
        WalkthroughService(desk),
    )


def insight_services(
    store: Store, clock: Clock, catalogue: Catalogue, calendar: WorkCalendar
) -> InsightServices:
    """Return the use cases that say why cases come out as they do."""
    return InsightServices(
        TraceService(store, catalogue),
        BlockageService(store, catalogue),
        FeedbackService(store, clock, catalogue, calendar),
    )


def paper_pdf(settings: Settings, ring: PaperKeyRing, clock: Clock) -> Callable[[PaperSheet], bytes]:
    """Return what prints papers, signed where a certificate is configured."""
    if not settings.paper_certificates:
        return render_paper_pdf
    signature = PdfSignature(ring)
    return lambda sheet: signature.sign(render_paper_pdf(sheet), clock.now())


def office_of(settings: Settings, catalogue: Catalogue, calendar: WorkCalendar, ring: PaperKeyRing) -> Office:
    """Return what papers are made with.

    Raises:
        ConfigurationError: if `public_url` is no base of URLs.
    """
    if not settings.public_url.startswith(("https://", "http://")) or settings.public_url.endswith("/"):
        raise ConfigurationError(f"public_url is no base of URLs: {settings.public_url!r}")
    return Office(catalogue, calendar, ring, settings.public_url)
