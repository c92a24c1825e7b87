"""Calls about what is promised and owed: findings, objections, decisions, and credit records."""

from __future__ import annotations

from datetime import date

from license_service.client.calls import Calls, Json


class ObligationCalls(Calls):
    """Act on one promise or debt of a case; `version` as in changes of cases."""

    def find(
        self,
        case_id: str,
        obligation: str,
        result: str,
        reason: str,
        officer: str,
        *,
        key: str | None = None,
        version: int | None = None,
    ) -> Json:
        """Say what a clerk found of a promise: kept, broken or undetermined."""
        body = {"result": result, "reason": reason, "officer": officer}
        path = {"id": case_id, "obligation": obligation}
        return self._post(
            "/v1/cases/{id}/obligations/{obligation}/findings", body, key=key, version=version, **path
        ).members()

    def object_to(
        self,
        case_id: str,
        obligation: str,
        reason: str,
        *,
        key: str | None = None,
        version: int | None = None,
    ) -> Json:
        """Object to a finding, within its window."""
        body, path = {"reason": reason}, {"id": case_id, "obligation": obligation}
        return self._post(
            "/v1/cases/{id}/obligations/{obligation}/objections", body, key=key, version=version, **path
        ).members()

    def rule(
        self,
        case_id: str,
        obligation: str,
        ruling: str,
        reason: str,
        officer: str,
        *,
        key: str | None = None,
        version: int | None = None,
    ) -> Json:
        """Rule on an objection: upheld or rejected."""
        body = {"ruling": ruling, "reason": reason, "officer": officer}
        path = {"id": case_id, "obligation": obligation}
        return self._post(
            "/v1/cases/{id}/obligations/{obligation}/rulings", body, key=key, version=version, **path
        ).members()

    def withdraw(
        self,
        case_id: str,
        obligation: str,
        reason: str,
        *,
        key: str | None = None,
        version: int | None = None,
    ) -> Json:
        """Take a promise back before the decision; the material returns to the ordinary way."""
        body, path = {"reason": reason}, {"id": case_id, "obligation": obligation}
        return self._post(
            "/v1/cases/{id}/obligations/{obligation}/withdrawal", body, key=key, version=version, **path
        ).members()

    def extend(
        self,
        case_id: str,
        obligation: str,
        reason: str,
        officer: str,
        *,
        key: str | None = None,
        version: int | None = None,
    ) -> Json:
        """Give a debt more time, once."""
        body = {"reason": reason, "officer": officer}
        path = {"id": case_id, "obligation": obligation}
        return self._post(
            "/v1/cases/{id}/obligations/{obligation}/extension", body, key=key, version=version, **path
        ).members()

    def decide(
        self,
        case_id: str,
        result: str,
        reason: str,
        officer: str,
        *,
        key: str | None = None,
        version: int | None = None,
    ) -> Json:
        """Decide on a case: granted or refused; not while something is owed."""
        body = {"result": result, "reason": reason, "officer": officer}
        return self._post("/v1/cases/{id}/decision", body, key=key, version=version, id=case_id).members()


class CreditCalls(Calls):
    """Read and change what counts against applicants."""

    def enter(
        self,
        applicant_id: str,
        last_day: date,
        basis: str,
        reason: str,
        officer: str,
        *,
        matter: str | None = None,
        key: str | None = None,
    ) -> Json:
        """Enter serious dishonesty, in one matter or in all."""
        body = {"applicant_id": applicant_id, "last_day": last_day.isoformat(), "basis": basis}
        body |= {"reason": reason, "officer": officer} | ({"matter": matter} if matter else {})
        return self._post("/v1/credit-records", body, key=key).members()

    def search(self, applicant_id: str) -> Json:
        """Return the records of an applicant, found by blind index."""
        return self._post("/v1/credit-records/searches", {"applicant_id": applicant_id}).members()

    def get(self, record_id: str) -> Json:
        """Return a record."""
        return self._get("/v1/credit-records/{id}", id=record_id).members()

    def repair(self, record_id: str, reason: str, officer: str, *, key: str | None = None) -> Json:
        """End a record because the fault was made good."""
        body = {"reason": reason, "officer": officer}
        return self._post("/v1/credit-records/{id}/repair", body, key=key, id=record_id).members()

    def object_to(self, record_id: str, reason: str, *, key: str | None = None) -> Json:
        """Object to a record."""
        return self._post(
            "/v1/credit-records/{id}/objections", {"reason": reason}, key=key, id=record_id
        ).members()

    def rule(self, record_id: str, ruling: str, reason: str, officer: str, *, key: str | None = None) -> Json:
        """Rule on an objection to a record: upheld or rejected."""
        body = {"ruling": ruling, "reason": reason, "officer": officer}
        return self._post("/v1/credit-records/{id}/rulings", body, key=key, id=record_id).members()
