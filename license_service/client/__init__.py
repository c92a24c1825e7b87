"""The client of the service's API: typed calls that are repeated safely.

It stands alone: it imports nothing else of this package, so that it can be copied out of it.
"""

from __future__ import annotations

from license_service.client.cases import document
from license_service.client.client import Client
from license_service.client.errors import (
    ClientError,
    ConflictError,
    InvalidRequestError,
    NotAllowedError,
    NotFoundError,
    RateLimitedError,
    RefusedError,
    StillRunningError,
    UnavailableError,
    UnreachableError,
    VersionConflictError,
)
from license_service.client.transport import Retries

__all__ = [
    "Client",
    "ClientError",
    "ConflictError",
    "InvalidRequestError",
    "NotAllowedError",
    "NotFoundError",
    "RateLimitedError",
    "RefusedError",
    "Retries",
    "StillRunningError",
    "UnavailableError",
    "UnreachableError",
    "VersionConflictError",
    "document",
]
