"""How a seal's signature is written: the ASN.1 around it, and the value itself.

Clause: GB/T 38540-2020, 7.1; ITU-T X.690, 10; GB/T 35276-2017, 7.3.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from asn1crypto import core

from license_service.demo.certificates import Identity
from license_service.demo.corpus import der
from license_service.demo.corpus.package import Kit, Recipe, sealed
from license_service.demo.corpus.ses import SIGNATURE_XML, Change, Members, Seal, Sign, Stamp, sign
from license_service.demo.corpus.suite import Input, Row, good

_WIDTH = 32
_MALFORMED = ("SES_MALFORMED",)
_INVALID = ("SIGNATURE_INVALID",)
_SEAL_INVALID = ("SEAL_SIGNATURE_INVALID",)
_ECDSA = der.oid("1.2.840.10045.4.3.2")
_UNKNOWN = der.oid("1.3.6.1.4.1.99999.9")


def _made(change: Callable[[Stamp], Stamp]) -> Callable[[Kit], Input]:
    return sealed(Recipe(stamp=change))


def _outer(change: Change) -> Callable[[Kit], Input]:
    return _made(lambda stamp: replace(stamp, alter=change))


def _of_seal(change: Callable[[Seal], Seal]) -> Callable[[Kit], Input]:
    return _made(lambda stamp: replace(stamp, seal=change(stamp.seal)))


def _without(*members: int) -> Callable[[Kit], Input]:
    return _made(lambda stamp: replace(stamp, drop=frozenset(members)))


def _drop(members: Members, at: int) -> Members:
    return members[:at] + members[at + 1 :]


def as_raw(identity: Identity, data: bytes) -> bytes:
    """Sign, and write r then s as one vendor does."""
    return to_raw(sign(identity, data))


def to_raw(value: bytes) -> bytes:
    """Turn DER into r then s."""
    r, s = (number.native for number in core.SequenceOf.load(value, spec=core.Integer))
    return b"".join(number.to_bytes(_WIDTH) for number in (r, s))


def _raw_like_der(identity: Identity, data: bytes) -> bytes:
    """Sign until r begins with the octet that DER begins with."""
    while (value := as_raw(identity, data))[0] != der.SEQUENCE:
        pass
    return value


def _rewritten(change: Change) -> Sign:
    return lambda identity, data: change(sign(identity, data))


_VALUES: dict[str, tuple[Sign, tuple[str, ...]]] = {
    "value with an octet behind": (_rewritten(lambda v: v + b"\0"), _INVALID),
    "value with a long length": (_rewritten(lambda v: der.long_length(v, 1)), _INVALID),
    "value of indefinite length": (_rewritten(der.indefinite), _INVALID),
    "value cut": (_rewritten(lambda v: v[:-1]), _INVALID),
    "value empty": (_rewritten(lambda _: b""), _INVALID),
    "raw value cut": (lambda i, d: as_raw(i, d)[:-1], _INVALID),
    "raw value with an octet behind": (lambda i, d: as_raw(i, d) + b"\0", _INVALID),
    "raw value of zeros": (lambda *_: bytes(64), _INVALID),
    "raw value, s before r": (lambda i, d: as_raw(i, d)[32:] + as_raw(i, d)[:32], _INVALID),
    "value over the data's first half": (lambda i, d: sign(i, d[: len(d) // 2]), _INVALID),
    "value over the data without its head": (lambda i, d: sign(i, der.body_of(d)), _INVALID),
}
_SHAPES: dict[str, Change] = {
    "indefinite length": der.indefinite,
    "long length": lambda v: der.long_length(v, 4),
    "an octet behind": lambda v: v + b"\0",
    "an octet before": lambda v: b"\0" + v,
    "cut": lambda v: v[:-1],
    "empty": lambda _: b"",
    "empty SEQUENCE": lambda _: der.sequence(),
    "SET": lambda v: der.tlv(der.SET, der.body_of(v)),
    "wrapped once more": der.sequence,
    "OCTET STRING around it": der.octets,
    "100 levels around it": lambda v: _nested(v, 100),
    "signature twice": lambda v: v * 2,
    "hexadecimal text": lambda v: v.hex().encode(),
}


def _nested(data: bytes, levels: int) -> bytes:
    for _ in range(levels):
        data = der.sequence(data)
    return data


def _extra() -> Iterator[Row[Kit]]:
    more = (der.integer(1),)
    for name, make in {
        "extra member of the signature": _made(lambda s: replace(s, behind=more)),
        "extra member of what is signed": _made(lambda s: replace(s, tbs_behind=more)),
        "extra member of the seal": _of_seal(lambda s: replace(s, behind=more)),
        "extra member of the seal's info": _of_seal(lambda s: replace(s, info_behind=more)),
        "extra member of the seal's properties": _of_seal(
            lambda s: replace(s, properties=s.properties + more)
        ),
        "extra member of the picture": _of_seal(lambda s: replace(s, picture=s.picture + more)),
        "extra member of the header": _of_seal(lambda s: replace(s, header=s.header + more)),
    }.items():
        yield Row(name, "ExtraMember", make, _MALFORMED)


def _missing() -> Iterator[Row[Kit]]:
    for at, name in enumerate(("version", "seal", "time", "digest", "path")):
        yield Row(f"no {name}", "MissingMember", _without(at), _MALFORMED)
    for at, name in enumerate(("type", "name", "list's type", "list", "creation", "beginning", "end")):
        yield Row(f"seal without its {name}", "MissingMember", _less_properties(at), _MALFORMED)
    for at, name in enumerate(("type", "data", "width", "height")):
        yield Row(f"picture without its {name}", "MissingMember", _less_picture(at), _MALFORMED)
    for at, name in enumerate(("ID", "version", "vendor")):
        yield Row(f"header without its {name}", "MissingMember", _less_header(at), _MALFORMED)
    yield Row("empty picture", "MissingMember", _of_seal(lambda s: replace(s, picture=())), _MALFORMED)


def _less_properties(at: int) -> Callable[[Kit], Input]:
    return _of_seal(lambda seal: replace(seal, properties=_drop(seal.properties, at)))


def _less_picture(at: int) -> Callable[[Kit], Input]:
    return _of_seal(lambda seal: replace(seal, picture=_drop(seal.picture, at)))


def _less_header(at: int) -> Callable[[Kit], Input]:
    return _of_seal(lambda seal: replace(seal, header=_drop(seal.header, at)))


def _types() -> Iterator[Row[Kit]]:
    moment = der.generalized_text
    for name, change in {
        "time of month 13": lambda s: replace(s, time=moment("20261301000000Z")),
        "time that is text": lambda s: replace(s, time=der.text("20261001000000Z")),
        "UTCTime": lambda s: replace(s, time=der.text("261001000000Z", der.UTC_TIME)),
        "empty time": lambda s: replace(s, time=moment("")),
        "value as OCTET STRING": lambda s: replace(s, write_value=der.octets),
        "certificate in pieces": lambda s: replace(s, alter=_in_pieces(s.certificate)),
        "certificate empty": lambda s: replace(s, certificate=b""),
        "certificate cut": lambda s: replace(s, certificate=s.certificate[:-1]),
        "certificate with an octet behind": lambda s: replace(s, certificate=s.certificate + b"\0"),
        "path as UTF8String": lambda s: replace(s, property_info=der.text(SIGNATURE_XML)),
        "path that is no ASCII": lambda s: replace(s, property_info=der.text("/证照", der.IA5)),
    }.items():  # fmt: skip
        yield Row(name, "Encoding", _made(change), ())
    codes = ("ALGORITHM_REFUSED", "SIGNATURE_INVALID")
    yield Row("ECDSA named", "Algorithm", _named(_ECDSA), codes)
    yield Row("unknown algorithm named", "Algorithm", _named(_UNKNOWN), codes)


def _in_pieces(certificate: bytes) -> Change:
    """Write the certificate as a constructed OCTET STRING, as BER allows."""
    pieces = der.tlv(der.OCTET_STRING | 0x20, der.octets(certificate[:9]) + der.octets(certificate[9:]))

    def change(value: bytes) -> bytes:
        head, _, tail = der.body_of(value).rpartition(der.octets(certificate))
        return der.tlv(der.SEQUENCE, head + pieces + tail)

    return change


def _named(algorithm: bytes) -> Callable[[Kit], Input]:
    return _made(lambda stamp: replace(stamp, algorithm=algorithm))


def encoding_rows() -> tuple[Row[Kit], ...]:
    """Return the rows on how a v4 signature is written."""
    raw_twin, seal_twin = "raw value", "maker's raw value"
    return (
        good(raw_twin, _made(lambda s: replace(s, sign=as_raw))),
        good(seal_twin, _of_seal(lambda s: replace(s, sign=as_raw))),
        good("raw value that begins like DER", _made(lambda s: replace(s, sign=_raw_like_der))),
        good("maker's raw value that begins like DER", _of_seal(lambda s: replace(s, sign=_raw_like_der))),
        *(Row(name, "Value", _signing(way), codes) for name, (way, codes) in _VALUES.items()),
        *(
            Row(f"maker's {name}", "Value", _making(way), _SEAL_INVALID, twin=seal_twin)
            for name, (way, _) in _VALUES.items()
        ),
        *(Row(name, "Encoding", _outer(change), _MALFORMED) for name, change in _SHAPES.items()),
        *_inner(),
        *_extra(),
        *_missing(),
        *_types(),
    )


def _signing(way: Sign) -> Callable[[Kit], Input]:
    return _made(lambda stamp: replace(stamp, sign=way))


def _making(way: Sign) -> Callable[[Kit], Input]:
    return _of_seal(lambda seal: replace(seal, sign=way))


def _inner() -> Iterator[Row[Kit]]:
    for name, change in {"indefinite": der.indefinite, "long": lambda v: der.long_length(v, 4)}.items():
        yield Row(f"{name} length of the seal", "Encoding", _of_seal(_seal_as(change)), _MALFORMED)
        yield Row(f"{name} length of what is signed", "Encoding", _made(_tbs_as(change)), _MALFORMED)


def _seal_as(change: Change) -> Callable[[Seal], Seal]:
    return lambda seal: replace(seal, alter=change)


def _tbs_as(change: Change) -> Callable[[Stamp], Stamp]:
    return lambda stamp: replace(stamp, alter_tbs=change)
