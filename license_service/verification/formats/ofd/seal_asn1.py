"""The ASN.1 of electronic seals and signatures, in both generations.

Clause: GM/T 0031-2014 (v1); GB/T 38540-2020, 6.1 and 7.1 (v4); v5 adds a timestamp to the seal.
"""

from __future__ import annotations

from asn1crypto import core


class ClosedSequence(core.Sequence):
    """A SEQUENCE with no members but its own; asn1crypto keeps others without a word."""

    def _parse_children(self, recurse: bool = False) -> None:  # noqa: FBT002 - the library's interface
        super()._parse_children(recurse=recurse)
        if len(self.children or ()) > len(self._fields):
            raise ValueError("members beyond the last")


class ExtData(ClosedSequence):
    """An extension of a seal or signature."""

    _fields = [
        ("extn_id", core.ObjectIdentifier),
        ("critical", core.Boolean, {"default": False}),
        ("extn_value", core.OctetString),
    ]


class ExtDatas(core.SequenceOf):
    """The extensions."""

    _child_spec = ExtData


class Header(ClosedSequence):
    """SES_Header."""

    _fields = [("id", core.IA5String), ("version", core.Integer), ("vid", core.IA5String)]


class Certificates(core.SequenceOf):
    """CertInfoList: DER certificates."""

    _child_spec = core.OctetString


class CertificateDigest(ClosedSequence):
    """CertDigestObj."""

    _fields = [("type", core.PrintableString), ("value", core.OctetString)]


class CertificateDigests(core.SequenceOf):
    """CertDigestList."""

    _child_spec = CertificateDigest


class PropertyV4(ClosedSequence):
    """SES_ESPropertyInfo of v4."""

    _fields = [
        ("type", core.Integer),
        ("name", core.UTF8String),
        ("cert_list_type", core.Integer),
        ("cert_list", core.Any),
        ("create_date", core.GeneralizedTime),
        ("valid_start", core.GeneralizedTime),
        ("valid_end", core.GeneralizedTime),
    ]


class PropertyV1(ClosedSequence):
    """SES_ESPropertyInfo of v1."""

    _fields = [
        ("type", core.Integer),
        ("name", core.UTF8String),
        ("cert_list", Certificates),
        ("create_date", core.UTCTime),
        ("valid_start", core.UTCTime),
        ("valid_end", core.UTCTime),
    ]


class Picture(ClosedSequence):
    """SES_ESPictrueInfo; sizes in millimeters."""

    _fields = [
        ("type", core.IA5String),
        ("data", core.OctetString),
        ("width", core.Integer),
        ("height", core.Integer),
    ]


class SealInfoV4(ClosedSequence):
    """SES_SealInfo of v4."""

    _fields = [
        ("header", Header),
        ("es_id", core.IA5String),
        ("property", PropertyV4),
        ("picture", Picture),
        ("ext_datas", ExtDatas, {"explicit": 0, "optional": True}),
        ("untagged_ext_datas", ExtDatas, {"optional": True}),  # as some makers write them
    ]


class SealInfoV1(ClosedSequence):
    """SES_SealInfo of v1."""

    _fields = [
        ("header", Header),
        ("es_id", core.IA5String),
        ("property", PropertyV1),
        ("picture", Picture),
        ("ext_datas", ExtDatas, {"optional": True}),  # untagged in the field
        ("tagged_ext_datas", ExtDatas, {"explicit": 0, "optional": True}),  # by the book
    ]


class SealV4(ClosedSequence):
    """SESeal of v4 and v5."""

    _fields = [
        ("info", SealInfoV4),
        ("cert", core.OctetString),
        ("algorithm", core.ObjectIdentifier),
        ("signature", core.BitString),
        ("timestamp", core.BitString, {"explicit": 0, "optional": True}),
    ]


class SignInfoV1(ClosedSequence):
    """SES_SignInfo."""

    _fields = [
        ("cert", core.OctetString),
        ("algorithm", core.ObjectIdentifier),
        ("signature", core.BitString),
    ]


class SealV1(ClosedSequence):
    """SESeal of v1."""

    _fields = [("info", SealInfoV1), ("sign_info", SignInfoV1)]


class TbsV4(ClosedSequence):
    """TBS_Sign of v4."""

    _fields = [
        ("version", core.Integer),
        ("seal", SealV4),
        ("time_info", core.GeneralizedTime),
        ("data_hash", core.BitString),
        ("property_info", core.IA5String),
        ("ext_datas", ExtDatas, {"explicit": 0, "optional": True}),
    ]


class TbsV1(ClosedSequence):
    """TBS_Sign of v1."""

    _fields = [
        ("version", core.Integer),
        ("seal", SealV1),
        ("time_info", core.BitString),
        ("data_hash", core.BitString),
        ("property_info", core.IA5String),
        ("cert", core.OctetString),
        ("algorithm", core.ObjectIdentifier),
    ]


class SignatureV4(ClosedSequence):
    """SES_Signature of v4 and v5."""

    _fields = [
        ("tbs", TbsV4),
        ("cert", core.OctetString),
        ("algorithm", core.ObjectIdentifier),
        ("signature", core.BitString),
        ("timestamp", core.BitString, {"explicit": 0, "optional": True}),
    ]


class SignatureV1(ClosedSequence):
    """SES_Signature of v1."""

    _fields = [("tbs", TbsV1), ("signature", core.BitString)]
