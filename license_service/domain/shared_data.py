"""What other authorities are asked about an application: for which materials, and by which values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from license_service.domain.application import Application, Person
from license_service.domain.assessment import Assessment, MaterialOutcome, OverallOutcome
from license_service.domain.conditions import Value
from license_service.domain.matter import DataRoute, Matter

_OPEN = frozenset(
    {
        MaterialOutcome.MISSING,
        MaterialOutcome.MANUAL_REVIEW,
        MaterialOutcome.COMMITTED,
        MaterialOutcome.DEFERRED,
    }
)


@dataclass(frozen=True)
class DataQuestion:
    """Ask a source about one material; `values` are ours by name, None where one it needs was not given."""

    material: str
    source: str
    values: Mapping[str, str] | None


def questions_about(
    matter: Matter, application: Application, assessment: Assessment
) -> tuple[DataQuestion, ...]:
    """Return what sources are asked: only about what would be missing, in doubt or taken on trust without.

    What a license or a paper settles is not asked, nor anything of one who may not apply.
    Clause: 政务数据共享条例 (data is asked for as needed, and no more of it).
    """
    if assessment.outcome is OverallOutcome.NOT_ELIGIBLE:
        return ()
    values = _values_of(application)
    still_open = {finding.material for finding in assessment.findings if finding.outcome in _OPEN}
    return tuple(
        DataQuestion(material.code, material.by_data.source, _chosen(material.by_data, values, context))
        for material in matter.materials
        if material.by_data and material.code in still_open
        for context in ({"matter.code": matter.code, "material": material.code},)
    )


def values_of_people(
    applicant: Person, legal_person: Person | None, other_party: Person | None
) -> dict[str, str]:
    """Return names and ids of those a matter is about, by the names a query has for them."""
    roles = {"applicant": applicant, "legal_person": legal_person, "other_party": other_party}
    return {
        f"{role}.{member}": value
        for role, person in roles.items()
        if person is not None
        for member, value in _members(person)
    }


def _values_of(application: Application) -> dict[str, str]:
    fields = {f"field.{name}": _text(value) for name, value in application.fields.items()}
    people = values_of_people(application.applicant, application.legal_person, application.other_party)
    return {**people, **fields}


def _members(person: Person) -> Iterator[tuple[str, str]]:
    yield "name", person.name
    yield "id", person.id


def _chosen(
    route: DataRoute, values: Mapping[str, str], context: Mapping[str, str]
) -> Mapping[str, str] | None:
    if not set(route.query) <= values.keys():
        return None
    return {**{name: values[name] for name in route.query}, **context}


def _text(value: Value) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
