"""The members of a package: each is inflated, hashed and parsed once, so all readers see the same bytes."""

from __future__ import annotations

from collections.abc import Mapping

from lxml import etree

from license_service.verification.crypto.digests import digest
from license_service.verification.document import FormatError
from license_service.verification.formats.ofd.xml import local_name, markup_of
from license_service.verification.limits import MAX_XML_MARKUP
from license_service.verification.strict_xml import parse_xml


class Members:
    """Hold the members of a package by name, with what was computed of them."""

    def __init__(self, contents: Mapping[str, bytes]) -> None:
        self._contents = contents
        self._digests: dict[tuple[str, str], bytes | None] = {}
        self._elements: dict[str, etree._Element] = {}
        self._markup = 0

    def __contains__(self, path: str) -> bool:
        """Tell whether there is a member at `path`."""
        return path in self._contents

    @property
    def names(self) -> frozenset[str]:
        """Return the names of all members."""
        return frozenset(self._contents)

    def content(self, path: str) -> bytes:
        """Return the bytes of a member.

        Raises:
            FormatError: `OFD_MEMBER_MISSING` if there is none.
        """
        try:
            return self._contents[path]
        except KeyError:
            raise FormatError("OFD_MEMBER_MISSING", path) from None

    def digest(self, algorithm: str, path: str) -> bytes | None:
        """Return the digest of a member, None where the algorithm is unknown.

        Raises:
            FormatError: `OFD_MEMBER_MISSING` if there is no such member.
        """
        key = (algorithm, path)
        if key not in self._digests:
            self._digests[key] = digest(algorithm, self.content(path))
        return self._digests[key]

    def xml(self, path: str, root: str = "") -> etree._Element:
        """Return the root element of a member, which is called `root` where that is given.

        Raises:
            FormatError: `OFD_MEMBER_MISSING`, or `XML_*` if it is malformed or has another root.
        """
        if path not in self._elements:
            self._elements[path] = self._parse(path)
        element = self._elements[path]
        if root and local_name(element) != root:
            raise FormatError("XML_ROOT_UNEXPECTED", f"expected {root}")
        return element

    def _parse(self, path: str) -> etree._Element:
        data = self.content(path)
        self._markup += markup_of(data)
        if self._markup > MAX_XML_MARKUP:
            raise FormatError("XML_TOO_LARGE")
        return parse_xml(data)


def resolve(base: str, path: str) -> str:
    """Resolve a path of the package against the member that names it; back-slashes occur in the field.

    Raises:
        FormatError: `OFD_PATH_ESCAPES` if it leaves the package.
    """
    plain = path.strip().replace("\\", "/")
    parts = [] if plain.startswith("/") else base.split("/")[:-1]
    for part in plain.split("/"):
        if part == ".." and not parts:
            raise FormatError("OFD_PATH_ESCAPES")
        if part == "..":
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)
