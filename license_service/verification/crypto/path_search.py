"""Look for chains of issuers from a certificate to an anchor; whether one holds is for `rfc5280` to judge.

The path library searches without a bound: sixty authorities that signed one another keep it busy for
longer than the world lasts. Here a step is an issuer of the right name whose key did sign, and steps are
counted. Clause: RFC 4158, 2.4 and 5.2 (loops).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from asn1crypto import x509

from license_service.verification.crypto.algorithms import SignatureOutcome
from license_service.verification.crypto.certificates import load_certificate, parsed_certificate
from license_service.verification.crypto.issuance import IssuanceSignatures
from license_service.verification.crypto.names import certificate_names, comparable
from license_service.verification.limits import (
    MAX_PATH_LENGTH,
    MAX_PATH_POOL,
    MAX_PATH_STEPS,
)

Chain = tuple[x509.Certificate, ...]


class PathSearch:
    """Search one pool of issuers; `reason` says why nothing, or nothing more, was found."""

    def __init__(
        self, intermediates: Sequence[bytes], anchors: Sequence[bytes], signatures: IssuanceSignatures
    ) -> None:
        self._intermediates = _by_subject(intermediates)
        self._anchors = _by_subject(anchors)
        self._signatures = signatures
        self._steps = 0
        self.forged = False
        """An issuer of the right name and key identifier did not sign what says so."""
        self.reason = "no issuer leads to an anchor"

    def chains(self, leaf: bytes) -> Iterator[Chain]:
        """Yield chains, leaf first and anchor last, that are signed from end to end."""
        yield from self._extend((parsed_certificate(leaf),))

    def _extend(self, chain: Chain) -> Iterator[Chain]:
        child = chain[-1]
        for anchor in self._issuers(self._anchors, child):
            yield (*chain, anchor)
        if len(chain) == MAX_PATH_LENGTH:
            self.reason = "longer than any path may be"
            return
        for issuer in self._issuers(self._intermediates, child):
            if not _repeats(issuer, chain):
                yield from self._extend((*chain, issuer))

    def _issuers(self, pool: dict[str, list[bytes]], child: x509.Certificate) -> Iterator[x509.Certificate]:
        for der in pool.get(comparable(child.issuer), ()):
            issuer = load_certificate(der)
            if issuer is None or _named_otherwise(child, issuer):
                continue
            if self._steps == MAX_PATH_STEPS:
                self.reason = "more issuers than may be tried"
                return
            self._steps += 1
            outcome = self._signatures.of_certificate(child, issuer)
            if outcome is SignatureOutcome.VALID:
                yield issuer
            elif outcome is SignatureOutcome.UNSUPPORTED_ALGORITHM:
                self.reason = "signed with an algorithm that is not supported"
            else:
                self.forged = True


def _by_subject(certificates: Sequence[bytes]) -> dict[str, list[bytes]]:
    pool: dict[str, list[bytes]] = defaultdict(list)
    for der in dict.fromkeys(certificates[:MAX_PATH_POOL]):
        if subject := certificate_names(der)[1]:
            pool[subject].append(der)
    return pool


def _named_otherwise(child: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Tell whether the child names another key or serial of that issuer, as after a change of keys."""
    key, serial = child.authority_key_identifier, child.authority_issuer_serial
    other_key = bool(key and issuer.key_identifier and key != issuer.key_identifier)
    return other_key or bool(serial and serial != issuer.issuer_serial)


def _repeats(issuer: x509.Certificate, chain: Chain) -> bool:
    key, name = issuer.public_key.dump(), comparable(issuer.subject)
    return any(met.public_key.dump() == key and comparable(met.subject) == name for met in chain)
