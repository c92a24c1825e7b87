"""Build what judges documents: trust, policy, evidence, and what may be fetched."""

from __future__ import annotations

from pathlib import Path

from license_service.adapters.evidence_files import EvidenceFolder
from license_service.adapters.pinned_http import PinnedHttp
from license_service.adapters.registers import load_register
from license_service.adapters.revocation_cache import RevocationCache
from license_service.adapters.revocation_http import HttpEvidenceFetcher
from license_service.adapters.trust_files import load_policy
from license_service.adapters.trust_folder import TrustFolder
from license_service.audit.errors import AuditError
from license_service.audit.note import NoteVerifier
from license_service.clock import Clock
from license_service.errors import ConfigurationError
from license_service.services.outside import EvidenceFetcher, LicenseRegister
from license_service.services.ports import InputArchive
from license_service.services.verifying.archive import InputKeeper
from license_service.services.verifying.fetching import Fetching
from license_service.services.verifying.verifications import Verifier
from license_service.settings import Settings, read_list
from license_service.verification.trust import Environment


def trust_folder(settings: Settings) -> TrustFolder:
    """Return the trust store, read again when its files change.

    Raises:
        ConfigurationError: if environment or publishers are not usable.
    """
    try:
        environment = Environment(settings.environment)
        publishers = [NoteVerifier.parse(key) for key in read_list(settings.trust_publishers)]
    except (ValueError, AuditError) as error:
        raise ConfigurationError(f"trust settings: {error}") from error
    return TrustFolder(settings.trust_dir, environment, publishers)


def verifier_of(
    settings: Settings, clock: Clock, trust: TrustFolder, archive: InputArchive | None
) -> Verifier:
    """Return what judges documents, and fetches what policy allows.

    Raises:
        ConfigurationError: if policy, register or archive settings are not usable.
    """
    return Verifier(
        load_policy(settings.policy_file),
        trust,
        EvidenceFolder(settings.evidence_dir),
        _keeper(archive, settings),
        Fetching(_fetcher(settings, clock), _register(settings, clock)),
    )


def _keeper(archive: InputArchive | None, settings: Settings) -> InputKeeper | None:
    if settings.archive_documents not in ("yes", "no"):
        raise ConfigurationError(f"archive_documents is yes or no, not {settings.archive_documents!r}")
    documents = settings.archive_documents == "yes"
    if documents and archive is None:
        raise ConfigurationError("archive_documents needs archive_dir")
    return None if archive is None else InputKeeper(archive, documents=documents)


def _fetcher(settings: Settings, clock: Clock) -> EvidenceFetcher | None:
    hosts = read_list(settings.revocation_hosts)
    if not hosts:
        return None
    http = PinnedHttp(hosts, read_list(settings.revocation_networks))
    cache = RevocationCache(Path(settings.revocation_cache) if settings.revocation_cache else None)
    return HttpEvidenceFetcher(http, cache, clock)


def _register(settings: Settings, clock: Clock) -> LicenseRegister | None:
    if not settings.register_file:
        return None
    return load_register(Path(settings.register_file), clock, settings.register_token)
