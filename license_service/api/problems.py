"""Every refusal as an RFC 9457 problem: one table from code to status, titles and what to do."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from flask import Flask, Response, request
from pydantic import BaseModel, ValidationError
from werkzeug.exceptions import HTTPException

from license_service.errors import LicenseServiceError
from license_service.verification.document import FormatError

_LOG = logging.getLogger("license_service.api")
_MOST_ERRORS = 20
_SHORTEST_WAIT_SECONDS = "5"
TYPE_PREFIX = "/problems/"
"""A reference to the page of the code, relative to wherever the service is (RFC 9457, 3.1.1)."""


@dataclass(frozen=True)
class ProblemKind:
    """Describe one code: its status, its titles, and what the caller can do about it."""

    status: HTTPStatus
    zh: str
    en: str
    action: str


_BAD, _CONFLICT, _DOWN = HTTPStatus.BAD_REQUEST, HTTPStatus.CONFLICT, HTTPStatus.SERVICE_UNAVAILABLE
_FORBIDDEN = HTTPStatus.FORBIDDEN

PROBLEMS: dict[str, ProblemKind] = {
    "request_invalid": ProblemKind(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "请求内容不符合要求",
        "The request does not have the documented shape",
        "Correct the members listed in `errors`; the shapes are in /openapi.json.",
    ),
    "json_malformed": ProblemKind(
        _BAD,
        "请求不是合法的 JSON",
        "The body is not well-formed, unambiguous JSON",
        "Send UTF-8 JSON without repeated names, NaN or lone surrogates.",
    ),
    "unauthenticated": ProblemKind(
        HTTPStatus.UNAUTHORIZED,
        "未提供有效的 API 密钥",
        "No valid API key",
        "Send `Authorization: Bearer <API key>`.",
    ),
    "forbidden": ProblemKind(
        HTTPStatus.FORBIDDEN,
        "该 API 密钥无此权限",
        "The API key lacks the scope",
        "Ask the operator for a key with the scope that `detail` names.",
    ),
    "not_found": ProblemKind(
        HTTPStatus.NOT_FOUND,
        "未找到",
        "Not found",
        "Check the id; ids of other tenants are not found either.",
    ),
    "erased": ProblemKind(
        HTTPStatus.GONE,
        "个人信息已删除",
        "What named people was erased",
        "The log proves what was done and when it was erased; see the timeline or the feed of events.",
    ),
    "erasure_case_open": ProblemKind(
        _CONFLICT,
        "尚未办结，不得删除",
        "Something may still follow from it",
        "Settle what `detail` names, then ask again.",
    ),
    "erasure_retained": ProblemKind(
        _CONFLICT,
        "保存期限未满，不得删除",
        "A retention period runs",
        "Ask again after the time that `detail` names; it is erased by itself soon after it.",
    ),
    "method_not_allowed": ProblemKind(
        HTTPStatus.METHOD_NOT_ALLOWED, "不支持该方法", "Method not allowed", "See /openapi.json."
    ),
    "document_too_large": ProblemKind(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        "文件超过大小限制",
        "The document is too large",
        "Send a document of at most 20 MB.",
    ),
    "idempotency_key_missing": ProblemKind(
        _BAD,
        "缺少 Idempotency-Key",
        "Idempotency-Key is missing",
        "Send a fresh random Idempotency-Key with each new request, and the same one when repeating it.",
    ),
    "idempotency_key_reused": ProblemKind(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "Idempotency-Key 已用于其他请求",
        "The Idempotency-Key was used for another request",
        "Send a fresh Idempotency-Key.",
    ),
    "idempotency_in_progress": ProblemKind(
        _CONFLICT, "相同请求正在处理", "The same request is being done", "Repeat it in a few seconds."
    ),
    "case_state_conflict": ProblemKind(
        _CONFLICT,
        "办件状态不允许此操作",
        "The case's state does not allow this",
        "Read the case again; its state or version has changed, or nothing is owed.",
    ),
    "case_owes": ProblemKind(
        _CONFLICT,
        "尚有容缺材料未补齐，不得作出决定",
        "No decision is made while something is owed",
        "Hand in what `detail` names, or wait until its time is over.",
    ),
    "commitment_disputed": ProblemKind(
        _CONFLICT,
        "承诺被认定不实且尚未处理完毕",
        "A promise is found broken, and that is not settled",
        "Wait for the ruling, the rectification or the consequence, or refuse.",
    ),
    "deferral_extended_before": ProblemKind(
        _CONFLICT,
        "补交期限已延长过一次",
        "The time to hand it in was extended before",
        "Hand it in before the date; a second extension is not possible.",
    ),
    "objection_window_over": ProblemKind(
        _CONFLICT,
        "异议期限已过",
        "The window for objections is over",
        "Ask the authority; a finding of a clerk may still say that the promise is kept.",
    ),
    "credit_record_state_conflict": ProblemKind(
        _CONFLICT,
        "信用记录状态不允许此操作",
        "The state of the credit record does not allow this",
        "Read the record again; it was repaired, canceled, or an objection waits for a ruling.",
    ),
    "agent_unknown": ProblemKind(
        _FORBIDDEN,
        "未登记代办人",
        "No agent is named",
        "Name the agent in the application, or act without one.",
    ),
    "agent_not_in_force": ProblemKind(
        _FORBIDDEN,
        "授权委托不在有效期内",
        "The authorization is not in force",
        "Let the applicant act, or present an authorization that is in force.",
    ),
    "agent_scope_missing": ProblemKind(
        _FORBIDDEN,
        "授权委托不含此事项",
        "The authorization does not cover this act",
        "Let the applicant act, or present an authorization that covers it.",
    ),
    "agent_proof_invalid": ProblemKind(
        _FORBIDDEN,
        "授权证明无效",
        "The license does not prove the authorization",
        "Present a genuine license that names agent and applicant, or the digest of a written authorization.",
    ),
    "receipt_pending": ProblemKind(
        _CONFLICT, "存证凭证尚未生成", "No checkpoint covers this yet", "Ask again in a few seconds."
    ),
    "cursor_invalid": ProblemKind(
        _BAD, "分页游标无效", "The cursor is not one of this list", "Begin again without `after`."
    ),
    "version_conflict": ProblemKind(
        HTTPStatus.PRECONDITION_FAILED,
        "办件已被更新",
        "The case has changed since it was read",
        "Read the case again, and repeat with its new ETag in If-Match.",
    ),
    "rate_limited": ProblemKind(
        HTTPStatus.TOO_MANY_REQUESTS,
        "请求过于频繁",
        "Too many requests",
        "Wait for the seconds in Retry-After.",
    ),
    "license_not_in_register": ProblemKind(
        HTTPStatus.NOT_FOUND,
        "证照库中没有该证照标识",
        "The register has no license of this identifier",
        "Compare the identifier with the license, or send the document itself.",
    ),
    "register_unavailable": ProblemKind(
        _DOWN,
        "证照库暂时无法访问",
        "The register of licenses did not answer",
        "Wait for the seconds in Retry-After and repeat the request, or send the document itself.",
    ),
    "validation_token_unavailable": ProblemKind(
        _CONFLICT,
        "无法就该验证结论出具验证令牌",
        "No validation token can be issued about this verdict",
        "Verify the document again; a token needs at least one signature, and a known signer for each.",
    ),
    "key_state_conflict": ProblemKind(
        _CONFLICT,
        "密钥状态不允许此操作",
        "The key's state does not allow this",
        "List the keys again: one must go on signing, and only one that signs no more can be destroyed.",
    ),
    "log_unanchored": ProblemKind(
        _DOWN,
        "审计日志长时间未获外部存证，暂停受理",
        "Nobody outside has seen the audit log for too long, so nothing is accepted",
        "Wait for the seconds in Retry-After and repeat the request with the same Idempotency-Key.",
    ),
    "store_unavailable": ProblemKind(
        _DOWN,
        "服务暂时不可用",
        "The database did not answer",
        "Repeat the request with the same Idempotency-Key.",
    ),
    "configuration_invalid": ProblemKind(
        _DOWN, "服务配置有误", "The service's configuration is not usable", "Tell the operator."
    ),
    "internal_error": ProblemKind(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "内部错误",
        "Internal error",
        "Tell the operator the request's time.",
    ),
}
"""Stable and append-only; `docs/problems.md` and `docs/problems/` are checked against it."""

_BY_STATUS = {
    HTTPStatus.NOT_FOUND: "not_found",
    HTTPStatus.METHOD_NOT_ALLOWED: "method_not_allowed",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "document_too_large",
}
_RETRY = frozenset(
    {
        "idempotency_in_progress",
        "rate_limited",
        "receipt_pending",
        "register_unavailable",
        "store_unavailable",
    }
)


class Problem(BaseModel):
    """The body of every refusal (RFC 9457), with `code`, the titles in two languages, and what to do."""

    type: str
    title: str
    title_en: str
    status: int
    code: str
    detail: str
    action: str
    instance: str
    errors: list[dict[str, str]] = []


def problem(code: str, detail: str = "", errors: list[dict[str, str]] | None = None) -> Response:
    """Return the response for a code."""
    kind = PROBLEMS[code]
    body = Problem(
        type=f"{TYPE_PREFIX}{code}",
        title=kind.zh,
        title_en=kind.en,
        status=kind.status,
        code=code,
        detail=detail,
        action=kind.action,
        instance=request.path,
        errors=errors or [],
    )
    response = Response(
        json.dumps(body.model_dump(), ensure_ascii=False), kind.status, mimetype="application/problem+json"
    )
    if code in _RETRY:
        response.headers["Retry-After"] = _SHORTEST_WAIT_SECONDS
    if code == "unauthenticated":
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def validation_problem(error: ValidationError) -> Response:
    """Return the response for a body or parameter of the wrong shape, without repeating its values."""
    found = error.errors(include_url=False, include_context=False, include_input=False)[:_MOST_ERRORS]
    errors = [{"at": "/".join(map(str, e["loc"])), "code": e["type"], "detail": e["msg"]} for e in found]
    return problem("request_invalid", "the members in `errors` are wrong", errors)


def register_problems(app: Flask) -> None:
    """Answer every error with a problem."""
    app.register_error_handler(LicenseServiceError, _refused)
    app.register_error_handler(FormatError, _malformed)
    app.register_error_handler(ValidationError, validation_problem)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _unexpected)


def _refused(error: LicenseServiceError) -> Response:
    response = problem(error.code, error.detail)
    if "retry_after" in error.context:
        response.headers["Retry-After"] = str(error.context["retry_after"])
    return response


def _malformed(error: FormatError) -> Response:
    return problem("json_malformed", error.code)


def _http(error: HTTPException) -> Any:  # noqa: ANN401 - an aborted response passes through
    if error.response is not None:
        return error.response
    code = _BY_STATUS.get(HTTPStatus(error.code or HTTPStatus.BAD_REQUEST))
    return problem(code or "request_invalid", error.description or "")


def _unexpected(error: Exception) -> Response:
    _LOG.error(
        "unexpected %s on %s %s", type(error).__name__, request.method, request.endpoint, exc_info=error
    )
    return problem("internal_error")
