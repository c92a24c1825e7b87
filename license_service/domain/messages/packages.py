"""Codes about OFD: the zip, its XML, and how signatures are described in it."""

from __future__ import annotations

from collections.abc import Mapping

from license_service.domain.messages.message import (
    ONE_EACH,
    ORIGINAL,
    REISSUE,
    REPORT,
    WITH_PASSWORD,
    Message,
)

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
    "OFD_NO_DOCUMENT": Message("OFD 中没有文档。", "The OFD package holds no document.", ORIGINAL),
    "OFD_TOO_MANY_DOCUMENTS": Message(
        "OFD 中的文档过多。", "The OFD package holds too many documents.", ONE_EACH
    ),
    "OFD_DOCUMENT_REPEATED": Message(
        "OFD 把同一份文档列为两份。", "The OFD package lists one document as two.", REPORT
    ),
    "OFD_VERSION_CURRENT_REPEATED": Message(
        "OFD 有两个当前版本，不同软件会看到不同内容。",
        "The OFD package has two current versions, so that two readers would see two contents.",
        REPORT,
    ),
    "OFD_PAGE_ID_REPEATED": Message(
        "OFD 中两个页面编号相同，含义不唯一。",
        "Two pages of the OFD package have one id, so that its meaning is open.",
        REPORT,
    ),
    "OFD_OBJECT_ID_REPEATED": Message(
        "OFD 页面上两处文字编号相同，无法确定哪处是证照信息。",
        "Two texts on an OFD page have one id, so nobody can tell which is the license data.",
        REPORT,
    ),
    "OFD_TOO_MANY_TEMPLATES": Message(
        "OFD 页面使用的模板过多。", "An OFD page uses too many templates.", ORIGINAL
    ),
    "OFD_SIGNATURE_REPEATED": Message(
        "OFD 重复列出同一签名。", "The OFD package lists one signature twice.", REPORT
    ),
    "OFD_SIGNATURE_ID_REPEATED": Message(
        "OFD 中两个签名编号相同。", "Two signatures of the OFD package have one id.", REPORT
    ),
    "OFD_RELATIVE_UNKNOWN": Message(
        "OFD 签名所依据的前一签名不在文件中。",
        "The signature that an OFD signature builds on is not in the file.",
        ORIGINAL,
    ),
    "OFD_SIGNATURE_METHOD_MISMATCH": Message(
        "OFD 签名写明的算法与实际使用的不符。",
        "The OFD signature names another algorithm than it uses.",
        REISSUE,
    ),
    "XML_ENCODING_REFUSED": Message(
        "文件内的 XML 没有使用标准规定的 UTF-8 编码。",
        "An XML part is not in UTF-8, as the standard requires.",
        REISSUE,
    ),
    "XML_INSTRUCTION_REFUSED": Message(
        "文件内的 XML 含有禁止的处理指令，可改变显示的内容。",
        "An XML part holds an instruction, which could change what is shown.",
        REPORT,
    ),
    "XML_TEXT_MIXED": Message(
        "文件内的 XML 文字中夹有其他元素，不同软件会读出不同文字。",
        "A text in an XML part has elements in it, so that two readers would read two texts.",
        REPORT,
    ),
    "ZIP_NOT_A_FILE": Message(
        "压缩包内有快捷链接等不是普通文件的内容，或文件夹中藏有数据。",
        "The package holds a link or device, or a folder that hides data.",
        REPORT,
    ),
}
