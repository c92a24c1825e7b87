"""What has become of a license since it was signed: 证照状态, never mixed with signature validity.

Enum values are the wire strings and are append-only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class LicenseStatus(StrEnum):
    """The states a license can be in; no two are ever merged."""

    VALID = "valid"  # 有效
    SUSPENDED = "suspended"  # 暂扣
    ANNULLED = "annulled"  # 撤销: it should never have been given
    REVOKED = "revoked"  # 吊销: taken away as a penalty
    CANCELED = "canceled"  # 注销: given back or ended
    EXPIRED = "expired"  # 过期
    CHANGED = "changed"  # 变更: replaced by a later version
    TRANSFERRED = "transferred"  # 转出: kept by another authority now
    UNKNOWN = "unknown"  # 未知


@dataclass(frozen=True)
class StatusStatement:
    """Hold what one source says of a license; `detail` tells how it knows, or why it does not.

    `differing` names what the source states otherwise than the signed bytes.
    """

    source: str
    status: LicenseStatus
    detail: Mapping[str, object] = field(default_factory=dict)
    differing: tuple[str, ...] = ()
