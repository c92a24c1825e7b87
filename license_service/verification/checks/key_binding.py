"""Whether who presents a credential is who it was issued to.

Without it a copy of somebody else's credential is as good as one's own.
Clause: RFC 9901, 7.3 (key binding) and 9.5.
"""

from __future__ import annotations

from datetime import timedelta

from license_service.clock import format_instant
from license_service.verification.checks.context import SignatureContext, failed, passed, undetermined
from license_service.verification.crypto.algorithms import SignatureOutcome, verify_signature
from license_service.verification.document import HolderKey, KeyBindingToken
from license_service.verification.report import Check, CheckName

_NAME = CheckName.KEY_BINDING


def check_key_binding(context: SignatureContext) -> Check | None:
    """Judge the holder's own signature over this presentation, for this verifier, made just now.

    A policy may do without; a caller who asked for a nonce or named an audience may not.
    """
    binding = context.signature.key_binding
    if binding is None:
        return None
    expected = (context.presentation.audience, context.presentation.nonce)
    required = context.policy.credentials.key_binding_required or expected != (None, None)
    if binding.token is None:
        return failed(_NAME, "KEY_BINDING_MISSING") if required else passed(_NAME, presented=False)
    if binding.holder_key is None:
        return failed(_NAME, "KEY_BINDING_KEY_MISSING")
    objection = _objection(context, binding.token, binding.holder_key)
    if objection is not None:
        return failed(_NAME, objection, issued_at=format_instant(binding.token.issued_at))
    if required and None in expected:
        # Nobody says what the holder was asked to sign, so this may be a presentation made before.
        return undetermined(_NAME, "KEY_BINDING_NOT_EXPECTED")
    return passed(_NAME, presented=True)


def _objection(context: SignatureContext, token: KeyBindingToken, key: HolderKey) -> str | None:
    presentation, longest = context.presentation, context.policy.credentials.key_binding_seconds
    if not _verifies(context, token, key):
        return "KEY_BINDING_SIGNATURE_INVALID"
    if token.presentation.actual != token.presentation.expected:
        return "KEY_BINDING_HASH_MISMATCH"
    if presentation.audience not in (None, token.audience):
        return "KEY_BINDING_AUDIENCE_MISMATCH"
    if presentation.nonce not in (None, token.nonce):
        return "KEY_BINDING_NONCE_MISMATCH"
    if abs(context.validation_time - token.issued_at) > timedelta(seconds=longest):
        return "KEY_BINDING_STALE"
    return None


def _verifies(context: SignatureContext, token: KeyBindingToken, key: HolderKey) -> bool:
    name, allowed = token.value.algorithm, context.policy.algorithms
    if name not in key.algorithms or name not in allowed.signatures:
        return False
    if allowed.ended((name,), (), context.validation_time):
        return False
    return verify_signature(token.value, key.spki) is SignatureOutcome.VALID
