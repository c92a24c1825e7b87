"""What goes wrong: a refusal with its problem document (RFC 9457), or no answer at all."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import NotRequired, TypedDict


class FieldProblem(TypedDict):
    """Say which member of a request is wrong."""

    at: str
    code: str
    detail: str


class Problem(TypedDict):
    """The body of a refusal; `code` is stable, `action` says what the caller can do."""

    type: str
    title: str
    title_en: str
    status: int
    code: str
    detail: str
    action: str
    instance: str
    errors: NotRequired[list[FieldProblem]]


class ClientError(Exception):
    """Report that a call did not do what was asked."""


class UnreachableError(ClientError):
    """Report that no attempt was answered; whether the last one was done is not known.

    Repeat the call with the same `key`, and it is done once.
    """


class StillRunningError(ClientError):
    """Report that what was waited for did not end in time."""


class RefusedError(ClientError):
    """Report a refusal; `code` says why, and `problem` what to do."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(f"{problem['status']} {problem['code']}: {problem['detail'] or problem['title_en']}")
        self.problem = problem
        self.code = problem["code"]
        self.status = problem["status"]


class InvalidRequestError(RefusedError):
    """The request has not the documented shape (400, 413, 422)."""


class NotAllowedError(RefusedError):
    """The API key is missing, ended, or lacks the scope (401, 403)."""


class NotFoundError(RefusedError):
    """There is none of that id for this tenant (404)."""


class ConflictError(RefusedError):
    """The state of what was to be changed does not allow it (409)."""


class VersionConflictError(RefusedError):
    """It has changed since it was read (412): read it again."""


class RateLimitedError(RefusedError):
    """The tenant asks too fast, and waiting longer than allowed would be needed (429)."""


class UnavailableError(RefusedError):
    """The service could not do it now, at any attempt (5xx)."""


_KINDS: Mapping[int, type[RefusedError]] = {
    400: InvalidRequestError,
    401: NotAllowedError,
    403: NotAllowedError,
    404: NotFoundError,
    409: ConflictError,
    412: VersionConflictError,
    413: InvalidRequestError,
    422: InvalidRequestError,
    429: RateLimitedError,
}
_SERVER_ERROR = 500


def refusal(status: int, body: bytes) -> RefusedError:
    """Return the error for an answer of 400 and above, whoever it comes from."""
    kind = UnavailableError if status >= _SERVER_ERROR else _KINDS.get(status, RefusedError)
    return kind(_problem(status, body))


def _problem(status: int, body: bytes) -> Problem:
    try:
        found = json.loads(body)
    except ValueError:
        found = None
    told = found if isinstance(found, dict) and isinstance(found.get("code"), str) else {}
    # A proxy on the way answers in words of its own.
    unknown = Problem(
        type="about:blank", title="", title_en="not a problem document", status=status,
        code=f"http_{status}", detail="", action="", instance="",
    )  # fmt: skip
    return {**unknown, **told, "status": status}
