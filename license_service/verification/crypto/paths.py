"""Certificate paths: from a signer to an anchor, by whatever issuers the document or the evidence brings.

1. `path_search` looks for chains that are signed from end to end, with a bound.
2. `rfc5280` judges each by the rules of RFC 5280, 6.1, until one holds.
3. What was found is kept until time could change it (`instants`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import islice

from pyhanko_certvalidator.errors import ExpiredError, NotYetValidError, PathValidationError, ValidationError

from license_service.verification.crypto.certificates import CertificateFacts, read_certificate
from license_service.verification.crypto.digests import fingerprint
from license_service.verification.crypto.instants import Instant, TimedCache
from license_service.verification.crypto.issuance import IssuanceSignatures
from license_service.verification.crypto.path_search import Chain, PathSearch
from license_service.verification.crypto.rfc5280 import validate_chain
from license_service.verification.document import FormatError
from license_service.verification.limits import MAX_PATH_CANDIDATES
from license_service.verification.policy import PathRules

_CACHED = 1024
ANY_RULES = PathRules()


class PathStatus(StrEnum):
    """What looking for a path can find."""

    FOUND = "found"
    NOT_FOUND = "not_found"
    INVALID = "invalid"


@dataclass(frozen=True)
class PathResult:
    """Hold a path, leaf first and anchor last, or why there is none that holds."""

    status: PathStatus
    code: str
    detail: str = ""
    chain: tuple[bytes, ...] = ()
    anchor: bytes | None = None


def build_path(
    leaf: bytes,
    intermediates: Sequence[bytes],
    anchors: Sequence[bytes],
    moment: datetime,
    rules: PathRules = ANY_RULES,
) -> PathResult:
    """Find a path from a signer's certificate to an anchor that holds at `moment`; raises nothing.

    The leaf's own life is another check: the path is judged at `moment` moved into it, so that an
    expired leaf still says whose it was. A certificate that may not sign has no path, whoever used it:
    a license's signer, a seal's maker or a timestamp's.
    """
    try:
        facts = read_certificate(leaf)
    except FormatError as error:
        return PathResult(PathStatus.INVALID, "CHAIN_MALFORMED", error.code)
    if not facts.may_sign:
        usage = ", ".join(sorted(facts.key_usage or ()))
        return PathResult(PathStatus.INVALID, "KEY_USAGE_REFUSED", usage)
    key = (fingerprint((leaf,), intermediates, anchors), rules)
    return _PATHS.get(
        key,
        (_into_life(facts, moment),),
        lambda instants: find_path(leaf, intermediates, anchors, instants[0], rules, IssuanceSignatures()),
    )


def find_path(
    leaf: bytes,
    intermediates: Sequence[bytes],
    anchors: Sequence[bytes],
    at: Instant,
    rules: PathRules,
    signatures: IssuanceSignatures,
) -> PathResult:
    """Find a path for any certificate, keeping nothing but in `signatures`; raises nothing."""
    if leaf in anchors:
        return PathResult(PathStatus.FOUND, "OK", chain=(leaf,), anchor=leaf)
    if not anchors:
        return PathResult(PathStatus.NOT_FOUND, "NO_CERTIFICATE_CHAIN", "no anchor for this purpose")
    search = PathSearch(intermediates, anchors, signatures)
    first: PathResult | None = None
    try:
        for chain in islice(search.chains(leaf), MAX_PATH_CANDIDATES):
            result = _judge(chain, at, rules, signatures)
            if result.status is PathStatus.FOUND:
                return result
            first = first or result
    except Exception as error:  # noqa: BLE001 - asn1crypto raises many types on hostile DER; all are a verdict
        return PathResult(PathStatus.INVALID, "CHAIN_MALFORMED", type(error).__name__)
    if first is None and search.forged:
        return PathResult(PathStatus.INVALID, "CHAIN_INVALID", "a signature of an issuer does not verify")
    return first or PathResult(PathStatus.NOT_FOUND, "NO_CERTIFICATE_CHAIN", search.reason)


def _judge(chain: Chain, at: Instant, rules: PathRules, signatures: IssuanceSignatures) -> PathResult:
    try:
        validate_chain(chain, at, rules, signatures)
    except (ExpiredError, NotYetValidError) as error:
        return PathResult(PathStatus.INVALID, "CHAIN_CERTIFICATE_EXPIRED", type(error).__name__)
    except (PathValidationError, ValidationError) as error:
        return PathResult(PathStatus.INVALID, "CHAIN_INVALID", type(error).__name__)
    except Exception as error:  # noqa: BLE001 - the one call into the path library; what it raises is a verdict
        return PathResult(PathStatus.INVALID, "CHAIN_MALFORMED", type(error).__name__)
    ders = tuple(certificate.dump() for certificate in chain)
    return PathResult(PathStatus.FOUND, "OK", chain=ders, anchor=ders[-1])


def _into_life(leaf: CertificateFacts, moment: datetime) -> datetime:
    return min(max(moment, leaf.not_before), leaf.not_after)


_PATHS: TimedCache[PathResult] = TimedCache(_CACHED)
