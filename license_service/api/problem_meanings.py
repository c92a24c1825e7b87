"""What each problem means, and in Chinese what to do: the rest of the table of `problems.py`, by code."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Meaning:
    """Say in two languages why a request was refused, and in Chinese what to do about it."""

    zh: str
    en: str
    action_zh: str


MEANINGS: dict[str, Meaning] = {
    "request_invalid": Meaning(
        "请求体或参数的结构、类型、长度不符合接口说明；`errors` 逐项列出位置，不重复其内容。",
        "A member or parameter has another shape, type or length than documented; `errors` says where, "
        "and repeats no values.",
        "按 `errors` 逐项改正；结构见 /openapi.json。",
    ),
    "json_malformed": Meaning(
        "请求体不是 UTF-8 的 JSON，或同一对象中有重名成员、非法数值、孤立代理项，不同程序会读出不同内容。",
        "The body is no UTF-8 JSON, or two readers could see different things in it.",
        "发送 UTF-8 编码的 JSON，不含重名成员、NaN 和孤立代理项。",
    ),
    "unauthenticated": Meaning(
        "请求未带 API 密钥，或密钥不存在、已过期。",
        "No API key came with the request, or one that does not exist or has ended.",
        "在请求头中发送 `Authorization: Bearer <API 密钥>`。",
    ),
    "forbidden": Meaning(
        "密钥有效，但没有此接口所需的权限范围。",
        "The key is good, but not for this: it lacks the scope of the route.",
        "向运维人员申请 `detail` 所列权限的密钥。",
    ),
    "not_found": Meaning(
        "没有该标识对应的内容；其他单位的内容也一律答复未找到。",
        "There is nothing of this id for you; what belongs to another tenant is answered the same way.",
        "核对标识；其他单位的标识同样查不到。",
    ),
    "erased": Meaning(
        "该内容中的个人信息已依法删除，密钥已销毁，无法恢复；审计日志仍可证明曾办理及何时删除。",
        "What named people was erased by destroying its key, so nobody can restore it; "
        "the log still proves what was done.",
        "审计日志可证明所办事项及删除时间；见时间线或事件列表。",
    ),
    "erasure_case_open": Meaning(
        "办件尚未办结，或仍有承诺、容缺、异议等待处理；删除会使其无法继续。",
        "The case is not at its end, or something promised, owed or objected to waits; erasing would end it.",
        "先办结 `detail` 所列事项，再次申请。",
    ),
    "erasure_retained": Meaning(
        "法定或规定的保存期限未满。",
        "The law or the operator's retention class says to keep it longer.",
        "在 `detail` 所示时间之后再次申请；期满后会自动删除。",
    ),
    "method_not_allowed": Meaning(
        "该地址存在，但不支持所用的 HTTP 方法。",
        "The address exists, but not with this method.",
        "见 /openapi.json。",
    ),
    "document_too_large": Meaning(
        "文件超过 20 MB，未读取即退回。",
        "The document has more than 20 MB and was not read.",
        "发送不超过 20 MB 的文件。",
    ),
    "idempotency_key_missing": Meaning(
        "会产生新内容的请求必须带 Idempotency-Key，重发时才不会重复办理。",
        "A request that makes something needs an Idempotency-Key, so that repeating it makes nothing twice.",
        "每个新请求使用新的随机 Idempotency-Key，重发时使用原来的。",
    ),
    "idempotency_key_reused": Meaning(
        "该 Idempotency-Key 已随另一份内容用过；为防止误认为重发，予以退回。",
        "This key came before with other content, so this is no repetition of that request.",
        "换用新的 Idempotency-Key。",
    ),
    "idempotency_in_progress": Meaning(
        "相同的请求正在处理，尚无结果。",
        "The same request was sent before and is not answered yet.",
        "几秒后用同一 Idempotency-Key 重发。",
    ),
    "case_state_conflict": Meaning(
        "办件当前状态不允许此操作，例如已办结，或并无待补的材料。",
        "The case is in a state that does not allow this: it may be decided, or nothing is owed.",
        "重新读取办件；其状态或版本已变化，或并无欠缺的材料。",
    ),
    "case_owes": Meaning(
        "容缺受理的材料尚未补齐；补齐之前不作出决定，也不发放结果。",
        "Something that may be handed in later is still owed; until then there is no decision and no result.",
        "补交 `detail` 所列材料，或等待期限届满。",
    ),
    "commitment_disputed": Meaning(
        "有承诺被核查认定不实，或正处于异议、整改之中；此时不得准予。",
        "A promise is found broken, objected to or being rectified; nothing is granted meanwhile.",
        "等待裁定、整改或后果处理，或作出不予许可的决定。",
    ),
    "deferral_extended_before": Meaning(
        "补交期限只能延长一次。",
        "The time to hand something in is extended once at most.",
        "在期限内补交；不能再次延长。",
    ),
    "objection_window_over": Meaning(
        "提出异议的期限已过。",
        "The days in which an objection could be made are over.",
        "咨询办理机关；工作人员仍可认定承诺属实。",
    ),
    "credit_record_state_conflict": Meaning(
        "信用记录已修复、撤销，或异议正待裁定。",
        "The credit record was repaired or canceled, or an objection to it waits for a ruling.",
        "重新读取信用记录。",
    ),
    "agent_unknown": Meaning(
        "办件中未登记代办人，不能以代办人名义办理。",
        "The case names no agent, so nobody can act as one.",
        "在申请中写明代办人，或由申请人本人办理。",
    ),
    "agent_not_in_force": Meaning(
        "授权委托尚未生效或已终止。",
        "The authorization has not begun or has ended.",
        "由申请人办理，或出示有效期内的授权委托。",
    ),
    "agent_scope_missing": Meaning(
        "授权委托的范围不包含此项操作。",
        "The authorization does not cover this act.",
        "由申请人办理，或出示包含此项的授权委托。",
    ),
    "agent_proof_invalid": Meaning(
        "所示证照未能证明代办人与申请人之间的委托关系。",
        "The license that was shown does not prove that the applicant authorized the agent.",
        "出示载明双方的真实证照，或书面委托的摘要。",
    ),
    "receipt_pending": Meaning(
        "该事项已记录，但尚无检查点覆盖；凭证在检查点签署后生成。",
        "It is recorded, but no signed checkpoint covers it yet; the receipt comes with the next one.",
        "几秒后重试。",
    ),
    "cursor_invalid": Meaning(
        "分页游标已被改动，或属于另一列表、另一密钥。",
        "The cursor was changed, or belongs to another list or key.",
        "不带 `after` 从头读取。",
    ),
    "version_conflict": Meaning(
        "读取之后办件已被他人更新；为避免覆盖，未作任何改动。",
        "Somebody changed the case after it was read; nothing was done, so that nothing is overwritten.",
        "重新读取办件，以新的 ETag 填写 If-Match 后重发。",
    ),
    "rate_limited": Meaning(
        "本单位的写入请求，或同一地址的核验码查询，超过了速率上限。",
        "The tenant's writing requests, or look-ups from one address, came faster than is allowed.",
        "等待 Retry-After 所示的秒数。",
    ),
    "license_not_in_register": Meaning(
        "证照库答复：没有该标识的证照。",
        "The register was asked and has no license of this identifier.",
        "对照证照核对标识，或直接发送证照文件。",
    ),
    "register_unavailable": Meaning(
        "证照库未答复；未答复不等于没有该证照。",
        "The register did not answer, which says nothing about the license.",
        "等待 Retry-After 所示的秒数后重发，或直接发送证照文件。",
    ),
    "validation_token_unavailable": Meaning(
        "该验证结论没有签名，或有签名的签名人不明，无法出具验证令牌。",
        "The verdict has no signature, or one whose signer is not known, so no token can speak about it.",
        "重新验证该文件；令牌至少需要一个签名，且每个签名的签名人均已知。",
    ),
    "key_state_conflict": Meaning(
        "密钥不存在，或其状态不允许停用、销毁：必须有一把继续签名。",
        "There is no such key, or it must go on signing, or it still signs and cannot be destroyed.",
        "重新列出密钥；须保留一把签名，只有停用的才能销毁。",
    ),
    "log_unanchored": Meaning(
        "审计日志超过规定时间未获外部见证或时间戳，按设置暂停受理。",
        "Neither a witness nor a timestamp authority has seen the log for longer than the operator allows.",
        "等待 Retry-After 所示的秒数后，用同一 Idempotency-Key 重发。",
    ),
    "store_unavailable": Meaning(
        "数据库未答复；请求是否已办理，以同一 Idempotency-Key 重发即可得知。",
        "The database did not answer; the same Idempotency-Key tells whether the request was done.",
        "用同一 Idempotency-Key 重发。",
    ),
    "configuration_invalid": Meaning(
        "服务端某项设置、密钥或目录条目不可用，与请求内容无关。",
        "A setting, key or catalogue entry of the service is not usable; the request is not at fault.",
        "告知运维人员。",
    ),
    "internal_error": Meaning(
        "服务端出现意外错误，已记录；与请求内容无关。",
        "Something unexpected happened in the service, and is in its log; the request is not at fault.",
        "把请求的时间告知运维人员。",
    ),
}
"""Stable and append-only, with the codes of `PROBLEMS`: a test compares them."""
