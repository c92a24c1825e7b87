"""What a signature lets others do afterwards (DocMDP, FieldMDP, the lock of its field).

Clause: ISO 32000-2, 12.7.5.5, 12.8.2.2 and 12.8.2.4.
"""

from __future__ import annotations

from typing import Any

from pyhanko.sign.fields import FieldMDPSpec

from license_service.verification.document import FormatError
from license_service.verification.formats.pdf.objects import entry, raw_items
from license_service.verification.formats.pdf.signature_fields import SignatureField

NO_CHANGES = 1
_FORMS = 2
_LEVELS = (1, 2, 3)


def certification_level(field: SignatureField) -> int | None:
    """Return what a certification permits (1 to 3), or None for an approval signature.

    Raises:
        FormatError: `PDF_PERMISSIONS_MALFORMED`.
    """
    parameters = _parameters(field, "/DocMDP")
    if parameters is None:
        return None
    level = entry(parameters, "/P") if "/P" in parameters else _FORMS
    if level not in _LEVELS:
        raise FormatError("PDF_PERMISSIONS_MALFORMED")
    return int(level)


def forbids_signing(field: SignatureField, name: str) -> bool:
    """Tell whether a signature forbids that the field `name` is signed after it.

    A lock counts whether or not whoever signed repeated it as FieldMDP: it stood in what they signed.
    """
    if NO_CHANGES in (certification_level(field), entry(field.lock, "/P")):
        return True
    locks = (_parameters(field, "/FieldMDP"), field.lock)
    return any(FieldMDPSpec.from_pdf_object(lock).is_locked(name) for lock in locks if lock is not None)


def _parameters(field: SignatureField, method: str) -> Any:  # noqa: ANN401 - pyHanko's objects
    for item in raw_items(entry(field.dictionary, "/Reference")):
        reference = item.get_object()
        if entry(reference, "/TransformMethod") == method:
            return entry(reference, "/TransformParams") or {}
    return None
