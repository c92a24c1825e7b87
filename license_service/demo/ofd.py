"""Make OFD licenses: content in the places vendors put it, signed once or several times.

`build_members` makes the unsigned members, `sign_members` puts a signature on top of what is there, and
`pack` zips. Between the steps a caller may change members as it likes, which is how variations are made.

Clause: GB/T 33190-2016, 7, 16, 18 and 20; GM/T 0099-2020, 7.2; GB/T 36905-2018.
"""

from __future__ import annotations

import base64
import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from xml.sax.saxutils import escape, quoteattr

from license_service.demo.keys import SIGNATURE_OIDS
from license_service.demo.plain_signatures import PlainSigning
from license_service.demo.seals import Sealing
from license_service.verification.crypto.digests import digest

_NAMESPACE = 'xmlns:ofd="http://www.ofdspec.org/2016"'
_VENDOR = "DEMO"
_EPOCH = (2020, 1, 1, 0, 0, 0)
_FIRST_TEXT, _FIRST_FACE_TEXT = 10, 1000
_LIST_END = b"</ofd:Signatures>"


@dataclass(frozen=True)
class Content:
    """Say what one document states: as custom data, on its page with an index, attached, as a watermark."""

    fields: Mapping[str, str]
    face: Mapping[str, str] = field(default_factory=dict)
    attachments: Mapping[str, bytes] = field(default_factory=dict)
    watermark: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Covering:
    """Say what a signature covers and how.

    `members` are the members it lists, all that are there where it is None; `protects_list` lists
    `Signatures.xml` too, so that a later signature breaks this one; `relative` is the ID of the
    signature this one is made upon.
    """

    members: Iterable[str] | None = None
    protects_list: bool = False
    relative: str = ""
    digest: str = "SM3"
    document: str = "Doc_0"


def sign_ofd(fields: Mapping[str, str], sealing: Sealing, at: datetime) -> bytes:
    """Make a package of one document with one seal."""
    return pack(sign_members(build_members([Content(fields)]), sealing, at))


def build_members(contents: Sequence[Content]) -> dict[str, bytes]:
    """Make the unsigned members of a package of several documents."""
    bodies = "".join(_body(f"Doc_{i}", content) for i, content in enumerate(contents))
    members = {"OFD.xml": _xml(f'<ofd:OFD {_NAMESPACE} DocType="OFD" Version="1.1">{bodies}</ofd:OFD>')}
    for i, content in enumerate(contents):
        members |= _document(f"Doc_{i}", content)
    return members


def sign_members(
    members: Mapping[str, bytes],
    signing: Sealing | PlainSigning,
    at: datetime,
    covering: Covering | None = None,
) -> dict[str, bytes]:
    """Put a signature on top of what is there; IDs are `s001`, `s002` and so on."""
    how = covering or Covering()
    folder = f"{how.document}/Signs"
    list_path, number = f"{folder}/Signatures.xml", _count(members, f"{folder}/Signatures.xml")
    path, value_path = (f"{folder}/Sign_{number}/{name}" for name in ("Signature.xml", "SignedValue.dat"))
    signed = dict(members)
    signed[list_path] = _entered(members.get(list_path), number, signing.type, path, how.relative)
    listed = [name for name in members if name != list_path] if how.members is None else list(how.members)
    if how.protects_list:
        listed.append(list_path)
    method = SIGNATURE_OIDS[signing.signer.key.family]
    references = {name: signed[name] for name in listed}
    signed[path] = signature_xml(references, value_path, method, how.digest)
    signed[value_path] = signing.sign(signed[path], path, at)
    return signed


def signature_xml(
    references: Mapping[str, bytes], value_path: str, method: str, digest_name: str = "SM3"
) -> bytes:
    """Make a Signature.xml over members."""
    listed = "".join(
        f'<ofd:Reference FileRef="/{name}">'
        f"<ofd:CheckValue>{_check_value(digest_name, data)}</ofd:CheckValue></ofd:Reference>"
        for name, data in references.items()
    )
    return _xml(
        f'<ofd:Signature {_NAMESPACE}><ofd:SignedInfo><ofd:Provider ProviderName="{_VENDOR}" Version="1.0"/>'
        f"<ofd:SignatureMethod>{method}</ofd:SignatureMethod>"
        f'<ofd:References CheckMethod="{digest_name}">{listed}</ofd:References>'
        '<ofd:StampAnnot ID="1" PageRef="1" Boundary="200 140 40 40"/></ofd:SignedInfo>'
        f"<ofd:SignedValue>/{value_path}</ofd:SignedValue></ofd:Signature>"
    )


def pack(members: Mapping[str, bytes]) -> bytes:
    """Zip members with fixed times, so that equal content is equal bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name, _EPOCH), data, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def unpack(data: bytes) -> dict[str, bytes]:
    """Return the members of a package of our own."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _body(document: str, content: Content) -> str:
    datas = "".join(
        f"<ofd:CustomData Name={quoteattr(name)}>{escape(value)}</ofd:CustomData>"
        for name, value in content.fields.items()
    )
    return (
        f"<ofd:DocBody><ofd:DocInfo><ofd:CustomDatas>{datas}</ofd:CustomDatas></ofd:DocInfo>"
        f"<ofd:DocRoot>{document}/Document.xml</ofd:DocRoot>"
        f"<ofd:Signatures>{document}/Signs/Signatures.xml</ofd:Signatures></ofd:DocBody>"
    )


def _document(folder: str, content: Content) -> dict[str, bytes]:
    lists = {
        "CustomTags": _tags(content.face),
        "Attachments": _attachments(content.attachments),
        "Annotations": _watermark(content.watermark),
    }
    named = "".join(f"<ofd:{name}>{name}/{name}.xml</ofd:{name}>" for name in lists if lists[name])
    document = (
        f"<ofd:Document {_NAMESPACE}><ofd:CommonData><ofd:MaxUnitID>9999</ofd:MaxUnitID><ofd:PageArea>"
        "<ofd:PhysicalBox>0 0 297 210</ofd:PhysicalBox></ofd:PageArea></ofd:CommonData><ofd:Pages>"
        f'<ofd:Page ID="1" BaseLoc="Pages/Page_0/Content.xml"/></ofd:Pages>{named}</ofd:Document>'
    )
    listed = {f"{name}/{file}": data for name, files in lists.items() for file, data in files.items()}
    members = {"Document.xml": _xml(document), "Pages/Page_0/Content.xml": _page(content), **listed}
    return {f"{folder}/{name}": data for name, data in members.items()}


def _page(content: Content) -> bytes:
    lines = [f"{name} {value}" for name, value in content.fields.items()]
    texts = {_FIRST_TEXT + i: line for i, line in enumerate(lines)}
    texts |= {_FIRST_FACE_TEXT + i: value for i, value in enumerate(content.face.values())}
    layer = f'<ofd:Layer ID="2">{_text_objects(texts)}</ofd:Layer>'
    return _xml(f"<ofd:Page {_NAMESPACE}><ofd:Content>{layer}</ofd:Content></ofd:Page>")


def _text_objects(texts: Mapping[int, str]) -> str:
    return "".join(
        f'<ofd:TextObject ID="{identifier}" Boundary="20 {20 + 10 * i} 250 8" Font="1" Size="4">'
        f'<ofd:TextCode X="0" Y="4">{escape(text)}</ofd:TextCode></ofd:TextObject>'
        for i, (identifier, text) in enumerate(texts.items())
    )


def _tags(face: Mapping[str, str]) -> dict[str, bytes]:
    if not face:
        return {}
    marks = "".join(
        f'<{name}><ObjectRef PageRef="1">{_FIRST_FACE_TEXT + i}</ObjectRef></{name}>'
        for i, name in enumerate(face)
    )
    return {
        "CustomTags.xml": _list("CustomTags", 'CustomTag TypeID="license"', ["CustomTag.xml"]),
        "CustomTag.xml": _xml(f"<params>{marks}</params>"),
    }


def _attachments(files: Mapping[str, bytes]) -> dict[str, bytes]:
    return {"Attachments.xml": _list("Attachments", "Attachment", files), **files} if files else {}


def _watermark(texts: Mapping[str, str]) -> dict[str, bytes]:
    if not texts:
        return {}
    lines = {_FIRST_TEXT + i: f"{name}：{value}" for i, (name, value) in enumerate(texts.items())}
    annotation = (
        f'<ofd:PageAnnot {_NAMESPACE}><ofd:Annot ID="3" Type="Watermark" Creator="demo"><ofd:Appearance>'
        f"{_text_objects(lines)}</ofd:Appearance></ofd:Annot></ofd:PageAnnot>"
    )
    return {
        "Annotations.xml": _list("Annotations", 'Page PageID="1"', ["Annotation.xml"]),
        "Annotation.xml": _xml(annotation),
    }


def _list(name: str, item: str, files: Iterable[str]) -> bytes:
    tag = item.partition(" ")[0]
    items = "".join(f"<ofd:{item}><ofd:FileLoc>{file}</ofd:FileLoc></ofd:{tag}>" for file in files)
    return _xml(f"<ofd:{name} {_NAMESPACE}>{items}</ofd:{name}>")


def _count(members: Mapping[str, bytes], list_path: str) -> int:
    return members.get(list_path, b"").count(b"<ofd:Signature ")


def _entered(listed: bytes | None, number: int, kind: str, path: str, relative: str) -> bytes:
    """Return the list of signatures with one more at its end."""
    before = listed or _xml(f"<ofd:Signatures {_NAMESPACE}></ofd:Signatures>")
    based = f' Relative="{relative}"' if relative else ""
    entry = f'<ofd:Signature ID="s{number + 1:03}" Type="{kind}"{based} BaseLoc="/{path}"/>'
    return before.replace(_LIST_END, entry.encode() + _LIST_END)


def _check_value(name: str, data: bytes) -> str:
    return base64.b64encode(digest(name, data) or b"").decode()


def _xml(body: str) -> bytes:
    return f'<?xml version="1.0" encoding="UTF-8"?>{body}'.encode()
