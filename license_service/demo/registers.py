"""The registers of other authorities in a demonstration: they hold all that the invented people claim."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from license_service.demo.neighbors import Answer
from license_service.demo.people import COMPANY, LEGAL_PERSON, OTHER_PERSON

VEHICLE = "LDEM00000000000M1"

_REGISTERS = {
    "birth-register": ("出生登记", "Births", "示例县卫生健康局"),
    "household-register": ("户籍登记", "Households", "示例县公安局"),
    "population-register": ("人口基础信息", "Population", "示例县公安局"),
    "marriage-register": ("婚姻登记", "Marriages", "示例县民政局"),
    "disability-assessment": ("残疾评定", "Assessments of disability", "示例县残疾人联合会"),
    "real-estate-register": ("不动产登记", "Real estate", "示例县自然资源局"),
    "natural-resources-register": ("用地审批", "Land approvals", "示例县自然资源局"),
    "sale-contract-register": ("房屋买卖合同备案", "Contracts of sale", "示例县住房和城乡建设局"),
    "market-register": ("市场主体登记", "Market entities", "示例县市场监督管理局"),
    "deed-tax-register": ("契税完税", "Deed tax", "示例县税务局"),
    "tax-invoice-register": ("机动车发票", "Vehicle invoices", "示例县税务局"),
    "vehicle-tax-register": ("车辆购置税", "Vehicle tax", "示例县税务局"),
    "customs-register": ("进口车辆", "Imported vehicles", "示例海关"),
    "insurance-register": ("交强险", "Vehicle insurance", "示例县保险行业协会"),
}
_DECLARATION = """
[source.{name}]
title = {{ zh = "{zh}", en = "{en}" }}
owner = "{owner}"
uses = ["data"]
endpoint = "http://{host}/{name}"
seconds = 3
query = {{ "applicant.id" = "id", "other_party.id" = "other_id", "field.vehicle_number" = "vehicle" }}
answer = {{ result = {{ member = "found", yes = ["1"], no = ["0"] }} }}
"""


class SharedRegisters:
    """Know the company, both people and one vehicle, and nothing of anybody else."""

    known = frozenset({COMPANY.id, LEGAL_PERSON.id, OTHER_PERSON.id, VEHICLE})

    def respond(self, _path: str, _headers: dict[str, str], body: bytes) -> Answer:
        """Answer whether everything asked by is known."""
        return 200, {"found": "1" if self.known.issuperset(json.loads(body).values()) else "0"}

    @staticmethod
    def declare(path: Path, host: str) -> None:
        """Add the declarations of the registers that `host` serves."""
        with path.open("a") as file:
            file.writelines(_declarations(host))


def _declarations(host: str) -> Iterator[str]:
    for name, (zh, en, owner) in _REGISTERS.items():
        yield _DECLARATION.format(name=name, zh=zh, en=en, owner=owner, host=host)
