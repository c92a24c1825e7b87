"""PDF verdicts a second on one core, beside pyHanko's own `validate_pdf_signature` on the same files.

Same file, anchors, CRLs and moment; pyHanko with difference analysis and `require` for revocation. `ratio` is
our rate over its. Ours answers more: the license, its holder, what each later revision changes. The share of
time by step follows, from one profile of the B-B file.
"""

from __future__ import annotations

import cProfile
import io
import logging
import pstats
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from asn1crypto import crl, x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from license_service.adapters.trust_files import load_evidence, load_policy, load_trust
from license_service.clock import SystemClock
from license_service.demo.issuer import samples
from license_service.demo.pdf import (
    PdfSigning,
    add_document_timestamp,
    add_security_store,
    sign_pdf,
    write_license,
)
from license_service.demo.pki import DemoPki, create_pki, save_pki
from license_service.verification.report import Indication
from license_service.verification.verifier import verify

_SECONDS = 3.0
_STEPS = (
    "bounded_reader.py:__init__", "signature_fields.py:read_signature_fields", "coverage.py:find_uncovered",
    "signatures.py:read_signature", "sources.py:read_license", "__init__.py:run_checks",
)  # fmt: skip


def rate(action: Callable[[], None]) -> float:
    """Return how often `action` runs in a second of this core's time."""
    action()
    count, began = 0, time.process_time()
    while (spent := time.process_time() - began) < _SECONDS:
        action()
        count += 1
    return count / spent


def make_files(pki: DemoPki) -> dict[str, bytes]:
    """Return one file of each profile, with room for the signature as writers leave it."""
    now = SystemClock().now()
    page = write_license(samples(now)[1].details.fields())
    signing = PdfSigning(pki["health-signer"], pki.chain("health-signer"))
    b_t = sign_pdf(page, replace(signing, tsa=pki.authority("tsa", now)), now)
    b_lt = add_security_store(b_t, (pki["tsa"].certificate,), (pki.crls["rsa-root"],))
    return {
        "B-B": sign_pdf(page, signing, now),
        "B-B, 4 kB reserved": sign_pdf(page, replace(signing, reserved=4096), now),
        "B-T": b_t,
        "B-LT": b_lt,
        "B-LTA": add_document_timestamp(b_lt, pki.authority("tsa", now)),
    }


def peer(data: bytes, pki: DemoPki) -> Callable[[], None]:
    """Return one validation by pyHanko."""
    roots = [x509.Certificate.load(pki["rsa-root"].certificate)]
    crls = [crl.CertificateList.load(pki.crls["rsa-root"])]

    def check() -> None:
        context = ValidationContext(
            trust_roots=roots, crls=crls, allow_fetching=False, revocation_mode="require"
        )
        signature = PdfFileReader(io.BytesIO(data)).embedded_regular_signatures[0]
        status = validate_pdf_signature(signature, context, ts_validation_context=context)
        if not (status.intact and status.valid and status.trusted):
            raise RuntimeError("pyHanko refused the sample")

    return check


def main() -> None:
    """Print one line for each profile, then where the time goes."""
    logging.disable()  # pyHanko reports what it thinks of the demonstration's timestamp authority
    now = SystemClock().now()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        pki = create_pki(now)
        save_pki(pki, root)
        policy, trust = load_policy(Path("policy/verification.toml")), load_trust(root / "trust")
        evidence, files = load_evidence(root / "evidence"), make_files(pki)
        later = SystemClock().now()

        def judge(data: bytes) -> Callable[[], None]:
            def check() -> None:
                if verify(data, policy, trust, evidence, later).indication is not Indication.TOTAL_PASSED:
                    raise RuntimeError("the sample did not pass")

            return check

        print(f"{'file':22}{'bytes':>9}{'verdicts/s':>12}{'pyHanko/s':>11}{'ratio':>8}")
        for name, data in files.items():
            ours, theirs = rate(judge(data)), rate(peer(data, pki))
            print(f"{name:22}{len(data):9d}{ours:12.0f}{theirs:11.0f}{ours / theirs:8.2f}")
        print_shares(judge(files["B-B"]))


def print_shares(action: Callable[[], None]) -> None:
    """Print the share of each step in a verdict."""
    profile = cProfile.Profile()
    profile.enable()
    for _ in range(200):
        action()
    profile.disable()
    times = pstats.Stats(profile).stats  # type: ignore[attr-defined] # documented, not in typeshed
    named = {f"{Path(file).name}:{function}": values[3] for (file, _, function), values in times.items()}
    total = max(named.values())
    print("share of a verdict: " + ", ".join(f"{s.split(':')[1]} {named[s] / total:.0%}" for s in _STEPS))


if __name__ == "__main__":
    main()
