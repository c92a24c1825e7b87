"""The error tree: a refusal is an exception with a stable code.

A forged license is no error: that is a `VerificationReport`. These are requests that cannot be
honored. `api/problems.py` maps each code to a status and to Chinese and English titles.
"""

from __future__ import annotations

from typing import ClassVar


class LicenseServiceError(Exception):
    """Refuse a request; `code` is stable and append-only, `detail` is for people."""

    code: ClassVar[str] = "internal_error"

    def __init__(self, detail: str = "", **context: object) -> None:
        super().__init__(detail or self.code)
        self.detail = detail
        self.context = context


class ConfigurationError(LicenseServiceError):
    """Stop start-up: a policy, anchor, key, catalogue entry or setting is not usable."""

    code = "configuration_invalid"


class InvalidRequestError(LicenseServiceError):
    """Refuse input that does not have the documented shape."""

    code = "request_invalid"


class UnauthenticatedError(LicenseServiceError):
    """Refuse a request without a valid API key."""

    code = "unauthenticated"


class ForbiddenError(LicenseServiceError):
    """Refuse an API key that lacks the scope."""

    code = "forbidden"


class NotFoundError(LicenseServiceError):
    """Refuse an id that does not exist for this tenant; another tenant's id is the same answer."""

    code = "not_found"


class ErasedError(LicenseServiceError):
    """Refuse to tell what was erased; that it was there, and when it was erased, the log says."""

    code = "erased"


class ErasureOpenError(LicenseServiceError):
    """Refuse to erase what something may still follow from: an open case, a complaint, a batch."""

    code = "erasure_case_open"


class ErasureRetainedError(LicenseServiceError):
    """Refuse to erase what a retention period says must be kept yet."""

    code = "erasure_retained"


class DocumentTooLargeError(LicenseServiceError):
    """Refuse a document above the size limit before reading it."""

    code = "document_too_large"


class IdempotencyKeyMissingError(LicenseServiceError):
    """Refuse a creating request without `Idempotency-Key`."""

    code = "idempotency_key_missing"


class IdempotencyKeyReusedError(LicenseServiceError):
    """Refuse a known `Idempotency-Key` that comes with another payload."""

    code = "idempotency_key_reused"


class IdempotencyConflictError(LicenseServiceError):
    """Refuse a repeated request while the first one still runs."""

    code = "idempotency_in_progress"


class CaseStateError(LicenseServiceError):
    """Refuse a transition that the case's state does not allow."""

    code = "case_state_conflict"


class DebtOpenError(CaseStateError):
    """Refuse a decision while something is owed: no result is issued before it is handed in."""

    code = "case_owes"


class PromiseDisputedError(CaseStateError):
    """Refuse to grant while a promise is found broken, objected to or being rectified."""

    code = "commitment_disputed"


class ExtendedBeforeError(CaseStateError):
    """Refuse to extend a deferral a second time."""

    code = "deferral_extended_before"


class ObjectionLateError(CaseStateError):
    """Refuse an objection after its window."""

    code = "objection_window_over"


class CreditStateError(LicenseServiceError):
    """Refuse a transition that the state of a credit record does not allow."""

    code = "credit_record_state_conflict"


class AgentUnknownError(LicenseServiceError):
    """Refuse an agent's act where no agent is named."""

    code = "agent_unknown"


class AgentNotInForceError(LicenseServiceError):
    """Refuse an agent's act before the authorization begins or after it ended."""

    code = "agent_not_in_force"


class AgentScopeError(LicenseServiceError):
    """Refuse an agent's act that the authorization does not cover."""

    code = "agent_scope_missing"


class AgentProofError(LicenseServiceError):
    """Refuse an agent whose license does not prove the authorization."""

    code = "agent_proof_invalid"


class ReceiptPendingError(LicenseServiceError):
    """Refuse a receipt whose event no checkpoint covers yet; try again shortly."""

    code = "receipt_pending"


class CursorInvalidError(LicenseServiceError):
    """Refuse a cursor that this list did not give out."""

    code = "cursor_invalid"


class VersionConflictError(LicenseServiceError):
    """Refuse a change to a version that is no longer the current one."""

    code = "version_conflict"


class RateLimitedError(LicenseServiceError):
    """Refuse a request of a tenant that asks too fast."""

    code = "rate_limited"


class LicenseNotInRegisterError(LicenseServiceError):
    """Refuse an identifier that the register has no license of."""

    code = "license_not_in_register"


class RegisterUnavailableError(LicenseServiceError):
    """Refuse a request because the register of licenses did not answer."""

    code = "register_unavailable"


class ValidationTokenUnavailableError(LicenseServiceError):
    """Refuse a validation token about a verdict on no signature of a known signer."""

    code = "validation_token_unavailable"


class KeyStateError(LicenseServiceError):
    """Refuse to retire or destroy a key that does not exist or must go on signing."""

    code = "key_state_conflict"


class LogUnanchoredError(LicenseServiceError):
    """Refuse to accept because nobody outside has seen the log for too long."""

    code = "log_unanchored"


class StoreUnavailableError(LicenseServiceError):
    """Refuse a request because the database did not answer."""

    code = "store_unavailable"
