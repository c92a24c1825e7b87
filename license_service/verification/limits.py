"""Bounds on adversarial cost, each with its reason."""

from __future__ import annotations

MAX_DOCUMENT_BYTES = 20 * 1024 * 1024
"""A licence with pictures is below 5 MB in the field; SiVa takes 15 MB."""

MAX_FINDING_DETAIL = 200
"""Characters that a report repeats of what a refused document calls its parts; names reach 64 kB."""

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

MAX_JOSE_HEADER_BYTES = 64 * 1024
"""One JOSE header in base64url; one with an x5c chain of several certificates stays below this."""

MAX_DISCLOSURES = 256
"""Disclosures of one SD-JWT; a license has below 40 fields."""

MAX_STATUS_LIST_BYTES = 4 * 1024 * 1024
"""One inflated status list: 33 million licenses at one bit each."""

MAX_REGISTER_ANSWER_BYTES = 64 * 1024
"""What a register says of one license; with all fields of GB/T 36903 it has about 4 kB."""

MAX_MIME_HEADER_BYTES = 8 * 1024
"""Headers of a message or of a part of it; a mail that went through many hands has about 4 kB."""

MAX_TIMESTAMPS = 8
"""Tokens judged for one signature; each costs a signature, a path and a look at every CRL."""

MAX_CERTIFICATE_BYTES = 64 * 1024
"""One certificate; they have 1 to 3 kB. Bounds what caches of certificates can hold."""

MAX_PATH_POOL = 1_024
"""Certificates a path is looked for in; a national PKI has some hundred authorities."""

MAX_PATH_LENGTH = 10
"""Certificates of a path below the anchor; government PKIs have two to four."""

MAX_PATH_STEPS = 512
"""Issuer signatures tried for one path: authorities that sign one another span factorially many paths."""

MAX_PATH_CANDIDATES = 16
"""Paths to an anchor judged whole for one certificate; bridges and rollovers make two or three."""

MAX_ISSUER_FETCHES = 3
"""Certificates of issuers fetched one after another for a path; government PKIs have two below the anchor."""

MAX_CRLS = 1_024
"""CRLs read for one certificate; large authorities split theirs into hundreds by distribution point."""

MAX_CRL_SIGNERS = 32
"""Certificates beside a path that turn out not to have signed a CRL; each costs a signature or a path."""

MAX_OCSP_RESPONSES = 64
"""OCSP responses read for one certificate, and addresses of one path; a chain brings one for each link."""

MAX_OCSP_RESPONDERS = 8
"""Certificates of an OCSP response tried as its signer; responders send one or two."""

MAX_REVOCATION_DEPTH = 3
"""CRL signers whose own revocation is judged in turn; RFC 5280 needs one."""

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
