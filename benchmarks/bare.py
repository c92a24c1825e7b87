"""The peer of `http_rate.py`: a Flask route that reads the body and answers, on the same server."""

from flask import Flask, Response, jsonify, request

app = Flask(__name__)


@app.get("/readyz")
def ready() -> Response:
    """Say that it answers."""
    return jsonify({"status": "ok"})


@app.post("/v1/verifications")
def take() -> Response:
    """Read the body and answer its length."""
    return jsonify({"length": len(request.get_data())})
