"""Codes about OFD: the zip, its XML, and how signatures are described in it."""

from __future__ import annotations

from collections.abc import Mapping

from license_service.domain.messages.message import ORIGINAL, REISSUE, REPORT, WITH_PASSWORD, Message

MESSAGES: Mapping[str, Message] = {
    "ZIP_MALFORMED": Message("压缩包结构损坏。", "The zip package is damaged.", ORIGINAL),
    "ZIP_TRAILING_DATA": Message(
        "压缩包末尾附加了其他数据。", "Data was appended to the zip package.", ORIGINAL
    ),
    "ZIP_PREPENDED_DATA": Message(
        "压缩包开头附加了其他数据。", "Data was put in front of the zip package.", ORIGINAL
    ),
    "ZIP_GAP": Message(
        "压缩包内藏有目录未列出的数据。", "The zip package hides data that it does not list.", REPORT
    ),
    "ZIP_OVERLAP": Message("压缩包内的文件相互重叠。", "Files overlap inside the zip package.", REPORT),
    "ZIP_DUPLICATE_NAME": Message(
        "压缩包内有重名文件，不同软件会看到不同内容。",
        "Two files share a name, so that two readers would see two contents.",
        REPORT,
    ),
    "ZIP_NAME_UNSAFE": Message(
        "压缩包内的文件名不安全。", "A file name inside the package is unsafe.", REPORT
    ),
    "ZIP_LOCAL_MISMATCH": Message(
        "压缩包目录与文件头不一致。", "The package's directory and a file's own header disagree.", REPORT
    ),
    "ZIP_CONTENT_MISMATCH": Message(
        "压缩包内文件的大小或校验码不符。", "A file in the package has another size or checksum.", ORIGINAL
    ),
    "ZIP_ENCRYPTED": Message("压缩包被加密。", "The zip package is encrypted.", WITH_PASSWORD),
    "ZIP_METHOD_REFUSED": Message(
        "压缩包使用了不允许的压缩方式。", "The package uses a compression method that is refused.", ORIGINAL
    ),
    "ZIP_BOMB": Message(
        "压缩包解压后过大，疑似压缩炸弹。", "The package inflates beyond any real license.", REPORT
    ),
    "ZIP_TOO_MANY_ENTRIES": Message("压缩包内文件过多。", "The package holds too many files.", ORIGINAL),
    "XML_MALFORMED": Message("文件内的 XML 格式错误。", "An XML part is malformed.", ORIGINAL),
    "XML_TOO_LARGE": Message("文件内的 XML 超过大小限制。", "An XML part is too large.", ORIGINAL),
    "XML_DOCTYPE_REFUSED": Message(
        "文件内的 XML 含有禁止的 DOCTYPE 声明。", "An XML part has a DOCTYPE, which is refused.", REPORT
    ),
    "XML_ROOT_UNEXPECTED": Message(
        "文件内的 XML 不是标准规定的内容。", "An XML part is not what the standard puts there.", ORIGINAL
    ),
    "XML_ELEMENT_REPEATED": Message(
        "文件内的 XML 元素重复，含义不唯一。",
        "An XML element is repeated, so that its meaning is open.",
        REPORT,
    ),
    "OFD_MEMBER_MISSING": Message("OFD 缺少必需的部分。", "A part that OFD requires is missing.", ORIGINAL),
    "OFD_DOCUMENTS_NOT_ONE": Message(
        "OFD 应当只含一份文档。", "The OFD package does not hold exactly one document.", ORIGINAL
    ),
    "OFD_PATH_ESCAPES": Message(
        "OFD 内的路径指向文件之外。", "A path inside the OFD package leads out of it.", REPORT
    ),
    "OFD_CUSTOM_DATA_REPEATED": Message(
        "OFD 中同名证照信息重复。", "License data of one name occurs twice in the OFD package.", REPORT
    ),
    "OFD_REFERENCE_REPEATED": Message(
        "OFD 签名重复引用同一文件。", "The OFD signature lists one file twice.", REPORT
    ),
    "OFD_CHECK_VALUE_MALFORMED": Message(
        "OFD 签名中的摘要值格式错误。", "A digest in the OFD signature is malformed.", ORIGINAL
    ),
    "OFD_SIGNED_INFO_MISSING": Message(
        "OFD 签名描述不完整。", "The OFD signature description is incomplete.", REISSUE
    ),
    "OFD_SEAL_FILE_MISMATCH": Message(
        "OFD 中的印章文件与签章使用的印章不同。",
        "The seal file in the OFD package is not the seal that signed.",
        REPORT,
    ),
    "OFD_TOO_MANY_SIGNATURES": Message(
        "OFD 签名过多。", "The OFD package has too many signatures.", ORIGINAL
    ),
}
