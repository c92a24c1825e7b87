"""Verifications a second on one core for each format, beside the raw signature checks of the library.

Warm: a thousand different documents of one signer, under one seal. Cold: nothing is kept from one verdict
to the next. `ratio` is the rate over the one that the signature checks of a verdict alone would allow; a
warm verdict needs one. Each verdict is as of the moment it is made, as in production.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from itertools import cycle
from pathlib import Path
from typing import Any

from license_service.adapters.trust_files import load_evidence, load_policy, load_trust
from license_service.clock import SystemClock
from license_service.demo.issuer import Sample, samples
from license_service.demo.keys import PrivateKey
from license_service.demo.pki import DemoPki, create_pki, save_pki
from license_service.verification.crypto import sm2
from license_service.verification.crypto.algorithms import SignatureOutcome, verify_signature
from license_service.verification.crypto.instants import TimedCache
from license_service.verification.document import SignedValue
from license_service.verification.report import Indication
from license_service.verification.verifier import verify

_SECONDS = 3.0
_DOCUMENTS = 1000
_ALGORITHMS = {
    "business-license.ofd": "SM2-SM3",
    "health-certificate.pdf": "RSA-SHA256",
    "legal-person-id.jws": "ECDSA-SHA256",
    "fire-safety.cms": "ECDSA-SHA256",
}
_sign_once = cache(PrivateKey.sign)


@dataclass(frozen=True)
class SealMakerKey(PrivateKey):
    """Sign each seal once: a unit has one seal and signs everything with it."""

    def sign(self, data: bytes) -> bytes:
        """Return the same signature for the same seal."""
        return _sign_once(self, data)


def rate(action: Callable[[], object], before: Callable[[], object] = lambda: None) -> float:
    """Return how often `action` runs in a second of this core's time; `before` each, which is not counted."""
    before()
    action()
    count, spent = 0, 0.0
    while spent < _SECONDS:
        before()
        began = time.process_time()
        action()
        count, spent = count + 1, spent + time.process_time() - began
    return count / spent


def pki_of_one_seal(now: datetime) -> DemoPki:
    """Return a PKI whose seal maker makes each seal once."""
    pki = create_pki(now)
    maker = pki["seal-maker"]
    once = replace(maker, key=SealMakerKey(maker.key.family, maker.key.der))
    return replace(pki, identities={**pki.identities, "seal-maker": once})


def documents_of(pki: DemoPki, sample: Sample, count: int) -> list[bytes]:
    """Sign as many different licenses, each with a number of its own."""
    at = SystemClock().now()
    numbers = [f"{int(sample.details.number) + i}" for i in range(count)]
    return [sample.sign(pki, replace(sample.details, number=number), sample.signer, at) for number in numbers]


def raw_check(pki: DemoPki, sample: Sample) -> Callable[[], None]:
    """Return one signature check of the library the verdict uses, over 64 bytes."""
    identity, data = pki[sample.signer], bytes(64)
    value = SignedValue(data, identity.key.sign(data), _ALGORITHMS[sample.file])
    spki = identity.asn1.public_key.dump()

    def check() -> None:
        if verify_signature(value, spki) is not SignatureOutcome.VALID:
            raise RuntimeError("the raw check failed")

    return check


def forget() -> None:
    """Empty every cache of results; what a process sets up once for its life stays."""
    for cached in _caches():
        cached.clear() if isinstance(cached, TimedCache) else cached.cache_clear()


def _caches() -> Iterator[Any]:
    for name, module in sys.modules.items():
        if name.startswith("license_service.verification"):
            for value in vars(module).values():
                bounded = hasattr(value, "cache_parameters") and value.cache_parameters()["maxsize"]
                if isinstance(value, TimedCache) or bounded:
                    yield value


def sm2_checks(action: Callable[[], object]) -> int:
    """Count the SM2 signatures checked by `action`."""
    provider, checked = sm2.provider(), list[bytes]()
    check = provider.verify

    def counted(spki: bytes, message: bytes, signature: bytes, user_id: bytes = b"") -> bool:
        checked.append(signature)
        return check(spki, message, signature, *([user_id] if user_id else []))

    vars(provider)["verify"] = counted
    forget()
    action()
    del vars(provider)["verify"]
    return len(checked)


def judge_all(root: Path, documents: Sequence[bytes]) -> Callable[[], None]:
    """Return what judges the next document, round and round."""
    policy, trust = load_policy(Path("policy/verification.toml")), load_trust(root / "trust")
    evidence, left = load_evidence(root / "evidence"), cycle(documents)

    def judge() -> None:
        report = verify(next(left), policy, trust, evidence, SystemClock().now())
        if report.indication is not Indication.TOTAL_PASSED:
            raise RuntimeError(f"a sample did not pass: {report.codes()}")

    return judge


def main() -> None:
    """Print a line for each sample, and one for a cold OFD."""
    now = SystemClock().now()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        pki = pki_of_one_seal(now)
        save_pki(pki, root)
        print(f"{'sample':32}{'verdicts/s':>12}{'raw checks/s':>14}{'checks':>8}{'ratio':>8}")
        for sample in samples(now):
            documents = documents_of(pki, sample, _DOCUMENTS)
            judge, raw = judge_all(root, documents), rate(raw_check(pki, sample))
            _print(f"{sample.file} warm", rate(judge), raw, 1)
            if sample.file.endswith(".ofd"):
                _print(f"{sample.file} cold", rate(judge, forget), raw, sm2_checks(judge))


def _print(name: str, verdicts: float, raw: float, checks: int) -> None:
    print(f"{name:32}{verdicts:12.0f}{raw:14.0f}{checks:8}{verdicts * checks / raw:8.3f}", flush=True)


if __name__ == "__main__":
    main()
