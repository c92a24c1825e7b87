"""Electronic seals and the signatures made with them, member by member, so that any one can be wrong.

Written apart from the parser's own ASN.1, so that the two check each other.
Clause: GM/T 0031-2014 (v1); GB/T 38540-2020, 6.1 and 7.1 (v4).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from license_service.demo.certificates import Identity
from license_service.demo.corpus import der
from license_service.demo.corpus.authority import Authority
from license_service.verification.crypto.digests import digest

SM2_WITH_SM3 = "1.2.156.10197.1.501"
SIGNATURE_XML = "/Doc_0/Signs/Sign_0/Signature.xml"
Sign = Callable[[Identity, bytes], bytes]
Change = Callable[[bytes], bytes]
Members = tuple[bytes, ...]
_YEAR = timedelta(days=365)
_PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(24)
V1, V4 = 1, 4


def sign(identity: Identity, data: bytes) -> bytes:
    """Sign with SM2 and SM3 in DER."""
    return identity.key.sign(data)


@dataclass(frozen=True)
class Seal:
    """Hold a seal: the members of its info, who signs it, and what is done to it afterwards."""

    header: Members
    id: bytes
    properties: Members
    picture: Members
    maker: Identity
    certificate: bytes
    info_behind: Members = ()
    algorithm: bytes = der.oid(SM2_WITH_SM3)
    sign: Sign = sign
    alter_info: Change = bytes
    behind: Members = ()
    alter: Change = bytes

    def info(self) -> bytes:
        """Return SES_SealInfo as it is signed."""
        parts = (der.sequence(*self.header), self.id, der.sequence(*self.properties))
        return der.sequence(*parts, der.sequence(*self.picture), *self.info_behind)

    def encode_v4(self) -> bytes:
        """Return SESeal, its info altered after the maker signed it."""
        info = self.info()
        value = der.bits(self.sign(self.maker, info))
        members = (self.alter_info(info), der.octets(self.certificate), self.algorithm, value, *self.behind)
        return self.alter(der.sequence(*members))

    def encode_v1(self) -> bytes:
        """Return SESeal of GM/T 0031, whose maker signs certificate and algorithm too."""
        info = self.info()
        rest = (der.octets(self.certificate), self.algorithm)
        value = der.bits(self.sign(self.maker, der.sequence(info, *rest)))
        return self.alter(der.sequence(self.alter_info(info), der.sequence(*rest, value), *self.behind))


@dataclass(frozen=True)
class Stamp:
    """Hold a signature made with a seal; `data_hash` None means the digest of the file that is signed."""

    seal: Seal
    signer: Identity
    certificate: bytes
    time: bytes
    generation: int = V4
    version: bytes = der.integer(V4)
    data_hash: bytes | None = None
    alter_hash: Change = bytes
    property_info: bytes = der.text(SIGNATURE_XML, der.IA5)
    tbs_behind: Members = ()
    algorithm: bytes = der.oid(SM2_WITH_SM3)
    sign: Sign = sign
    write_value: Change = der.bits
    alter_tbs: Change = bytes
    behind: Members = ()
    alter: Change = bytes
    drop: frozenset[int] = field(default_factory=frozenset)
    """Members of TBS_Sign that are left out."""

    def encode(self, signature_xml: bytes) -> bytes:
        """Return SES_Signature over Signature.xml."""
        tbs = self._tbs(signature_xml)
        value = self.write_value(self.sign(self.signer, tbs))
        members = (self.alter_tbs(tbs), der.octets(self.certificate), self.algorithm, value, *self.behind)
        if self.generation == V1:
            members = (self.alter_tbs(tbs), value, *self.behind)
        return self.alter(der.sequence(*members))

    def _tbs(self, signature_xml: bytes) -> bytes:
        data_hash = self.alter_hash(self.data_hash or digest("SM3", signature_xml) or b"")
        old = self.generation == V1
        seal = self.seal.encode_v1() if old else self.seal.encode_v4()
        own = (der.octets(self.certificate), self.algorithm) if old else ()
        members = (self.version, seal, self.time, der.bits(data_hash), self.property_info, *own)
        kept = (member for i, member in enumerate(members) if i not in self.drop)
        return der.sequence(*kept, *self.tbs_behind)


def genuine_stamp(authority: Authority) -> Stamp:
    """Return a genuine v4 signature of the day before."""
    moment = authority.moment
    seal = Seal(
        header=header(V4),
        id=der.text("99999900000001", der.IA5),
        properties=properties(moment, certificates(authority["signer"].certificate)),
        picture=(der.text("PNG", der.IA5), der.octets(_PICTURE), der.integer(40), der.integer(40)),
        maker=authority["maker"],
        certificate=authority["maker"].certificate,
    )
    signer = authority["signer"]
    return Stamp(seal, signer, signer.certificate, der.generalized(moment - timedelta(days=1)))


def genuine_stamp_v1(authority: Authority) -> Stamp:
    """Return a genuine signature of the first generation."""
    stamp, moment = genuine_stamp(authority), authority.moment
    listed = der.sequence(der.octets(authority["signer"].certificate))
    times = tuple(map(der.utc, (moment - _YEAR / 2, moment - _YEAR / 2, moment + _YEAR * 5)))
    seal = replace(
        stamp.seal,
        header=header(V1),
        properties=(der.integer(1), der.text("示例县市场监督管理局电子印章"), listed, *times),
    )
    time = der.bits((moment - timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ").encode())
    return replace(stamp, seal=seal, time=time, generation=V1, version=der.integer(V1))


def header(version: int, id_: str = "ES") -> Members:
    """Return the members of SES_Header."""
    return der.text(id_, der.IA5), der.integer(version), der.text("DEMO", der.IA5)


def properties(moment: datetime, listed: Members, *, start: int = -180, end: int = 1825) -> Members:
    """Return the members of SES_ESPropertyInfo, valid from and to so many days from `moment`."""
    created, until = moment + timedelta(days=start), moment + timedelta(days=end)
    name = der.text("示例县市场监督管理局电子印章")
    return der.integer(1), name, *listed, *map(der.generalized, (created, created, until))


def certificates(*listed: bytes) -> Members:
    """Return the two members that list certificates."""
    return der.integer(1), der.sequence(*map(der.octets, listed))


def digests(*listed: bytes, kind: str = "SM3") -> Members:
    """Return the two members that list digests of certificates."""
    items = (der.sequence(der.text(kind, der.PRINTABLE), der.octets(item)) for item in listed)
    return der.integer(2), der.sequence(*items)
