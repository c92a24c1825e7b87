"""The register of licenses as a sharing service over HTTP (GB/T 36906), asked as its declaration says.

A service that did not answer is not asked again for a minute: one that is down must not slow every verdict.
"""

from __future__ import annotations

import base64
import binascii
from datetime import datetime, timedelta

from license_service.adapters.pinned_http import Budget, PinnedHttp
from license_service.adapters.register_mapping import RegisterMapping, Request, SilentRegisterError
from license_service.clock import Clock
from license_service.errors import LicenseNotInRegisterError, RegisterUnavailableError
from license_service.verification.document import FormatError
from license_service.verification.limits import MAX_DOCUMENT_BYTES, MAX_REGISTER_ANSWER_BYTES
from license_service.verification.register import RegisterEntry, Silence
from license_service.verification.status import LicenseStatus

_SILENCE = timedelta(minutes=1)
_OK, _NOT_FOUND = 200, 404
_LONGEST_DOWNLOAD = MAX_DOCUMENT_BYTES * 4 // 3 + MAX_REGISTER_ANSWER_BYTES
"""A document in base64, within an envelope."""


class HttpRegister:
    """Ask the one host that the declaration names."""

    def __init__(self, mapping: RegisterMapping, token: str, clock: Clock) -> None:
        """Keep how to ask.

        Raises:
            ConfigurationError: if a network of the declaration is none.
        """
        self._mapping, self._token, self._clock = mapping, token, clock
        self._http = PinnedHttp([mapping.host], mapping.networks)
        self._silent_since: datetime | None = None

    def query(self, identifier: str) -> RegisterEntry:
        """Return what the service says of a license, or an entry that says why it says nothing."""
        now = self._clock.now()
        try:
            body = self._ask(self._mapping.query, identifier, MAX_REGISTER_ANSWER_BYTES)
            return self._mapping.read(identifier, body, now)
        except SilentRegisterError as silent:
            reason = silent.reason
        except (FormatError, ValueError):
            reason = Silence.UNREADABLE
        return RegisterEntry(identifier, self._mapping.name, now, LicenseStatus.UNKNOWN, reason)

    def download(self, identifier: str) -> bytes:
        """Return the document of a license.

        Raises:
            LicenseNotInRegisterError: if the service knows none.
            RegisterUnavailableError: if it is silent, or its answer cannot be read.
        """
        try:
            body = self._ask(self._mapping.download, identifier, _LONGEST_DOWNLOAD)
            if not self._mapping.download.content:
                return body
            return base64.b64decode(self._mapping.content(body), validate=True)
        except SilentRegisterError as silent:
            if silent.reason is Silence.NOT_KNOWN:
                raise LicenseNotInRegisterError("the register has no document of this identifier") from silent
            raise RegisterUnavailableError("the register did not answer") from silent
        except (FormatError, ValueError, binascii.Error) as error:
            raise RegisterUnavailableError("the register's answer cannot be read") from error

    def _ask(self, request: Request, identifier: str, octets: int) -> bytes:
        now = self._clock.now()
        if self._silent_since is not None and timedelta(0) <= now - self._silent_since < _SILENCE:
            raise SilentRegisterError(Silence.UNREACHABLE)
        path, body = request.fill(identifier, self._token)
        answer = self._http.exchange(
            self._mapping.base + path,
            Budget(self._mapping.seconds, octets),
            method="GET" if body is None else "POST",
            body=body,
            headers=self._headers(posts=body is not None),
        )
        self._silent_since = now if answer is None else None
        if answer is None or answer.status != _OK or answer.body is None:
            unknown = answer is not None and answer.status == _NOT_FOUND
            raise SilentRegisterError(Silence.NOT_KNOWN if unknown else Silence.UNREACHABLE)
        return answer.body

    def _headers(self, *, posts: bool) -> dict[str, str]:
        declared = {
            name: value.replace("{token}", self._token) for name, value in self._mapping.headers.items()
        }
        return declared | ({"Content-Type": "application/json"} if posts else {})
