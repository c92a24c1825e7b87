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

MAX_TRAILING_BYTES = 4096
"""Bytes behind a zip that a policy may bear; what vendors append is a few hundred bytes."""

MAX_XML_BYTES = 16 * 1024 * 1024
"""One XML member; lxml's own limit with huge_tree off is lower on text nodes and depth (256)."""

MAX_XML_MARKUP = 500_000
"""Tags and attributes of all XML read from one document; a license of several pages has below 50,000."""

MAX_OFD_DOCUMENTS = 8
"""Documents of one OFD, each read with its current version; a license is one, with one version."""

MAX_PAGE_TEMPLATES = 8
"""Templates behind one page; a license has its printed form as one."""

MAX_LAYOUT_TEXT = 1_000
"""Characters of one field on a page; GB/T 36903 gives the longest field 200."""

MAX_SIGNATURES = 32
"""Signatures judged in one document; each may cost several public key operations."""

MAX_CERTIFICATES = 64
"""Certificates taken from one document; path building is at worst quadratic in them."""

MAX_ASN1_BYTES = 4 * 1024 * 1024
"""One ASN.1 structure; a seal with its picture is below 200 kB."""

MAX_ATTACHED_JSON_BYTES = 1024 * 1024
"""All JSON attachments read for license data, which is below 10 kB; larger ones are something else."""

MAX_JSON_DEPTH = 32
"""Nesting of JSON payloads; a licence needs four."""

MAX_ASN1_DEPTH = 64
"""Nesting of ASN.1; a seal with its certificates needs about 15."""
