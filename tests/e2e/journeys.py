"""Who applies for each matter of the catalogue with what, and what must become of it."""

from __future__ import annotations

from dataclasses import dataclass, field

COMPANY, PERSON, OTHER = "business-license.ofd", "legal-person-id.jws", "other"
HEALTH = "health-certificate.pdf"
FILES = {
    COMPANY: "genuine/business-license.ofd",
    PERSON: "genuine/legal-person-id.jws",
    HEALTH: "genuine/health-certificate.pdf",
    OTHER: "wrong-holder/legal-person-id.jws",
}
"""The last is a genuine license of another person: the spouse, the seller, the guardian."""


@dataclass(frozen=True)
class Journey:
    """Say who applies for what with what, and what must become of each material and of the case.

    People are named by the license that says who they are; `debts` are supplied by a license or a paper.
    """

    matter: str
    applicant: str
    expected: dict[str, str]
    documents: tuple[str, ...] = ()
    legal_person: str = ""
    other_party: str = ""
    fields: dict[str, str | int | bool] = field(default_factory=dict)
    debts: dict[str, str] = field(default_factory=dict)
    state: str = "complete"


JOURNEYS = (
    Journey(
        "birth-registration", PERSON,
        {
            "birth-certificate": "EXEMPT_BY_DATA", "id-card": "EXEMPT_BY_LICENSE",
            "household-register": "EXEMPT_BY_DATA", "marriage-certificate": "EXEMPT_BY_DATA",
        },
        documents=(PERSON,), fields={"born_in_marriage": True},
    ),
    Journey(
        "company-setup", PERSON,
        {
            "articles": "SUBMITTED", "id-card": "EXEMPT_BY_LICENSE", "legal-person-id": "EXEMPT_BY_LICENSE",
            "domicile-proof": "EXEMPT_BY_DATA", "prior-approval": "NOT_NEEDED",
        },
        documents=(PERSON,), legal_person=PERSON, fields={"prior_approval": False},
    ),
    Journey(
        "construction-permit", COMPANY,
        {
            "business-license": "EXEMPT_BY_LICENSE", "land-approval": "EXEMPT_BY_DATA",
            "planning-permit": "SUBMITTED", "drawings-review": "SUBMITTED",
            "contractor-safety-permit": "SUBMITTED", "contract": "SUBMITTED",
            "funds-commitment": "COMMITTED", "wage-account": "DEFERRED",
        },
        documents=(COMPANY,), fields={"in_planning_area": True, "investment": 300},
        debts={"wage-account": "paper"}, state="accepted_with_obligations",
    ),
    Journey(
        "disability-card", PERSON,
        {
            "id-card": "EXEMPT_BY_LICENSE", "household-register": "EXEMPT_BY_DATA",
            "assessment": "EXEMPT_BY_DATA", "guardian-id": "EXEMPT_BY_LICENSE", "photo": "DEFERRED",
        },
        documents=(PERSON, OTHER), other_party=OTHER, fields={"minor": False, "kind": "mental"},
        debts={"photo": "paper"},
    ),
    Journey(
        "elderly-allowance", PERSON,
        {
            "id-card": "EXEMPT_BY_LICENSE", "household-register": "EXEMPT_BY_DATA",
            "bank-account": "SUBMITTED", "life-proof": "EXEMPT_BY_DATA",
        },
        documents=(PERSON,), fields={"age": 83, "locally_registered": True},
    ),
    Journey(
        "food-business-license-new", COMPANY,
        {
            "business-license": "EXEMPT_BY_LICENSE", "legal-person-id": "EXEMPT_BY_LICENSE",
            "health-certificate": "DEFERRED", "premises-safety-statement": "COMMITTED",
            "floor-plan": "SUBMITTED",
        },
        documents=(COMPANY, PERSON), legal_person=PERSON, debts={"health-certificate": HEALTH},
    ),
    Journey(
        "marriage-registration", PERSON,
        {
            "id-card": "EXEMPT_BY_LICENSE", "spouse-id-card": "EXEMPT_BY_LICENSE", "declaration": "SUBMITTED",
            "divorce-proof": "EXEMPT_BY_DATA", "photo": "SUBMITTED",
        },
        documents=(PERSON, OTHER), other_party=OTHER,
        fields={"applicant_age": 36, "other_age": 41, "applicant_is_man": True, "applicant_divorced": True},
    ),
    Journey(
        "medical-institution-practice", COMPANY,
        {
            "establishment-approval": "SUBMITTED", "legal-person-id": "EXEMPT_BY_LICENSE",
            "physician-certificate": "SUBMITTED", "premises-proof": "EXEMPT_BY_DATA",
            "waste-contract": "NOT_NEEDED",
        },
        documents=(PERSON,), legal_person=PERSON, fields={"own_disposal": True, "beds": 20},
    ),
    Journey(
        "newborn-medical-insurance", PERSON,
        {
            "id-card": "EXEMPT_BY_LICENSE", "child-household-register": "EXEMPT_BY_DATA",
            "bank-account": "DEFERRED",
        },
        documents=(PERSON,), other_party=OTHER, debts={"bank-account": "paper"},
    ),
    Journey(
        "real-estate-transfer", PERSON,
        {
            "id-card": "EXEMPT_BY_LICENSE", "seller-id-card": "EXEMPT_BY_LICENSE",
            "ownership-certificate": "EXEMPT_BY_DATA", "contract": "EXEMPT_BY_DATA",
            "tax-proof": "EXEMPT_BY_DATA", "mortgagee-consent": "NOT_NEEDED",
        },
        documents=(PERSON, OTHER), other_party=OTHER, fields={"mortgaged": False},
    ),
    Journey(
        "small-restaurant-license", PERSON,
        {
            "id-card": "EXEMPT_BY_LICENSE", "business-license": "EXEMPT_BY_DATA",
            "health-certificate": "EXEMPT_BY_LICENSE", "hygiene-statement": "COMMITTED",
        },
        documents=(PERSON, HEALTH), fields={"area": 45}, state="accepted_with_obligations",
    ),
    Journey(
        "social-security-enrollment", COMPANY,
        {
            "business-license": "EXEMPT_BY_LICENSE", "employee-list": "SUBMITTED", "bank-account": "DEFERRED",
        },
        documents=(COMPANY,), debts={"bank-account": "paper"},
    ),
    Journey(
        "vehicle-registration", PERSON,
        {
            "id-card": "EXEMPT_BY_LICENSE", "purchase-invoice": "EXEMPT_BY_DATA",
            "conformity-certificate": "NOT_NEEDED", "import-certificate": "EXEMPT_BY_DATA",
            "tax-certificate": "EXEMPT_BY_DATA", "insurance": "EXEMPT_BY_DATA",
        },
        documents=(PERSON,), fields={"vehicle_number": "LDEM00000000000M1", "imported": True},
    ),
)  # fmt: skip
