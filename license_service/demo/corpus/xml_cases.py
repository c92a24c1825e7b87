"""Attacks on the XML of an OFD: what a parser could be made to read, and what two readers would read twice.

Each is signed as it stands, so that nothing but the XML itself is wrong.
Clause: GB/T 33190-2016, 7 and 18; W3C XML 1.0, 2.8 and 4.
"""

from __future__ import annotations

from collections.abc import Iterator

from license_service.demo.corpus.package import (
    FOLDER,
    NAMESPACE,
    ROOT,
    SIGNATURE,
    SIGNATURES,
    Change,
    Kit,
    Recipe,
    sealed,
)
from license_service.demo.corpus.package_cases import edit, later, put, swap
from license_service.demo.corpus.suite import Row, good

_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>'
_DOCTYPE = ("XML_DOCTYPE_REFUSED", "XML_MALFORMED")
_BROKEN = ("XML_MALFORMED", "XML_ENCODING_REFUSED", "XML_ROOT_UNEXPECTED", "XML_TOO_DEEP")
_REPEATED = ("XML_ELEMENT_REPEATED",)
_LAUGHS = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 10))
_DOCTYPES = {
    "empty": "<!DOCTYPE x>",
    "with an entity": '<!DOCTYPE x [<!ENTITY a "b">]>',
    "with a file of the machine": '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]>',
    "with an address": '<!DOCTYPE x [<!ENTITY a SYSTEM "http://127.0.0.1:9/a">]>',
    "with a parameter entity": '<!DOCTYPE x [<!ENTITY % a SYSTEM "http://127.0.0.1:9/a">%a;]>',
    "with an external subset": '<!DOCTYPE x SYSTEM "http://127.0.0.1:9/a.dtd">',
    "with a public subset": '<!DOCTYPE x PUBLIC "-//a//b" "http://127.0.0.1:9/a.dtd">',
    "with a billion laughs": f'<!DOCTYPE x [<!ENTITY l0 "lol">{_LAUGHS}]>',
    "with quadratic blow-up": f'<!DOCTYPE x [<!ENTITY a "{"a" * 9000}">]>',
    "with a default attribute": '<!DOCTYPE x [<!ATTLIST x y CDATA "z">]>',
    "with a comment": "<!DOCTYPE x [<!-- -->]>",
    "in lower case": "<!doctype x>",
}


def _before(text: str) -> Change:
    return swap(_DECLARATION, _DECLARATION + text)


_ENCODINGS: dict[str, Change] = {
    "UTF-16 without saying so": lambda data: data.decode().encode("utf-16"),
    "UTF-32": lambda data: data.decode().encode("utf-32"),
    "octets that are no UTF-8": lambda data: data.replace(b"</ofd:", b"\xff</ofd:", 1),
    "overlong character": lambda data: data.replace(b"Doc_0", b"Doc\xc1\x9f0", 1),
    "half a surrogate pair": lambda data: data.replace(b"</ofd:", b"\xed\xa0\x80</ofd:", 1),
    "zero octet": lambda data: data.replace(b"</ofd:", b"\0</ofd:", 1),
    "character that XML forbids": lambda data: data.replace(b"</ofd:", b"&#1;</ofd:", 1),
    "undeclared entity": lambda data: data.replace(b"</ofd:", b"&evil;</ofd:", 1),
    "text before": lambda data: b"x" + data,
    "line end before the declaration": lambda data: b"\n" + data,
    "text behind": lambda data: data + b"x",
    "second root": lambda data: data + b"<ofd:OFD/>",
    "nothing but a declaration": lambda data: _DECLARATION.encode(),
    "no end tag": lambda data: data[: data.rfind(b"</")],
    "end tags exchanged": lambda data: data.replace(b"</ofd:", b"</odf:", 1),
    "namespace not declared": lambda data: data.replace(NAMESPACE.encode(), b"", 1),
    "another namespace": lambda data: data.replace(b"ofdspec.org/2016", b"ofdspec.org/2061", 1),
    "attribute twice": swap(NAMESPACE, f"{NAMESPACE} {NAMESPACE}"),
    "attribute without quotes": lambda data: data.replace(b'"http', b"http", 1),
    "another root": lambda data: b"<a>" + data.removeprefix(_DECLARATION.encode()) + b"</a>",
    "JSON": lambda data: b'{"OFD": {}}',
    "2,000 levels": lambda data: data.replace(b"</ofd:", b"<a>" * 2000 + b"</a>" * 2000 + b"</ofd:", 1),
    "100,000 levels": lambda data: data.replace(b"</ofd:", b"<a>" * 100_000 + b"</ofd:", 1),
}  # fmt: skip


def _doctypes() -> Iterator[Row[Kit]]:
    for name, text in _DOCTYPES.items():
        yield Row(f"signature's DOCTYPE {name}", "Doctype", sealed(Recipe(signature=_before(text))), _DOCTYPE)
        yield Row(
            f"root's DOCTYPE {name}", "Doctype", sealed(Recipe(content=edit(ROOT, _before(text)))), _DOCTYPE
        )
        yield Row(f"list's DOCTYPE {name}", "Doctype", later(edit(SIGNATURES, _before(text))), _DOCTYPE)


def _encodings() -> Iterator[Row[Kit]]:
    for name, change in _ENCODINGS.items():
        yield Row(f"signature: {name}", "Malformed", sealed(Recipe(signature=change)), ())
        yield Row(f"root: {name}", "Malformed", sealed(Recipe(content=edit(ROOT, change))), ())
        yield Row(f"list: {name}", "Malformed", later(edit(SIGNATURES, change)), ())


def _first(element: str, other: str) -> Change:
    """Put another element of the same name before it."""
    return swap(f"<ofd:{element}", f"{other}<ofd:{element}")


def _last(element: str, other: str) -> Change:
    """Put another element of the same name behind it."""
    return swap(f"</ofd:{element}>", f"</ofd:{element}>{other}")


_TWICE: dict[str, tuple[str, Change]] = {
    # name: member, change
    "two SignedInfo, an empty one first": (SIGNATURE, _first("SignedInfo", "<ofd:SignedInfo/>")),
    "two SignedInfo, an empty one last": (SIGNATURE, _last("SignedInfo", "<ofd:SignedInfo/>")),
    "two References, an empty one first": (SIGNATURE, _first("References", "<ofd:References/>")),
    "two References, an empty one last": (SIGNATURE, _last("References", "<ofd:References/>")),
    "two SignedValue": (SIGNATURE, _first("SignedValue", "<ofd:SignedValue>/x</ofd:SignedValue>")),
    "two CheckValue": (SIGNATURE, _first("CheckValue", "<ofd:CheckValue>AAAA</ofd:CheckValue>")),
    "two DocInfo": (ROOT, _first("DocInfo", "<ofd:DocInfo/>")),
    "two CustomDatas": (ROOT, _first("CustomDatas", "<ofd:CustomDatas/>")),
    "two lists named": (ROOT, _first("Signatures", "<ofd:Signatures>/x</ofd:Signatures>")),
}


def _structure() -> Iterator[Row[Kit]]:
    for name, (member, change) in _TWICE.items():
        recipe = Recipe(signature=change) if member == SIGNATURE else Recipe(content=edit(member, change))
        yield Row(name, "Twice", sealed(recipe), _REPEATED)
    repeated = swap("<ofd:CustomDatas>", '<ofd:CustomDatas><ofd:CustomData Name="CZZTDM">x</ofd:CustomData>')
    yield Row("two values of one datum", "Twice", sealed(Recipe(content=edit(ROOT, repeated))), ())
    for name, change in {
        "no SignedInfo": swap("SignedInfo", "Other", 2),
        "no SignedValue": swap("SignedValue>", "Other>", 2),
        "no References": swap("ofd:References", "ofd:Other", 2),
        "SignedInfo one level down": _nested,
        "References one level down": _references_nested,
        "SignedInfo in another namespace": swap("ofd:SignedInfo>", "SignedInfo>", 2),
        "signed value that is not there": swap("SignedValue.dat", "Nothing.dat"),
        "signed value that is the signature": swap("SignedValue.dat", "Signature.xml"),
        "signed value outside": swap(f"/{FOLDER}/SignedValue.dat", "../../../../SignedValue.dat"),
    }.items():
        yield Row(name, "Structure", sealed(Recipe(signature=change)), ())


def _nested(data: bytes) -> bytes:
    opened = data.replace(b"<ofd:SignedInfo>", b"<ofd:Other><ofd:SignedInfo>")
    return opened.replace(b"</ofd:SignedInfo>", b"</ofd:SignedInfo></ofd:Other>")


def _references_nested(data: bytes) -> bytes:
    opened = data.replace(b"<ofd:References", b"<ofd:Other><ofd:References")
    return opened.replace(b"</ofd:References>", b"</ofd:References></ofd:Other>")


def _lists() -> Iterator[Row[Kit]]:
    entry = f'<ofd:Signature ID="s001" Type="Seal" BaseLoc="/{SIGNATURE}"/>'
    for name, change in {
        "list that names nothing": swap(entry, ""),
        "list whose entry is commented out": swap(entry, f"<!--{entry}-->"),
        "list whose entry is in another namespace": swap("<ofd:Signature ", '<Signature xmlns="x" '),
        "list with an entry to nothing": swap(entry, entry.replace("Sign_0", "Sign_9")),
        "list with an entry to the page": swap(SIGNATURE, "Doc_0/Pages/Page_0/Content.xml"),
        "list with an entry to itself": swap(SIGNATURE, SIGNATURES),
        "list with an entry to the root": swap(SIGNATURE, ROOT),
        "list with an entry outside": swap(f"/{SIGNATURE}", "../../../../Signature.xml"),
        "list with an empty entry": swap(f"/{SIGNATURE}", ""),
        "list with an entry and one to nothing": swap(entry, entry + entry.replace("Sign_0", "Sign_9")),
        "list that calls the seal a plain signature": swap('Type="Seal"', 'Type="Sign"'),
        "list with 1,000 entries": swap(entry, entry * 1000),
    }.items():
        yield Row(name, "SignatureList", later(edit(SIGNATURES, change)), ())
    moved = swap(f"<ofd:Signatures>{SIGNATURES}", "<ofd:Signatures>Doc_0/Other.xml")
    yield Row("root that names another list", "SignatureList", sealed(Recipe(content=edit(ROOT, moved))), ())
    none = swap(f"<ofd:Signatures>{SIGNATURES}</ofd:Signatures>", "")
    yield Row("root that names no list", "SignatureList", sealed(Recipe(content=edit(ROOT, none))), ())
    unsigned = later(put(SIGNATURES, f"{_DECLARATION}<ofd:Signatures {NAMESPACE}/>".encode()))
    yield Row("list emptied", "SignatureList", unsigned, ())


def xml_rows() -> tuple[Row[Kit], ...]:
    """Return every row on XML."""
    return (
        good("genuine", sealed(Recipe())),
        good("signature with a comment behind", sealed(Recipe(signature=lambda data: data + b"<!-- -->"))),
        good("list with a comment behind", later(edit(SIGNATURES, lambda data: data + b"<!-- -->"))),
        good("namespace of the older edition", sealed(Recipe(signature=swap("org/2016", "org")))),
        *_doctypes(),
        *_encodings(),
        *_structure(),
        *_lists(),
    )
