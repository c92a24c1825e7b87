"""Seals of the other generations: v1 of GM/T 0031, and v5.

Clause: GM/T 0031-2014, 5 and 6.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from license_service.demo.corpus import der
from license_service.demo.corpus.package import Kit, Recipe, sealed
from license_service.demo.corpus.seal_changes import (
    ALTERED_INFO,
    HASHES,
    SIGNS_SOMETHING_ELSE,
    Alter,
    by,
    foreign_signature,
    hashed,
    info,
    made_by,
    other_info,
    pointing,
    stamped,
    swap,
)
from license_service.demo.corpus.ses import V4, genuine_stamp_v1, header
from license_service.demo.corpus.suite import Input, Result, Row, good

_V5 = 5
_SEAL_INVALID, _MALFORMED = ("SEAL_SIGNATURE_INVALID",), ("SES_MALFORMED",)


def _first_generation(alter: Alter) -> Callable[[Kit], Input]:
    return lambda kit: sealed(Recipe(stamp=lambda _: alter(kit.authority, genuine_stamp_v1(kit.authority))))(
        kit
    )


def v1_rows() -> Iterator[Row[Kit]]:
    """Yield the rows of v1."""
    yield good("genuine", _first_generation(lambda _, stamp: stamp))
    wrong_time = der.bits(b"yesterday")
    for name, alter, codes in (
        ("another key signs", foreign_signature("signer-unlisted"), ("SIGNATURE_INVALID",)),
        ("certificate not listed", _v1_certificate("signer-unlisted"), ("SIGNER_NOT_IN_SEAL",)),
        ("seal's code altered", info(ALTERED_INFO["seal's code altered"]), _SEAL_INVALID),
        ("seal's picture altered", info(ALTERED_INFO["seal's picture altered"]), _SEAL_INVALID),
        ("info of another seal of the maker", other_info, _SEAL_INVALID),
        ("maker revoked", made_by("maker-revoked"), ()),
        ("maker's certificate of another maker", made_by("maker-revoked", "maker"), _SEAL_INVALID),
        ("maker signed something else", SIGNS_SOMETHING_ELSE, _SEAL_INVALID),
        ("signer is also the maker", made_by("signer"), ("SEAL_MAKER_IS_SIGNER",)),
        ("digest of another file", hashed(HASHES["digest of another file"]), ("DATA_HASH_MISMATCH",)),
        ("path of another file", pointing("/OFD.xml"), ("SES_PROPERTY_INFO_MISMATCH",)),
        ("time that is none", lambda _, stamp: replace(stamp, time=wrong_time), ()),
        ("no picture", lambda _, stamp: replace(stamp, seal=replace(stamp.seal, picture=())), _MALFORMED),
        ("no path", lambda _, stamp: replace(stamp, drop=frozenset({4})), _MALFORMED),
        ("a third member", lambda _, stamp: replace(stamp, behind=(der.integer(1),)), _MALFORMED),
    ):  # fmt: skip
        yield Row(name, "FirstGeneration", _first_generation(alter), codes)
    self_made = _first_generation(made_by("maker-stranger"))
    yield Row("self-made maker", "SelfMade", self_made, ("SEAL_MAKER_UNKNOWN",), Result.ACCEPTABLE)


def _v1_certificate(name: str) -> Alter:
    return lambda authority, stamp: replace(
        stamp, signer=authority[name], certificate=authority[name].certificate
    )


def _v5(alter: Alter) -> Alter:
    return lambda authority, stamp: alter(
        authority, replace(stamp, seal=replace(stamp.seal, header=header(_V5)), version=der.integer(_V5))
    )


def v5_rows() -> Iterator[Row[Kit]]:
    """Yield the rows of v5."""
    yield good("genuine", stamped(_v5(lambda _, stamp: stamp)))
    for name, alter, code in (
        (
            "called v4 after the maker signed",
            info(swap(der.integer(_V5), der.integer(V4))),
            "SEAL_SIGNATURE_INVALID",
        ),
        ("signer not listed", by("signer-unlisted", "signer"), "SIGNER_NOT_IN_SEAL"),
        ("another key signs", foreign_signature("signer-unlisted"), "SIGNATURE_INVALID"),
        ("digest of another file", hashed(HASHES["digest of another file"]), "DATA_HASH_MISMATCH"),
    ):
        yield Row(name, "FifthVersion", stamped(_v5(alter)), (code,))
