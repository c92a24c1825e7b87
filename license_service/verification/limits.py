"""Bounds on adversarial cost, each with its reason."""

from __future__ import annotations

MAX_DOCUMENT_BYTES = 20 * 1024 * 1024
"""A licence with pictures is below 5 MB in the field; SiVa takes 15 MB."""

MAX_ZIP_ENTRIES = 1_000
"""EU DSS takes as many; a licence OFD has below 100."""

MAX_ZIP_RATIO = 100
"""Inflated size over deflated size of one member; XML of pages reaches about 20."""

MAX_INFLATED_BYTES = 200 * 1024 * 1024
"""Sum over all members; bounds memory of one verification."""

MAX_XML_BYTES = 16 * 1024 * 1024
"""One XML member; lxml's own limit with huge_tree off is lower on text nodes and depth (256)."""

MAX_SIGNATURES = 32
"""Signatures judged in one document; each may cost several public key operations."""

MAX_CERTIFICATES = 64
"""Certificates taken from one document; path building is at worst quadratic in them."""

MAX_ASN1_BYTES = 4 * 1024 * 1024
"""One ASN.1 structure; a seal with its picture is below 200 kB."""

MAX_JSON_DEPTH = 32
"""Nesting of JSON payloads; a licence needs four."""

MAX_ASN1_DEPTH = 64
"""Nesting of ASN.1; a seal with its certificates needs about 15."""

MAX_PDF_OBJECTS = 50_000
"""Cross-reference entries of all revisions; a license has below 1,000, and each costs about 3 µs to read."""

MAX_PDF_REVISIONS = 64
"""Each archive timestamp, renewed every few years, adds two."""

MAX_PDF_WORK = 2_000_000
"""Bytes of structure, not of streams, read in all and again, at 1 to 2 µs each; a license has 10,000."""

MAX_PDF_DEPTH = 100
"""Nesting of one object; pages and forms need about ten."""

MAX_PDF_STREAM_BYTES = 8 * 1024 * 1024
"""One inflated stream that is read: objects, metadata, certificates, CRLs; pictures are never inflated."""

MAX_PDF_COVERED_BYTES = 200 * 1024 * 1024
"""Sum of what all signatures and timestamps are over; bounds digests and memory."""

MAX_REVOCATION_ITEMS = 64
"""CRLs and OCSP responses taken from one document; each is matched against each certificate."""
