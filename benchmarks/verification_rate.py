"""Verifications a second on one core for each sample, beside the raw signature checks of the library.

`ratio` is the verdict's rate over the raw rate: what parsing, digests, paths, revocation and the seal's own
signature cost. Everything runs in this process; the first verdict is not counted. Each verdict is as of the
moment it is made, as in production, so what rests on one moment alone is never found again.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from license_service.adapters.trust_files import load_evidence, load_policy, load_trust
from license_service.clock import SystemClock
from license_service.demo.issuer import issue_all
from license_service.demo.pki import DemoPki, create_pki, save_pki
from license_service.verification.crypto.algorithms import SignatureOutcome, verify_signature
from license_service.verification.document import SignedValue
from license_service.verification.report import Indication
from license_service.verification.verifier import verify

_SECONDS = 3.0
_SAMPLES = {
    "business-license.ofd": ("business-signer", "SM2-SM3"),
    "health-certificate.pdf": ("health-signer", "RSA-SHA256"),
    "legal-person-id.jws": ("identity-signer", "ECDSA-SHA256"),
    "fire-safety.cms": ("fire-signer", "ECDSA-SHA256"),
}


def rate(action: Callable[[], None]) -> float:
    """Return how often `action` runs in a second of this core's time."""
    action()
    count, began = 0, time.process_time()
    while (spent := time.process_time() - began) < _SECONDS:
        action()
        count += 1
    return count / spent


def raw_check(pki: DemoPki, signer: str, algorithm: str) -> Callable[[], None]:
    """Return one signature check of the library the verdict uses, over 64 bytes."""
    identity, data = pki[signer], bytes(64)
    value = SignedValue(data, identity.key.sign(data), algorithm)
    spki = identity.asn1.public_key.dump()

    def check() -> None:
        if verify_signature(value, spki) is not SignatureOutcome.VALID:
            raise RuntimeError(f"{algorithm}: the raw check failed")

    return check


def main() -> None:
    """Print one line for each sample."""
    now = SystemClock().now()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        pki = create_pki(now)
        save_pki(pki, root)
        issue_all(pki, root / "licenses", now)
        policy, trust = load_policy(Path("policy/verification.toml")), load_trust(root / "trust")
        evidence = load_evidence(root / "evidence")
        print(f"{'sample':24}{'algorithm':16}{'verdicts/s':>12}{'raw checks/s':>14}{'ratio':>8}")
        for name, (signer, algorithm) in _SAMPLES.items():
            document = (root / "licenses" / "genuine" / name).read_bytes()

            def judge(document: bytes = document) -> None:
                report = verify(document, policy, trust, evidence, SystemClock().now())
                if report.indication is not Indication.TOTAL_PASSED:
                    raise RuntimeError("the sample did not pass")

            verdicts, raw = rate(judge), rate(raw_check(pki, signer, algorithm))
            print(f"{name:24}{algorithm:16}{verdicts:12.0f}{raw:14.0f}{verdicts / raw:8.3f}")


if __name__ == "__main__":
    main()
