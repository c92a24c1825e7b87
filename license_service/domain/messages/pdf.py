"""Codes about PDF files and their signatures."""

from __future__ import annotations

from collections.abc import Mapping

from license_service.domain.messages.message import (
    NOTHING,
    ORIGINAL,
    REISSUE,
    REPORT,
    WITH_PASSWORD,
    Message,
)

MESSAGES: Mapping[str, Message] = {
    "PDF_MALFORMED": Message("PDF 文件损坏或格式错误。", "The PDF is damaged or malformed.", ORIGINAL),
    "PDF_TOO_LARGE": Message("PDF 文件超过大小限制。", "The PDF is too large.", ORIGINAL),
    "PDF_ENCRYPTED": Message("PDF 文件被加密。", "The PDF is encrypted.", WITH_PASSWORD),
    "PDF_HYBRID_XREF": Message(
        "PDF 含两套索引，不同软件会看到不同内容。",
        "The PDF has two indexes, so that two readers would see two contents.",
        REPORT,
    ),
    "PDF_BYTE_RANGE_MALFORMED": Message(
        "PDF 签名的保护范围不合规。", "The byte range of the PDF signature breaks a rule.", REPORT
    ),
    "PDF_BYTE_RANGE_GAP": Message(
        "PDF 签名范围之外留有其他内容。", "The PDF signature leaves out more than itself.", REPORT
    ),
    "PDF_CONTENTS_MALFORMED": Message(
        "PDF 签名数据格式错误。", "The PDF signature data is malformed.", ORIGINAL
    ),
    "PDF_CONTENTS_PADDING": Message(
        "PDF 签名数据的填充区藏有内容。", "The padding of the PDF signature holds data.", REPORT
    ),
    "PDF_CONTENT_ATTACHED": Message(
        "PDF 签名保护的是附带数据而不是文件。",
        "The PDF signature is over attached data, not the file.",
        REPORT,
    ),
    "PDF_METADATA_REPEATED": Message(
        "PDF 内嵌的证照信息重复。", "The PDF embeds license data more than once.", REPORT
    ),
    "PDF_TOO_MANY_SIGNATURES": Message("PDF 签名过多。", "The PDF has too many signatures.", ORIGINAL),
    "PDF_PASSWORD_WRONG": Message(
        "PDF 打开密码不正确。", "The password does not open the PDF.", WITH_PASSWORD
    ),
    "PDF_MAC_INVALID": Message(
        "加密的 PDF 未通过自带的防篡改校验。",
        "The encrypted PDF fails its own protection against changes.",
        REPORT,
    ),
    "PDF_TOO_COMPLEX": Message(
        "PDF 结构过于复杂，超出核验上限。", "The PDF is more complex than any real license.", ORIGINAL
    ),
    "PDF_FILTER_REFUSED": Message(
        "PDF 的内部结构使用了不接受的压缩方式。",
        "The PDF packs its structure in a way that is refused.",
        ORIGINAL,
    ),
    "PDF_OBJECT_STREAM": Message(
        "PDF 的内部压缩目录有误或有重复。",
        "The PDF packs its objects under wrong or repeated numbers.",
        ORIGINAL,
    ),
    "PDF_XREF_OUTSIDE": Message(
        "PDF 的内部索引指向错误的位置，文件可能已损坏。",
        "The index of the PDF leads to a wrong place; the file may be damaged.",
        ORIGINAL,
    ),
    "PDF_XREF_REPEATED": Message(
        "PDF 的内部索引重复列出同一内容，不同软件会看到不同内容。",
        "The index of the PDF lists one object twice, so that two readers would see two contents.",
        REPORT,
    ),
    "PDF_FORM_MALFORMED": Message(
        "PDF 的表单（存放签名的位置）结构错误。",
        "The form of the PDF, which holds its signatures, is malformed.",
        ORIGINAL,
    ),
    "PDF_BYTE_RANGE_REVISION": Message(
        "PDF 签名的保护范围没有止于文件的一个完整版本。",
        "What the PDF signature covers does not end where a version of the file ends.",
        REPORT,
    ),
    "PDF_SIGNATURE_MISPLACED": Message(
        "PDF 签名不在标准规定的位置，文件可能被其他软件另存过。",
        "The PDF signature does not stand where the standard puts it; it may have been saved anew.",
        ORIGINAL,
    ),
    "PDF_SIGNATURE_OUTSIDE_FORM": Message(
        "PDF 中藏有不属于任何签名栏的签名。",
        "The PDF hides a signature that belongs to no signature field.",
        REPORT,
    ),
    "PDF_SIGNATURE_RECYCLED": Message(
        "PDF 中的签名数据在签名后被改写。", "The PDF signature itself was rewritten after signing.", REPORT
    ),
    "PDF_SIGNATURE_SHARED": Message(
        "PDF 中两个签名栏共用一个签名。", "Two signature fields of the PDF share one signature.", REPORT
    ),
    "PDF_SUBFILTER_REFUSED": Message(
        "PDF 签名的编码方式过时或无法识别。",
        "The encoding of the PDF signature is outdated or unknown.",
        REISSUE,
    ),
    "PDF_PERMISSIONS_MALFORMED": Message(
        "PDF 签名规定的修改权限无法识别。",
        "What the PDF signature permits to change cannot be read.",
        REISSUE,
    ),
    "PDF_SECURITY_STORE": Message(
        "PDF 附带的核验资料（证书和吊销记录）过多或格式错误。",
        "The certificates and revocation data that came with the PDF are malformed or too many.",
        ORIGINAL,
    ),
    "PADES_SIGNING_CERTIFICATE_MISSING": Message(
        "PDF 签名未按标准（PAdES）写明所用的证书，证书可被调换。",
        "The PDF signature does not name its certificate as PAdES requires, so that it could be swapped.",
        REISSUE,
    ),
    "PDF_CERTIFIED_P1": Message(
        "签发人规定签名后不得再作任何修改。", "The signer permits no change after signing.", NOTHING
    ),
    "PDF_CERTIFIED_P2": Message(
        "签发人只允许在签名后填写表单和加签。",
        "The signer permits only filling in forms and signing afterwards.",
        NOTHING,
    ),
    "PDF_CERTIFIED_P3": Message(
        "签发人只允许在签名后填写表单、加签和批注。",
        "The signer permits only filling in forms, signing and comments afterwards.",
        NOTHING,
    ),
}
