"""A kept verdict as a page or on paper."""

from __future__ import annotations

import json
from collections.abc import Callable

from license_service.services.caller import Caller
from license_service.services.ports import InputArchive
from license_service.services.verifying.report_shape import read_report
from license_service.services.verifying.report_sheet import Sheet, lay_out
from license_service.services.verifying.verifications import VerificationService


class ReportService:
    """Answer `GET /v1/verifications/{id}/report.*`; seal pictures need an archive that holds documents."""

    def __init__(
        self,
        verifications: VerificationService,
        archive: InputArchive | None,
        html: Callable[[Sheet], str],
        pdf: Callable[[Sheet], bytes],
    ) -> None:
        self._verifications = verifications
        self._archive = archive
        self._html = html
        self._pdf = pdf

    def html(self, caller: Caller, identifier: str) -> str:
        """Return the page.

        Raises:
            NotFoundError: if this tenant has no verdict of that id.
            InvalidRequestError: if an earlier version kept it, in a shape that says less.
        """
        return self._html(self._sheet(caller, identifier))

    def pdf(self, caller: Caller, identifier: str) -> bytes:
        """Return the PDF.

        Raises:
            NotFoundError: if this tenant has no verdict of that id.
            InvalidRequestError: if an earlier version kept it, in a shape that says less.
        """
        return self._pdf(self._sheet(caller, identifier))

    def _sheet(self, caller: Caller, identifier: str) -> Sheet:
        answer = self._verifications.get(caller, identifier)
        report = read_report(json.dumps(answer["report"]).encode())
        return lay_out(report, self._archive.get(report["sha256"]) if self._archive else None)
