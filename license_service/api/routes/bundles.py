"""`/v1/bundles` and `/v1/bundle-applications`: several matters as one thing (一件事一次办)."""

from __future__ import annotations

from flask import Response, jsonify
from flask_openapi import APIBlueprint

from license_service.api.access import caller
from license_service.api.bundle_schemas import BundleRequest, ResultRequest, WaitWithdrawalRequest
from license_service.api.idempotency import IdempotencyHeader, claim
from license_service.api.pages import ALONE
from license_service.api.schemas import ItemPath, MatterPath
from license_service.services.accepting.bundle_applications import BundleApplicationService
from license_service.services.proving.anchoring import AnchoringService
from license_service.services.registry import BundleServices


def bundle_routes(bundles: BundleServices, anchoring: AnchoringService) -> APIBlueprint:
    """Return the routes below a bundle."""
    routes = APIBlueprint("bundles", __name__, url_prefix="/v1/bundles")

    @routes.get("", responses={200: {"description": "Every bundle in effect."}})
    def list_bundles() -> Response:
        """List the bundles in effect today."""
        return jsonify({"bundles": bundles.guides.all(caller())})

    @routes.get("/<string:code>", responses={200: {"description": "The bundle's guide."}})
    def get_bundle(path: MatterPath) -> Response:
        """Return what the matters of a bundle ask for, each material once, with every matter's rule."""
        return jsonify(bundles.guides.get(caller(), path.code))

    @routes.get("/<string:code>/guide.html", responses={200: {"description": "The guide as a page."}})
    def get_guide(path: MatterPath) -> tuple[str, dict[str, str]]:
        """Return the same guide as a page to read or print, Chinese first."""
        return bundles.guides.html(caller(), path.code), ALONE

    @routes.post("/<string:code>/walkthroughs", responses={200: {"description": "What would become of it."}})
    def walk_through(path: MatterPath, body: BundleRequest) -> Response:
        """Say the whole way of each matter and of all together, step by step; stores nothing."""
        return jsonify(bundles.walkthroughs.of_bundle(caller(), path.code, body.to_input()))

    @routes.post(
        "/<string:code>/applications",
        responses={201: {"description": "What became of each matter, why, and what would change that."}},
    )
    def apply(
        path: MatterPath, header: IdempotencyHeader, body: BundleRequest
    ) -> tuple[Response, int, dict[str, str]]:
        """Apply for every matter of a bundle at once; each gets a case of its own."""
        anchoring.require_anchored()
        asked = claim(header, body.model_dump_json().encode())
        answer = bundles.applications.open(caller(), path.code, body.to_input(), asked)
        return jsonify(answer), 201, {"Location": f"/v1/bundle-applications/{answer['id']}"}

    return routes


def bundle_application_routes(applications: BundleApplicationService) -> APIBlueprint:
    """Return the routes below an application for a bundle."""
    routes = APIBlueprint("bundle_applications", __name__, url_prefix="/v1/bundle-applications")

    @routes.get("/<string:id>", responses={200: {"description": "The application and its cases."}})
    def get_application(path: ItemPath) -> Response:
        """Return an application with the cases of its matters as they are now."""
        return jsonify(applications.get(caller(), path.id))

    @routes.post(
        "/<string:id>/results",
        responses={200: {"description": "What became of the matters that waited."}},
    )
    def add_result(path: ItemPath, header: IdempotencyHeader, body: ResultRequest) -> Response:
        """Hand in the result of one matter, and go on with those that waited for it."""
        asked = claim(header, body.model_dump_json().encode())
        return jsonify(applications.add_result(caller(), path.id, body.to_input(), asked))

    @routes.post(
        "/<string:id>/withdrawal",
        responses={200: {"description": "The application, with what waits no longer."}},
    )
    def withdraw(path: ItemPath, header: IdempotencyHeader, body: WaitWithdrawalRequest) -> Response:
        """Withdraw matters that wait for a result; what was handed in is kept no longer than one waits."""
        asked = claim(header, body.model_dump_json().encode())
        return jsonify(applications.withdraw(caller(), path.id, body.matters, body.reason, asked))

    return routes
