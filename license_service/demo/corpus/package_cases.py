"""Attacks on what an OFD's signature lists: what it leaves out, how it names members, and by which digest.

Clause: GB/T 33190-2016, 18; GM/T 0099-2020, 7.2 and annex D.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from dataclasses import replace

from license_service.demo.corpus.authority import Authority
from license_service.demo.corpus.package import (
    DOCUMENT,
    FOLDER,
    NAMESPACE,
    PAGE,
    ROOT,
    SIGNATURE,
    SIGNATURES,
    SM3,
    VALUE,
    Arrange,
    Change,
    Kit,
    Parts,
    Recipe,
    build,
    document,
    reference,
    sealed,
    xml,
)
from license_service.demo.corpus.ses import certificates, properties
from license_service.demo.corpus.suite import Input, Result, Row, good
from license_service.demo.ofd import pack
from license_service.verification.crypto.digests import digest

_UNCOVERED, _MISMATCH = ("UNCOVERED_PARTS",), ("REFERENCE_MISMATCH",)
_ESCAPES = ("OFD_PATH_ESCAPES", "REFERENCE_MISSING")
_MISSING, _REFUSED = ("REFERENCE_MISSING",), ("ALGORITHM_REFUSED",)
_EVIL = xml(f"<ofd:Page {NAMESPACE}><ofd:Content/></ofd:Page>")
_MEMBERS = {
    "page": "Doc_0/Pages/Page_1/Content.xml",
    "template": "Doc_0/Tpls/Tpl_0/Content.xml",
    "annotation": "Doc_0/Annots/Page_0/Annotation.xml",
    "list of annotations": "Doc_0/Annotations.xml",
    "picture": "Doc_0/Res/image_0.png",
    "font": "Doc_0/Res/font_0.ttf",
    "list of resources": "Doc_0/PublicRes.xml",
    "custom tags": "Doc_0/Tags/CustomTags.xml",
    "attachment": "Doc_0/Attachs/evil.pdf",
    "list of attachments": "Doc_0/Attachs/Attachments.xml",
    "extension": "Doc_0/Extensions.xml",
    "second document": "Doc_1/Document.xml",
    "file beside the root": "OFD.xml.bak",
    "hidden file": ".hidden",
    "vendor's file": "META-INF/MANIFEST.MF",
    "name in Chinese": "Doc_0/证照.xml",
}
_ALTERED = (ROOT, DOCUMENT, PAGE, SIGNATURE, VALUE, SIGNATURES)
_WORDS = {
    ROOT: "root",
    DOCUMENT: "document",
    PAGE: "page",
    SIGNATURE: "signature",
    VALUE: "signed value",
    SIGNATURES: "list of signatures",
}


def later(change: Arrange) -> Callable[[Kit], Input]:
    """Publish the genuine package with its members changed after signing."""
    return sealed(Recipe(members=change))


def put(name: str, data: bytes) -> Arrange:
    """Put a member in, or in place of another."""
    return lambda members: {**members, name: data}


def edit(name: str, change: Change) -> Arrange:
    """Change a member."""
    return lambda members: {**members, name: change(members[name])}


def drop(*names: str) -> Arrange:
    """Leave members out."""
    return lambda members: {name: data for name, data in members.items() if name not in names}


def swap(old: str, new: str, count: int = 1) -> Change:
    """Replace text in a member."""
    return lambda data: data.replace(old.encode(), new.encode(), count)


def _coverage() -> Iterator[Row[Kit]]:
    for what, name in _MEMBERS.items():
        twin = f"{what} added and signed"
        yield good(twin, sealed(Recipe(content=put(name, _EVIL))))
        yield Row(f"{what} added after signing", "Uncovered", later(put(name, _EVIL)), _UNCOVERED, twin=twin)
    for name in (ROOT, DOCUMENT, PAGE):
        recipe = Recipe(uncovered=frozenset({SIGNATURES, name}))
        yield Row(f"{_WORDS[name]} not listed", "Uncovered", sealed(recipe), _UNCOVERED)
        rest = frozenset({ROOT, DOCUMENT, PAGE, SIGNATURES}) - {name}
        alone = sealed(Recipe(uncovered=rest))
        yield Row(f"{_WORDS[name]} alone listed", "Uncovered", alone, _UNCOVERED)
    nothing = sealed(Recipe(uncovered=frozenset({ROOT, DOCUMENT, PAGE, SIGNATURES})))
    yield Row("nothing listed", "Uncovered", nothing, ("REFERENCES_EMPTY",))
    commented = Recipe(references=lambda data: b"<!--" + data + b"-->")
    yield Row("list commented out", "Uncovered", sealed(commented), ("REFERENCES_EMPTY",))
    foreign = Recipe(references=lambda data: data.replace(b"ofd:", b"").replace(b"Ref ", b'Ref xmlns="x" '))
    yield Row("list in no namespace", "Uncovered", sealed(foreign), ("REFERENCES_EMPTY", "XML_MALFORMED"))
    second = f"{FOLDER[:-1]}1/Signature.xml"
    yield Row("a second folder that signs nothing", "Uncovered", later(put(second, _EVIL)), ())


def _altered() -> Iterator[Row[Kit]]:
    for name in _ALTERED:
        what = _WORDS[name]
        yield Row(f"{what} missing", "Altered", later(drop(name)), ())
        yield Row(f"{what} empty", "Altered", later(put(name, b"")), ())
        yield Row(f"{what} cut", "Altered", later(edit(name, lambda data: data[:-3])), ())
        yield (
            Row(f"{what} replaced by the document", "Altered", later(_copy(DOCUMENT, name)), ())
            if (name != DOCUMENT)
            else Row("document replaced by the page", "Altered", later(_copy(PAGE, name)), ())
        )
        if name != SIGNATURES:
            yield Row(f"{what} with a bit flipped", "Altered", later(edit(name, _flip)), ())
    for name in (ROOT, DOCUMENT, PAGE):
        blank = later(edit(name, lambda data: data + b"\n"))
        yield Row(f"{_WORDS[name]} with a line end behind", "Altered", blank, _MISMATCH)
        comment = later(edit(name, lambda data: data + b"<!-- -->"))
        yield Row(f"{_WORDS[name]} with a comment behind", "Altered", comment, _MISMATCH)
    yield Row("page and document exchanged", "Altered", later(_exchange(PAGE, DOCUMENT)), ())


def _copy(source: str, target: str) -> Arrange:
    return lambda members: {**members, target: members[source]}


def _exchange(left: str, right: str) -> Arrange:
    return lambda members: {**members, left: members[right], right: members[left]}


def _flip(data: bytes) -> bytes:
    middle = len(data) // 2
    return data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]


def _names() -> Iterator[Row[Kit]]:
    old = f'FileRef="/{PAGE}"'
    for name, path, codes in (
        ("reference that leaves the package", f"/../../{PAGE}", _ESCAPES),
        ("reference that leaves it relatively", f"../../../../../{PAGE}", _ESCAPES),
        ("reference in lower case", f"/{PAGE.lower()}", _MISSING),
        ("reference in upper case", f"/{PAGE.upper()}", _MISSING),
        ("reference that is empty", "", _MISSING),
        ("reference to a folder", "/Doc_0/Pages", _MISSING),
        ("reference to nothing", "/Doc_0/nothing.xml", _MISSING),
        ("reference in URL encoding", "/" + PAGE.replace("/", "%2F"), _MISSING),
        ("reference with a fragment", f"/{PAGE}#1", _MISSING),
        ("reference with a query", f"/{PAGE}?1", _MISSING),
        ("reference to a file of the machine", "file:///etc/hostname", _MISSING),
        ("reference to an address", "http://127.0.0.1/page.xml", _MISSING),
        ("reference to the root in place of the page", f"/{ROOT}", ()),
    ):
        changed = Recipe(references=swap(old, f'FileRef="{path}"'))
        yield Row(name, "Reference", sealed(changed), codes)
    relative = Recipe(references=swap(old, 'FileRef="../../Pages/Page_0/Content.xml"'))
    yield good("reference relative to the signature", sealed(relative))
    for name, path in {
        "page listed twice": f"/{PAGE}",
        "page listed twice, once relatively": "../../Pages/Page_0/Content.xml",
        "page listed twice, once through a folder": "/Doc_0/./Pages/Page_0/Content.xml",
    }.items():
        yield Row(name, "Reference", sealed(_listed_too(path)), ("OFD_REFERENCE_REPEATED",))


def _listed_too(path: str) -> Recipe:
    return Recipe(references=lambda data: data + reference(path, _EVIL).encode())


def _digests() -> Iterator[Row[Kit]]:
    for name, method, used in (
        ("SM3 by name", "SM3", "SM3"),
        ("SHA-256", "2.16.840.1.101.3.4.2.1", "SHA256"),
        ("SHA-256 by name", "SHA256", "SHA256"),
        ("SHA-512", "2.16.840.1.101.3.4.2.3", "SHA512"),
    ):
        yield good(name, sealed(_by(method, used)))
    for name, method, used, codes in (
        ("SHA-1", "1.3.14.3.2.26", "SHA1", _REFUSED),
        ("SHA-1 by name", "SHA1", "SHA1", _REFUSED),
        ("MD5", "1.2.840.113549.2.5", "MD5", _REFUSED),
        ("MD5 by name", "MD5", "MD5", _REFUSED),
        ("unknown digest", "1.3.6.1.4.1.99999.1", "SM3", _REFUSED),
        ("no digest", "", "SM3", _REFUSED),
        ("SM3 said, SHA-256 used", SM3, "SHA256", _MISMATCH),
        ("SHA-256 said, SM3 used", "SHA256", "SM3", _MISMATCH),
        ("signature's algorithm said", "1.2.156.10197.1.501", "SM3", _REFUSED),
    ):
        yield Row(name, "Digest", sealed(_by(method, used)), codes)
    silent = Recipe(check_method="", digest="MD5")
    yield Row("digest not named, which means MD5", "Digest", sealed(silent), _REFUSED)
    yield Row("digest not named, SM3 used", "Digest", sealed(Recipe(check_method="")), _REFUSED)
    for name, change in _VALUES.items():
        yield Row(name, "Digest", sealed(Recipe(references=change)), ())


def _by(method: str, used: str) -> Recipe:
    return Recipe(check_method=f' CheckMethod="{method}"', digest=used)


def _value(data: bytes, change: Change) -> bytes:
    head, opening, rest = data.partition(b"<ofd:CheckValue>")
    value, closing, tail = rest.partition(b"</ofd:CheckValue>")
    return head + opening + change(value) + closing + tail


_VALUES: dict[str, Change] = {
    "check value empty": lambda data: _value(data, lambda _: b""),
    "check value cut": lambda data: _value(data, lambda v: base64.b64encode(base64.b64decode(v)[:-1])),
    "check value longer": lambda data: _value(data, lambda v: base64.b64encode(base64.b64decode(v) + b"\0")),
    "check value in hexadecimal": lambda data: _value(data, lambda v: base64.b64decode(v).hex().encode()),
    "check value that is no base64": lambda data: _value(data, lambda v: b"*" + v[1:]),
    "check value without padding": lambda data: _value(data, lambda v: v.rstrip(b"=")),
    "check value of zeros": lambda data: _value(data, lambda _: base64.b64encode(bytes(32))),
    "check value of the digest": lambda data: _value(
        data, lambda v: base64.b64encode(digest("SM3", base64.b64decode(v)) or b"")
    ),
    "check value missing": lambda data: data.replace(b"<ofd:CheckValue>", b"<ofd:Other>").replace(
        b"</ofd:CheckValue>", b"</ofd:Other>"
    ),
}


def _other_license(kit: Kit) -> Parts:
    """Return another genuine license of the same signer: what an attacker can take pieces from."""
    return build(Kit.of(kit.authority, ZZBH="999900000000019"), Recipe())


def _mixed(*taken: str) -> Callable[[Kit], Input]:
    def make(kit: Kit) -> Input:
        other = _other_license(kit)
        return document(pack(build(kit, Recipe()) | {name: other[name] for name in taken}))

    return make


def _swapped() -> Iterator[Row[Kit]]:
    hash_ = ("DATA_HASH_MISMATCH",)
    yield good("another license of the signer", lambda kit: document(pack(_other_license(kit))))
    yield Row("signature of another license", "Swapped", _mixed(SIGNATURE, VALUE), _MISMATCH)
    yield Row("signed value of another license", "Swapped", _mixed(VALUE), hash_)
    yield Row("signature's list of another license", "Swapped", _mixed(SIGNATURE), hash_)
    yield Row("root of another license", "Swapped", _mixed(ROOT), _MISMATCH)
    yield Row("page of another license", "Swapped", _mixed(PAGE), _MISMATCH)
    yield Row("root and page of another license", "Swapped", _mixed(ROOT, PAGE), _MISMATCH)
    yield Row(
        "signed by a stranger", "Stranger", _stranger_signs, ("NO_CERTIFICATE_CHAIN",), Result.ACCEPTABLE
    )
    yield Row("signed again by a stranger", "Stranger", _stranger_added, ())
    yield Row("page by a stranger who signs all", "Stranger", _stranger_page, ())


def _by_stranger(kit: Kit) -> Kit:
    authority: Authority = kit.authority
    signer, maker = authority["signer-stranger"], authority["maker-stranger"]
    shown = properties(authority.moment, certificates(signer.certificate))
    seal = replace(kit.stamp.seal, maker=maker, certificate=maker.certificate, properties=shown)
    return replace(kit, stamp=replace(kit.stamp, seal=seal, signer=signer, certificate=signer.certificate))


def _stranger_signs(kit: Kit) -> Input:
    return document(pack(build(_by_stranger(kit), Recipe())))


def _second_signature(kit: Kit, content: Arrange) -> Input:
    """Add a second signature, by a stranger, over what `content` makes of the genuine package."""
    first = content(build(kit, Recipe()))
    entry = f'<ofd:Signature ID="s002" Type="Seal" BaseLoc="/{FOLDER[:-1]}1/Signature.xml"/></ofd:Signatures>'
    listed = {**first, SIGNATURES: swap("</ofd:Signatures>", entry)(first[SIGNATURES])}
    stranger = replace(_by_stranger(kit), content=listed)
    second = build(stranger, Recipe())
    moved = {f"{FOLDER[:-1]}1{name.removeprefix(FOLDER)}": second[name] for name in (SIGNATURE, VALUE)}
    return document(pack({**listed, **moved}))


def _stranger_added(kit: Kit) -> Input:
    return _second_signature(kit, dict)


def _stranger_page(kit: Kit) -> Input:
    return _second_signature(kit, put(_MEMBERS["page"], _EVIL))


def package_rows() -> tuple[Row[Kit], ...]:
    """Return every row on coverage, references, digests and swapped parts."""
    genuine = good("genuine", sealed(Recipe()))
    return (genuine, *_coverage(), *_altered(), *_names(), *_digests(), *_swapped())
