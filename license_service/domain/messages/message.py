"""What a clerk reads for a code: what is wrong, and what to ask for; 简体中文 first, English second."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Ask:
    """Say what to do next, and whom to ask for what."""

    zh: str
    en: str


@dataclass(frozen=True)
class Message:
    """Say what a code means, in a sentence of its own; many codes share what to ask for."""

    zh: str
    en: str
    ask: Ask


NOTHING = Ask("无须补充。", "Nothing is needed.")
ORIGINAL = Ask(
    "请申请人从颁发机构或政务服务平台重新下载原文件提交，不要另存、转换、打印扫描或截图。",
    "Ask for the file as downloaded from the issuer or the portal, not saved again, converted or scanned.",
)
REISSUE = Ask(
    "请申请人联系颁发机构重新签发电子证照；在此之前可提交纸质原件。",
    "Ask the applicant to have the issuer sign the license again; until then take the paper original.",
)
RENEWED = Ask(
    "请申请人办理延续或换证后，提交新的电子证照。",
    "Ask the applicant to renew the license and present the new one.",
)
OWN_LICENSE = Ask(
    "请申请人提交本人（本单位）的证照；代办的，请核对申请人信息和授权委托书。",
    "Ask for the applicant's own license; for an agent, compare the applicant's data and the authorization.",
)
COMPARE = Ask(
    "请勿凭此文件免提交；请申请人出示纸质原件，并向颁发机构核实。",
    "Do not skip the paper on this file; ask for the paper original and confirm with the issuer.",
)
REPORT = Ask(
    "请勿采信，保留文件并按规定上报；请申请人出示纸质原件。",
    "Do not rely on it; keep the file, report it as your rules say, and ask for the paper original.",
)
LATER = Ask(
    "无须申请人补充；请稍后重试，仍无法查询时转人工核验。",
    "Nothing is needed of the applicant; try again later, then hand over to manual review.",
)
OPERATOR = Ask(
    "无须申请人补充；请转人工核验，并请系统管理员核对信任列表和核验策略。",
    "Nothing is needed of the applicant; review by hand and tell the operator to look at trust and policy.",
)
REVERIFY = Ask(
    "无须申请人补充；请重新验证原文件，或向出具令牌的服务重新获取。",
    "Nothing is needed of the applicant; verify the document again, or get a new token from its issuer.",
)
WITH_PASSWORD = Ask(
    "请申请人提交未加密的原文件，或随文件提供打开密码。",
    "Ask for the file without encryption, or for the password that opens it.",
)
WITH_CONTENT = Ask(
    "请申请人把签名文件和被签名的原文件一并提交。",
    "Ask for the signature together with the file that it signs.",
)
ONE_EACH = Ask("请申请人将各证照作为单独的文件分别提交。", "Ask for each license as a file of its own.")
MATERIAL = Ask("请申请人提交该材料。", "Ask the applicant for this material.")
SUPPLEMENT = Ask("请申请人在期限内补交该材料。", "Ask the applicant to hand the material in before the date.")
NOTICE = Ask(
    "请申请人阅读新的告知书后重新承诺。", "Ask the applicant to read the new notice and promise again."
)
