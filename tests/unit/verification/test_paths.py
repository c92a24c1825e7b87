"""Paths in pairs: a chain that holds, and its twin that differs in one certificate's one member."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from asn1crypto import core, keys, x509

from license_service.demo.certificates import Extension, Identity, Life, Subject, issue
from license_service.demo.keys import KeyFamily, PrivateKey, generate_key
from license_service.verification.crypto.certificates import read_certificate
from license_service.verification.crypto.paths import ANY_RULES, PathResult, PathStatus, build_path
from license_service.verification.document import FormatError
from license_service.verification.limits import MAX_CERTIFICATE_BYTES, MAX_PATH_LENGTH
from license_service.verification.policy import PathRules
from tests.work import calls_of

NOW = datetime(2026, 6, 1, tzinfo=UTC)
LIFE = Life.around(NOW)
POLICY, OTHER_POLICY = "1.2.156.10197.6.1.1", "1.2.156.10197.6.1.2"
Changes = Mapping[str, Extension | None]


@pytest.fixture(scope="module")
def pool() -> Callable[[str, KeyFamily], PrivateKey]:
    """Return keys by name, made once: what is tested is names, dates and extensions."""
    made: dict[tuple[str, KeyFamily], PrivateKey] = {}

    def key(name: str, family: KeyFamily = KeyFamily.EC) -> PrivateKey:
        return made.setdefault((name, family), generate_key(family))

    return key


@dataclass(frozen=True)
class Builder:
    key: Callable[..., PrivateKey]

    def make(
        self,
        name: str,
        issuer: Identity | None,
        *,
        authority: bool = True,
        family: KeyFamily = KeyFamily.EC,
        key: str | None = None,
        changes: Changes | None = None,
        life: Life = LIFE,
        **fields: object,
    ) -> Identity:
        """Make one certificate; `key` names the key where it is not the subject's own."""
        subject = Subject(name, "示例机构")
        signing = self.key(key or name, family)
        return issue(subject, signing, issuer, life, authority=authority, changes=changes, **fields)

    def judge(
        self, leaf: Identity, others: Sequence[Identity], root: Identity, rules: PathRules = ANY_RULES
    ) -> PathResult:
        return build_path(leaf.certificate, [o.certificate for o in others], [root.certificate], NOW, rules)

    def chain(self, changes: Changes | None = None, leaf: Changes | None = None, **fields: Any) -> str:
        """Judge root, one intermediate with changes, leaf with changes; return the code."""
        root = self.make("root", None)
        middle = self.make("middle", root, **{"authority": True, "changes": changes, **fields})
        end = self.make("leaf", middle, authority=False, changes=leaf)
        return self.judge(end, [middle], root).code


@pytest.fixture(scope="module")
def build(pool: Callable[..., PrivateKey]) -> Builder:
    return Builder(pool)


def _name(common_name: str) -> x509.Name:
    return Subject(common_name, "示例机构").name()


def _subtrees(kind: str, common_name: str) -> Changes:
    base = {"base": x509.GeneralName("directory_name", _name(common_name))}
    return {"name_constraints": Extension({f"{kind}_subtrees": [base]}, critical=True)}


def test_the_benign_chain_holds(build: Builder) -> None:
    assert build.chain() == "OK"


@pytest.mark.parametrize(
    "changes",
    [
        {"basic_constraints": Extension({"ca": False}, critical=True)},
        {"basic_constraints": None},
        {"key_usage": Extension({"digital_signature"}, critical=True)},
        {"1.2.3.4.5": Extension(core.OctetString(b"?").dump(), critical=True)},
        _subtrees("excluded", "leaf"),
        _subtrees("permitted", "another"),
        {"policy_constraints": Extension({"require_explicit_policy": 0}, critical=True)},
    ],
    ids=["not-ca", "no-ca", "no-cert-sign", "unknown-critical", "excluded", "not-permitted", "no-policy"],
)
def test_an_intermediate_that_may_not_issue_this_fails(changes: Changes, build: Builder) -> None:
    assert build.chain(changes) == "CHAIN_INVALID"


@pytest.mark.parametrize(
    "changes",
    [
        {"1.2.3.4.5": Extension(core.OctetString(b"?").dump())},
        {"key_usage": None},
        _subtrees("permitted", "leaf"),
        _subtrees("excluded", "another"),
        {"basic_constraints": Extension({"ca": True, "path_len_constraint": 0}, critical=True)},
    ],
    ids=["unknown", "no-usage", "permitted", "not-excluded", "length"],
)
def test_its_benign_twin_holds(changes: Changes, build: Builder) -> None:
    assert build.chain(changes) == "OK"


@pytest.mark.parametrize(("critical", "code"), [(True, "CHAIN_INVALID"), (False, "OK")])
def test_an_unknown_extension_of_the_leaf(critical: bool, code: str, build: Builder) -> None:
    assert (
        build.chain(leaf={"1.2.3.4.5": Extension(core.OctetString(b"?").dump(), critical=critical)}) == code
    )


@pytest.mark.parametrize(
    ("usage", "code"),
    [
        ({"key_encipherment", "data_encipherment", "key_agreement"}, "KEY_USAGE_REFUSED"),
        ({"key_encipherment"}, "KEY_USAGE_REFUSED"),
        ({"key_cert_sign", "crl_sign"}, "KEY_USAGE_REFUSED"),
        ({"digital_signature"}, "OK"),
        ({"non_repudiation", "key_encipherment"}, "OK"),
    ],
)
def test_the_encryption_certificate_of_a_pair_has_no_path(usage: set[str], code: str, build: Builder) -> None:
    assert build.chain(leaf={"key_usage": Extension(usage, critical=True)}) == code


def test_a_version_1_intermediate_fails(build: Builder) -> None:
    assert build.chain(version="v1", extensions=None) == "CHAIN_INVALID"


@pytest.mark.parametrize("serial", [-5, 0, 1, 1 << 400])
def test_any_serial_number_is_read(serial: int, build: Builder) -> None:
    assert build.chain(serial_number=serial) == "OK"


@pytest.mark.parametrize(
    ("start", "end", "code"),
    [
        (NOW, NOW, "OK"),
        (NOW + timedelta(seconds=1), LIFE.end, "CHAIN_CERTIFICATE_EXPIRED"),
        (LIFE.start, NOW - timedelta(seconds=1), "CHAIN_CERTIFICATE_EXPIRED"),
        (LIFE.end, LIFE.start, "CHAIN_CERTIFICATE_EXPIRED"),
        (LIFE.start, datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC), "OK"),
    ],
    ids=["this-second", "tomorrow", "yesterday", "inverted", "for-ever"],
)
def test_an_intermediate_must_be_alive(start: datetime, end: datetime, code: str, build: Builder) -> None:
    assert build.chain(life=Life(start, end)) == code


@pytest.mark.parametrize(("year", "code"), [(1951, "CHAIN_CERTIFICATE_EXPIRED"), (2049, "OK")])
def test_two_digit_years_split_at_2050(year: int, code: str, build: Builder) -> None:
    end = x509.Time({"utc_time": datetime(year, 1, 1, tzinfo=UTC)})
    start = x509.Time({"utc_time": datetime(1950, 1, 1, tzinfo=UTC)})
    assert build.chain(validity={"not_before": start, "not_after": end}) == code


def test_a_leaf_with_an_inverted_life_fails(build: Builder) -> None:
    root = build.make("root", None)
    leaf = build.make("leaf", root, authority=False, life=Life(LIFE.end, LIFE.start))
    assert build.judge(leaf, [], root).code == "CHAIN_CERTIFICATE_EXPIRED"


def test_a_path_too_long_for_its_authority_fails(build: Builder) -> None:
    root = build.make("root", None)
    changes = {"basic_constraints": Extension({"ca": True, "path_len_constraint": 0}, critical=True)}
    first = build.make("first", root, changes=changes)
    second = build.make("second", first)
    leaf = build.make("leaf", second, authority=False)
    assert build.judge(leaf, [first, second], root).code == "CHAIN_INVALID"
    free = build.make("first", root)
    assert build.judge(leaf, [free, second], root).code == "OK"


def test_policies_are_asked_for_by_the_rules(build: Builder) -> None:
    root = build.make("root", None)
    policy = {"certificate_policies": Extension([{"policy_identifier": POLICY}])}
    middle = build.make("middle", root, changes=policy)
    leaf = build.make("leaf", middle, authority=False, changes=policy)
    ours = PathRules(frozenset({POLICY}), require_explicit_policy=True)
    theirs = PathRules(frozenset({OTHER_POLICY}), require_explicit_policy=True)
    assert build.judge(leaf, [middle], root, ours).code == "OK"
    assert build.judge(leaf, [middle], root, theirs).code == "CHAIN_INVALID"


@pytest.mark.parametrize(
    ("top", "end"),
    [(KeyFamily.SM2, KeyFamily.RSA), (KeyFamily.RSA, KeyFamily.SM2), (KeyFamily.SM2, KeyFamily.EC)],
)
def test_hierarchies_may_mix_algorithms(top: KeyFamily, end: KeyFamily, build: Builder) -> None:
    root = build.make("root", None, family=top)
    middle = build.make("middle", root, family=end)
    leaf = build.make("leaf", middle, family=end, authority=False)
    assert build.judge(leaf, [middle], root).code == "OK"
    impostor = build.make("root", None, family=top, key="impostor")
    forged = build.make("middle", impostor, family=end, changes={"authority_key_identifier": None})
    assert build.judge(leaf, [forged], root).code == "CHAIN_INVALID"


def test_the_right_one_of_several_issuers_with_one_name_is_found(build: Builder) -> None:
    root = build.make("root", None)
    plain: Changes = {"authority_key_identifier": None, "key_identifier": None}
    namesakes = [build.make("middle", root, key=f"middle-{n}", changes=plain) for n in range(3)]
    leaf = build.make("leaf", namesakes[2], authority=False, changes=plain)
    assert build.judge(leaf, namesakes, root).chain[1] == namesakes[2].certificate
    assert build.judge(leaf, namesakes[:2], root).code == "CHAIN_INVALID"


def test_a_certificate_renewed_under_one_key_is_found(build: Builder) -> None:
    root = build.make("root", None)
    expired = build.make("middle", root, life=Life(LIFE.start, NOW - timedelta(days=1)))
    renewed = build.make("middle", root)
    leaf = build.make("leaf", renewed, authority=False)
    assert build.judge(leaf, [expired, renewed], root).chain[1] == renewed.certificate
    assert build.judge(leaf, [expired], root).code == "CHAIN_CERTIFICATE_EXPIRED"


def test_a_self_issued_certificate_bridges_a_change_of_keys(build: Builder) -> None:
    old = build.make("root", None, key="old")
    new_with_old = build.make("root", old, key="new")
    leaf = build.make("leaf", new_with_old, authority=False)
    result = build.judge(leaf, [new_with_old], old)
    assert (result.code, len(result.chain)) == ("OK", 3)
    assert build.judge(leaf, [], old).status is PathStatus.NOT_FOUND


def test_a_certificate_of_itself_has_no_path(build: Builder) -> None:
    own, root = build.make("own", None, authority=False), build.make("root", None)
    assert build.judge(own, [own], root).status is PathStatus.NOT_FOUND
    assert build.judge(own, [], own).code == "OK"  # an anchor needs no path


def test_authorities_that_signed_one_another_lead_nowhere_soon(build: Builder) -> None:
    root = build.make("root", None)

    def work(size: int) -> int:
        names = [f"loop-{size}-{n}" for n in range(size)]
        seeds = [build.make(name, None) for name in names]
        mesh = [build.make(name, seed) for seed in seeds for name in names]
        leaf = build.make("leaf", seeds[0], authority=False)
        found = []
        spent = calls_of(lambda: found.append(build.judge(leaf, mesh, root).status))
        assert found == [PathStatus.NOT_FOUND]
        return spent

    # Four times as many certificates; the ways among them are some hundred million times as many.
    assert work(12) <= 4 * work(6)


def test_looking_through_intermediates_is_work_in_proportion(build: Builder) -> None:
    root = build.make("root", None)
    middle = build.make("middle", root)
    leaf = build.make("leaf", middle, authority=False)
    # Signing is not what is measured: a thousand names under one signature are as many to look through.
    template = x509.Certificate.load(middle.certificate)
    crowd = []
    for n in range(1_100):
        template["tbs_certificate"]["subject"] = _name(f"crowd-{n}")
        crowd.append(template.dump(force=True))

    def work(part: list[bytes]) -> int:
        others, codes = [*part, middle.certificate], []
        anchors = [root.certificate]
        spent = calls_of(lambda: codes.append(build_path(leaf.certificate, others, anchors, NOW).code))
        assert codes == ["OK"]
        return spent

    assert work(crowd[100:]) <= 15 * work(crowd[:100])


def test_a_path_has_a_longest_length(build: Builder) -> None:
    root = build.make("root", None)
    chain = [build.make("step-0", root)]
    for n in range(1, MAX_PATH_LENGTH):
        chain.append(build.make(f"step-{n}", chain[-1]))
    allowed = build.make("leaf", chain[-2], authority=False)
    refused = build.make("leaf", chain[-1], authority=False)
    assert build.judge(allowed, chain, root).code == "OK"
    assert build.judge(refused, chain, root).status is PathStatus.NOT_FOUND


def test_a_negative_rsa_modulus_is_a_verdict(build: Builder) -> None:
    root = build.make("root", None)
    negative = keys.PublicKeyInfo.wrap(
        keys.RSAPublicKey({"modulus": -(1 << 2047), "public_exponent": 65537}), "rsa"
    )
    bad = build.make("middle", root, subject_public_key_info=negative)
    leaf = build.make("leaf", build.make("middle", root), authority=False)
    with pytest.raises(FormatError):
        read_certificate(bad.certificate)
    assert build.judge(bad, [], root).code == "CHAIN_MALFORMED"
    assert build.judge(leaf, [bad], root).status is PathStatus.NOT_FOUND
    assert build.judge(leaf, [bad, build.make("middle", root)], root).code == "OK"


@pytest.mark.parametrize("data", [b"", b"\x30", b"\x30\x80\x00\x00", b"\x30\x03\x02\x01\x05", b"\x00" * 99])
def test_junk_is_a_verdict(data: bytes, build: Builder) -> None:
    root = build.make("root", None)
    leaf = build.make("leaf", root, authority=False)
    assert build_path(data, [], [root.certificate], NOW).code == "CHAIN_MALFORMED"
    assert build_path(leaf.certificate, [data], [root.certificate], NOW).code == "OK"
    assert build_path(leaf.certificate, [], [data], NOW).status is PathStatus.NOT_FOUND


def test_a_certificate_too_large_is_malformed(build: Builder) -> None:
    root = build.make("root", None)
    filler = Extension(core.OctetString(bytes(MAX_CERTIFICATE_BYTES)).dump())
    leaf = build.make("leaf", root, authority=False, changes={"1.2.3.4.5": filler})
    assert build.judge(leaf, [], root).code == "CHAIN_MALFORMED"


def test_every_byte_of_a_certificate_counts(build: Builder) -> None:
    root = build.make("root", None)
    leaf = build.make("leaf", root, authority=False)
    signed = leaf.asn1["tbs_certificate"].dump()
    begin = leaf.certificate.index(signed)
    for position in range(begin, begin + len(signed)):
        flipped = bytearray(leaf.certificate)
        flipped[position] ^= 0x01
        result = build_path(bytes(flipped), [], [root.certificate], NOW)
        assert result.status is not PathStatus.FOUND, position
