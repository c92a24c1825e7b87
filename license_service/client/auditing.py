"""Calls for auditors: checkpoints, keys, what decided when, and what was exported."""

from __future__ import annotations

from license_service.client.calls import Calls, Json


class AuditCalls(Calls):
    """Follow the log from outside."""

    def checkpoints(self, after: int = 0, limit: int = 100) -> Json:
        """Return checkpoints behind a size."""
        return self._get("/v1/audit/checkpoints", {"after": after, "limit": limit}).members()

    def keys(self) -> Json:
        """Return every key that others verify by, with its use, and the rotations."""
        return self._get("/v1/audit/keys").members()

    def inputs(self) -> Json:
        """Return changes of policy, trust, catalogue and calendar."""
        return self._get("/v1/audit/inputs").members()

    def exports(self) -> Json:
        """Return exports of reports and documents."""
        return self._get("/v1/audit/exports").members()

    def readings(self) -> Json:
        """Return readings of personal data by the operator's people."""
        return self._get("/v1/audit/readings").members()

    def retention(self) -> Json:
        """Return what the nightly eraser did, and replays of erasures."""
        return self._get("/v1/audit/retention").members()

    def last_stamp(self) -> bytes:
        """Return the newest timestamp over a checkpoint."""
        return self._get("/v1/log/stamps/latest").data

    def stamp(self, size: int) -> bytes:
        """Return the timestamp over the checkpoint of a size."""
        return self._get("/v1/log/stamps/{size}", size=size).data
