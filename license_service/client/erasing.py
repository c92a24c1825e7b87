"""Calls about erasing what names people."""

from __future__ import annotations

from license_service.client.calls import Calls, Json


class ErasureCalls(Calls):
    """Erase a dossier, or everything of a person; what was erased answers 410 from then on."""

    def dossier(self, dossier: str, reason: str, basis: str, officer: str, *, key: str | None = None) -> Json:
        """Erase a case, verification, batch, application or credit record, with what belongs to it."""
        return self._erase({"dossier": dossier}, reason, basis, officer, key)

    def person(
        self, applicant_id: str, reason: str, basis: str, officer: str, *, key: str | None = None
    ) -> Json:
        """Erase everything that names a person, or nothing where some of it must be kept."""
        return self._erase({"applicant_id": applicant_id}, reason, basis, officer, key)

    def _erase(self, what: dict[str, str], reason: str, basis: str, officer: str, key: str | None) -> Json:
        body = {**what, "reason": reason, "basis": basis, "officer": officer}
        return self._post("/v1/erasures", body, key=key).members()
