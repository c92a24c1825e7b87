"""Requests made from the API's own description, right and wrong ones: every answer is one it describes."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode, SerializationContext, openapi, serializer
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

_EXAMPLES = 8
_CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


@serializer("application/x-ndjson", "application/zip")
def _raw(_context: SerializationContext, value: object) -> bytes:
    """Send what was made up as it is: a batch is read from the bytes of a body."""
    return value if isinstance(value, bytes) else str(value).encode(errors="replace")


@pytest.mark.parametrize("mode", list(GenerationMode))
def test_every_answer_is_one_that_the_description_has(
    api: Any, headers: dict[str, str], subtests: pytest.Subtests, mode: GenerationMode
) -> None:
    schema = openapi.from_wsgi("/openapi.json", api.client.application)
    found = list(schema.get_all_operations())
    operations = [item.ok() for item in found if isinstance(item, Ok)]
    assert len(operations) == len(found) > 20
    for operation in operations:

        @settings(
            max_examples=_EXAMPLES,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(generation_mode=mode))
        def ask(case: Any) -> None:
            case.call_and_validate(headers=headers, checks=_CHECKS)

        with subtests.test(operation.label):
            ask()
