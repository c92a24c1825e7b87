"""The peer of `accept_rate.py`: a Flask route on the same server that inserts one row and commits."""

import os
import uuid
from contextlib import suppress

import sqlalchemy as sa
from flask import Flask, Response, jsonify, request

from license_service.adapters.sql.engine import open_engine

app = Flask(__name__)
_engine = open_engine(os.environ["PEER_DATABASE_URL"])
_table = sa.Table(
    "peer", sa.MetaData(), sa.Column("id", sa.Text, primary_key=True), sa.Column("body", sa.LargeBinary)
)
_BODY = os.urandom(int(os.environ["PEER_BYTES"]))
with suppress(sa.exc.DBAPIError):  # of two processes that begin together, one comes second
    _table.create(_engine, checkfirst=True)


@app.get("/readyz")
def ready() -> Response:
    """Say that it answers."""
    return jsonify({"status": "ok"})


@app.post("/v1/cases")
def insert() -> tuple[Response, int]:
    """Read the body, insert a row of the size that a case takes, and commit."""
    request.get_data()
    identifier = uuid.uuid4().hex
    with _engine.begin() as connection:
        connection.execute(sa.insert(_table).values(id=identifier, body=_BODY))
    return jsonify({"id": identifier}), 201
