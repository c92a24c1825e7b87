"""Invented holders and issuers with valid check digits: none of them exists.

Codes are computed from bodies chosen here, in an area code that is not assigned.
"""

from __future__ import annotations

from dataclasses import dataclass

from license_service.domain.identifiers import (
    citizen_id_check_character,
    license_identifier_check_character,
    uscc_check_character,
)

_ROOT = "1.2.156.3005.2"

BUSINESS_LICENSE = "11100000000013338W001"
LEGAL_PERSON_ID = "11100000000013338W002"
HEALTH_CERTIFICATE = "11100000000013338W003"
FIRE_SAFETY = "11100000000013338W004"


@dataclass(frozen=True)
class Party:
    """Name an organization by its USCC, or a person by a citizen id."""

    name: str
    id: str
    id_type: str


def organization(name: str, body: str) -> Party:
    """Invent an organization from the first 17 characters of its USCC."""
    return Party(name, body + uscc_check_character(body), "001")


def person(name: str, body: str) -> Party:
    """Invent a person from the first 17 digits of a citizen id."""
    return Party(name, body + citizen_id_check_character(body), "111")


def license_identifier(type_code: str, issuer: Party, serial: str) -> str:
    """Build a license identifier with its check character (GB/T 36904)."""
    body = f"{type_code}.{issuer.id}.{serial}.001"
    return f"{_ROOT}.{body}.{license_identifier_check_character(body)}"


COMPANY = organization("示例县好味来餐饮有限公司", "91999900MADEM0AX2")
OTHER_COMPANY = organization("示例县远山茶业有限公司", "91999900MADEM0AY1")
LEGAL_PERSON = person("示例甲", "99990019900307002")
OTHER_PERSON = person("示例乙", "99990019851121003")

MARKET_REGULATOR = organization("示例县市场监督管理局", "11999900DEM000001")
PUBLIC_SECURITY = organization("示例县公安局", "11999900DEM000002")
HEALTH_CENTER = organization("示例县疾病预防控制中心", "12999900DEM000003")
FIRE_BRIGADE = organization("示例县消防救援大队", "11999900DEM000004")
ISSUERS = (MARKET_REGULATOR, PUBLIC_SECURITY, HEALTH_CENTER, FIRE_BRIGADE)
