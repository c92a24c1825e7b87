"""Whether the signatures that hold cover the whole document: judged last, from what other checks found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from license_service.verification.checks.context import SignatureContext, failed, passed, undetermined
from license_service.verification.report import Check, CheckName, Outcome

_NAME = CheckName.COVERAGE
_INTEGRITY = frozenset({CheckName.SIGNATURE_VALUE, CheckName.REFERENCES, CheckName.DATA_HASH})


@dataclass(frozen=True)
class CheckedSignature:
    """Hold a signature with what the checks on it alone found."""

    context: SignatureContext
    checks: tuple[Check, ...]

    @property
    def integrity(self) -> Outcome:
        """Tell whether value, digest and references hold, whoever signed."""
        outcomes = {check.outcome for check in self.checks if check.name in _INTEGRITY}
        if Outcome.FAILED in outcomes:
            return Outcome.FAILED
        return Outcome.PASSED if outcomes == {Outcome.PASSED} else Outcome.UNDETERMINED

    @property
    def is_trusted(self) -> bool:
        """Tell whether a path leads from the signer to an anchor, and it is the issuer where one is named."""
        issuer = self.context.license.issuer_code if self.context.license else ""
        has_path = any(
            check.name is CheckName.CERTIFICATE_PATH and check.outcome is Outcome.PASSED
            for check in self.checks
        )
        return has_path and (not issuer or self.context.signed_by(issuer))


def check_coverage(checked: CheckedSignature, all_checked: Sequence[CheckedSignature]) -> Check | None:
    """Judge whether anything in the document escapes the signatures that hold.

    1. Nothing may be listed by no signature, and what a signature is made upon must hold.
    2. What another signature lists, or consists of, counts only if that one holds. The signature itself
       is taken to hold here: if it does not, its own checks say so.
    3. What the issuer's signatures do not list, a stranger's cannot add. Where no signer is trusted, the
       paths say so, and nobody can tell whose addition it was.

    Without it a page may be swapped under a perfect signature.
    Clause: GM/T 0099-2020, 7.2 and annex D; ISO 32000-2, 12.8.1 (ByteRange).
    """
    signature = checked.context.signature
    if signature.uncovered is None:
        return None
    base = Outcome.PASSED if signature.base is None else all_checked[signature.base].integrity
    if base is Outcome.FAILED:
        return failed(_NAME, "BASE_SIGNATURE_FAILED", base=signature.base)
    sound = [item for item in all_checked if item.integrity is Outcome.PASSED]
    unknown = [item for item in all_checked if item.integrity is Outcome.UNDETERMINED]
    uncovered = frozenset(signature.uncovered) | _listed(all_checked) - _listed([*sound, checked])
    if uncovered - _listed(unknown):
        return failed(_NAME, "UNCOVERED_PARTS", uncovered=sorted(uncovered - _listed(unknown)))
    if uncovered or base is Outcome.UNDETERMINED:
        return undetermined(_NAME, "COVERAGE_UNDETERMINED", uncovered=sorted(uncovered))
    trusted = [item for item in sound if item.is_trusted]
    added = _listed(sound) - _listed(trusted) - _own(sound)
    if trusted and added:
        return failed(_NAME, "COVERED_BY_STRANGER", parts=sorted(added))
    return passed(_NAME, uncovered=[], covers=sorted(signature.covers))


def _listed(items: Sequence[CheckedSignature]) -> frozenset[str]:
    """Return what signatures list, and the parts they consist of."""
    return _own(items).union(*(item.context.signature.covers for item in items))


def _own(items: Sequence[CheckedSignature]) -> frozenset[str]:
    return frozenset[str]().union(*(item.context.signature.own for item in items))
