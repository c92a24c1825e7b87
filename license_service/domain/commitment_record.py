"""How a promise was made: which notice was shown, when, through which channel, and by whose authorization.

Who read and acknowledged it is a person, and kept with the people of the case, apart from this.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from license_service.clock import format_instant, parse_instant
from license_service.domain.application import Channel, CommitmentOffer
from license_service.domain.assessment import Assessment, MaterialOutcome
from license_service.domain.matter import Matter, Notice


@dataclass(frozen=True)
class CommitmentRecord:
    """Hold how one promise was made; `proxy_authorization` is the digest of the written authorization."""

    material: str
    notice_id: str
    notice_version: str
    notice_digest: str
    shown_at: datetime
    channel: Channel
    proxy_authorization: str | None = None


def records_of(
    assessment: Assessment, matter: Matter, offers: Iterable[CommitmentOffer], now: datetime
) -> Iterator[CommitmentRecord]:
    """Yield how each promise that was taken was made; of several for one material, the one shown first."""
    taken = {f.material for f in assessment.findings if f.outcome is MaterialOutcome.COMMITTED}
    for material in matter.materials:
        route = material.by_commitment
        if route is None or material.code not in taken:
            continue
        made = [
            _record(offer, route.notice, now)
            for offer in offers
            if (offer.material, offer.notice_digest) == (material.code, route.notice.digest)
            if route.proxy_allowed or not offer.proxy_authorization
        ]
        first = sorted(made, key=lambda item: (item.shown_at, item.channel, item.proxy_authorization or ""))
        yield from first[:1]


def record_to_json(record: CommitmentRecord) -> dict[str, Any]:
    """Return the wire shape, which events have too."""
    return {**vars(record), "shown_at": format_instant(record.shown_at), "channel": record.channel.value}


def record_from_json(data: Mapping[str, Any]) -> CommitmentRecord:
    """Read the wire shape."""
    typed = {"shown_at": parse_instant(data["shown_at"]), "channel": Channel(data["channel"])}
    return CommitmentRecord(**{**data, **typed})


def _record(offer: CommitmentOffer, notice: Notice, now: datetime) -> CommitmentRecord:
    return CommitmentRecord(
        material=offer.material,
        notice_id=notice.id,
        notice_version=notice.version,
        notice_digest=notice.digest,
        shown_at=offer.shown_at or now,
        channel=offer.channel,
        proxy_authorization=offer.proxy_authorization,
    )
