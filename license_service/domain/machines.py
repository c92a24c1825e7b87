"""Every state machine there is, in the order of a case's life, and the page that draws them."""

from __future__ import annotations

from typing import Any

from license_service.domain.bundle_wait import WAIT
from license_service.domain.case import CASE
from license_service.domain.credit import STANDING
from license_service.domain.machine import Machine
from license_service.domain.obligation import COMMITMENT, DEFERRAL

MACHINES: tuple[Machine[Any, Any], ...] = (CASE, COMMITMENT, DEFERRAL, STANDING, WAIT)

_ABOUT = {
    "case": ("A case (办件). What is owed runs on while a person looks, and a promise after the decision."),
    "commitment": "A promise (告知承诺). What follows a broken one follows after the time to object.",
    "deferral": (
        "A debt (容缺). It may be extended once; a second time is refused with `deferral_extended_before`."
    ),
    "standing": "A credit record (信用记录). It counts until repaired, canceled, or its period is over.",
    "wait": (
        "A matter of a bundle that waits for a result (一件事一次办). Once it is opened, its case says more; "
        "where another's wait ends that was to bring its result, it is lost."
    ),
}
_HEAD = """# States

Drawn from the tables that decide (`license-service matters states > docs/states.md`); a test compares
this page with them. What is not drawn is refused with the code named above each diagram.
"""


def states_page() -> str:
    """Return `docs/states.md`."""
    parts = (
        f"## {machine.name.capitalize()}\n\n{_ABOUT[machine.name]} Refusal: `{machine.refusal.code}`.\n\n"
        f"```mermaid\n{machine.mermaid()}\n```\n"
        for machine in MACHINES
    )
    return "\n".join([_HEAD, *parts])
