"""What every page says of itself to a browser."""

from __future__ import annotations

ALONE = {
    "Content-Security-Policy": "sandbox; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
}
"""A page that shows what a document says runs nothing, and in nobody's frame."""
