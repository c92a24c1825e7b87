"""The witness over HTTP. Clause: c2sp.org/tlog-witness, add-checkpoint."""

from __future__ import annotations

from flask import Flask, Response, request

from license_service.audit.errors import AuditError
from license_service.audit.witness import SizeConflictError
from license_service.services.proving.witness import WitnessService

_TEXT, _SIZE = "text/plain; charset=utf-8", "text/x.tlog.size"
_LARGEST_BODY = 64 * 1024
"""64 signatures and 63 hashes are 16 kB; post-quantum ones may be 5 kB each."""
_CONFLICT, _BAD_REQUEST = 409, 400
_STATUS = {
    "ORIGIN_UNKNOWN": 404,
    "NOTE_KEY_UNKNOWN": 403,
    "NOTE_SIGNATURE_INVALID": 403,
    "CHECKPOINT_ORIGIN_UNKNOWN": 403,
    "CONSISTENCY_PROOF_INVALID": 422,
}


def create_witness_app(service: WitnessService) -> Flask:
    """Build the WSGI application."""
    app = Flask("license_service_witness", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = _LARGEST_BODY

    @app.post("/add-checkpoint")
    def add_checkpoint() -> Response:
        """Cosign a checkpoint that extends the last one."""
        return Response(service.add_checkpoint(request.get_data()), content_type=_TEXT)

    @app.errorhandler(SizeConflictError)
    def conflict(error: SizeConflictError) -> Response:
        """Say where the witness is."""
        return Response(f"{error.size}\n", _CONFLICT, content_type=_SIZE)

    @app.errorhandler(AuditError)
    def refuse(error: AuditError) -> Response:
        """Refuse with the code; what is not listed is a request of the wrong shape."""
        return Response(f"{error.code}\n", _STATUS.get(error.code, _BAD_REQUEST), content_type=_TEXT)

    return app
