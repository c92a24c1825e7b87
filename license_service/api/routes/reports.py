"""`/v1/reports`: what the cases of a tenant say together."""

from __future__ import annotations

from datetime import date

from flask import Response, jsonify
from flask_openapi import APIBlueprint
from pydantic import BaseModel, Field

from license_service.api.access import caller
from license_service.domain.blockage import Dimension
from license_service.services.cases.blockages import BlockageService

_NAMES = "|".join(dimension.value for dimension in Dimension)


class BlockageQuery(BaseModel):
    """Say of which days, and by what to split."""

    first: date = Field(alias="from", description="The first day, in Asia/Shanghai.")
    last: date = Field(alias="to", description="The last day; at most a year later.")
    by: str = Field(
        "matter",
        pattern=f"^({_NAMES})(,({_NAMES})){{0,4}}$",
        description="One or several of matter, material, reason, source and month, with commas between.",
    )

    def dimensions(self) -> list[Dimension]:
        """Return what to split by."""
        return [Dimension(name) for name in self.by.split(",")]


def report_routes(blockages: BlockageService) -> APIBlueprint:
    """Return the routes."""
    routes = APIBlueprint("reports", __name__, url_prefix="/v1/reports")

    @routes.get("/blockages", responses={200: {"description": "Counts, the worst first."}})
    def get_blockages(query: BlockageQuery) -> Response:
        """Say where cases wait or fail most, and by what materials were skipped."""
        return jsonify(blockages.report(caller(), query.first, query.last, query.dimensions()))

    return routes
