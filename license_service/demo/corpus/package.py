"""A sealed OFD package, step by step, so that any one step can be wrong.

The content comes from the demonstration's issuer; the signature over it is written here.
Clause: GB/T 33190-2016, 7 and 18.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from license_service.demo.corpus.authority import Authority, license_details
from license_service.demo.corpus.ses import Stamp, genuine_stamp
from license_service.demo.corpus.suite import Input
from license_service.demo.ofd import pack, sign_ofd, unpack
from license_service.demo.seals import Sealing
from license_service.verification.crypto.digests import digest

NAMESPACE = 'xmlns:ofd="http://www.ofdspec.org/2016"'
SM3 = "1.2.156.10197.1.401"
ROOT, DOCUMENT, PAGE = "OFD.xml", "Doc_0/Document.xml", "Doc_0/Pages/Page_0/Content.xml"
SIGNATURES = "Doc_0/Signs/Signatures.xml"
FOLDER = "Doc_0/Signs/Sign_0"
SIGNATURE, VALUE = f"{FOLDER}/Signature.xml", f"{FOLDER}/SignedValue.dat"
Parts = dict[str, bytes]
Change = Callable[[bytes], bytes]
Arrange = Callable[[Parts], Parts]


@dataclass(frozen=True)
class Kit:
    """Hold what every package of a group starts from."""

    authority: Authority
    content: Mapping[str, bytes]
    stamp: Stamp

    @classmethod
    def of(cls, authority: Authority, **changes: str) -> Kit:
        """Take the content of the demonstration's license, with fields of it changed."""
        fields = license_details(authority.moment).fields() | changes
        signer = authority["signer"]
        sealing = Sealing(authority["maker"], signer, (signer.certificate,), "示例县市场监督管理局电子印章")
        members = unpack(sign_ofd(fields, sealing, authority.moment - timedelta(days=1)))
        content = {name: data for name, data in members.items() if not name.startswith(FOLDER)}
        return cls(authority, content, genuine_stamp(authority))


@dataclass(frozen=True)
class Recipe:
    """Say what is done before signing, to what is signed, and after signing.

    `content` changes the members before they are listed, `uncovered` names those left out of the list,
    `signature` changes Signature.xml before it is signed; `members` changes anything afterwards.
    """

    content: Arrange = dict
    uncovered: frozenset[str] = frozenset({SIGNATURES})
    check_method: str = f' CheckMethod="{SM3}"'
    digest: str = "SM3"
    references: Change = bytes
    signature: Change = bytes
    stamp: Callable[[Stamp], Stamp] = field(default=lambda stamp: stamp)
    value: Callable[[Kit, bytes], bytes] | None = None
    members: Arrange = dict


def build(kit: Kit, recipe: Recipe) -> Parts:
    """Return the members of a package made by a recipe."""
    members = recipe.content(dict(kit.content))
    xml = recipe.signature(_signature_xml(members, recipe))
    make = recipe.value or (lambda k, data: recipe.stamp(k.stamp).encode(data))
    return recipe.members({**members, SIGNATURE: xml, VALUE: make(kit, xml)})


def sealed(recipe: Recipe) -> Callable[[Kit], Input]:
    """Publish the package that a recipe makes."""
    return lambda kit: document(pack(build(kit, recipe)))


def document(data: bytes) -> Input:
    """Return the published input."""
    return {"document": base64.b64encode(data).decode()}


def reference(name: str, data: bytes, digest_name: str = "SM3") -> str:
    """Write one reference."""
    value = base64.b64encode(digest(digest_name, data) or b"").decode()
    return f'<ofd:Reference FileRef="{name}"><ofd:CheckValue>{value}</ofd:CheckValue></ofd:Reference>'


def xml(body: str) -> bytes:
    """Write a member in UTF-8."""
    return f'<?xml version="1.0" encoding="UTF-8"?>{body}'.encode()


def _signature_xml(members: Mapping[str, bytes], recipe: Recipe) -> bytes:
    listed = "".join(
        reference(f"/{name}", data, recipe.digest)
        for name, data in members.items()
        if name not in recipe.uncovered
    )
    references = recipe.references(listed.encode()).decode()
    return xml(
        f'<ofd:Signature {NAMESPACE}><ofd:SignedInfo><ofd:Provider ProviderName="DEMO" Version="1.0"/>'
        "<ofd:SignatureMethod>1.2.156.10197.1.501</ofd:SignatureMethod>"
        f"<ofd:References{recipe.check_method}>{references}</ofd:References>"
        '<ofd:StampAnnot ID="1" PageRef="1" Boundary="200 140 40 40"/></ofd:SignedInfo>'
        f"<ofd:SignedValue>/{VALUE}</ofd:SignedValue></ofd:Signature>"
    )
