# One image, two commands: the API (default) and `python -m workers`.
FROM python:3.12-slim AS build
RUN pip install --no-cache-dir uv
# Who runs the service may write nothing beside its code.
ENV UV_COMPILE_BYTECODE=1
WORKDIR /app
COPY pyproject.toml uv.lock README.md LICENSE ./
RUN uv sync --frozen --no-dev --no-install-project --extra postgres --extra sm2-fallback
COPY license_service license_service
COPY workers workers
RUN uv sync --frozen --no-dev --no-editable --extra postgres --extra sm2-fallback

FROM python:3.12-slim
RUN useradd --create-home --uid 10001 license \
  && mkdir -p /app/var/log /app/keys/private && chown -R license /app && chmod 700 /app/keys/private
WORKDIR /app
COPY --from=build /app/.venv .venv
COPY --chown=license catalogue catalogue
COPY --chown=license policy policy
COPY --chown=license keys/trust keys/trust
COPY --chown=license keys/evidence keys/evidence
ENV PATH=/app/.venv/bin:$PATH PYTHONUNBUFFERED=1
USER license
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s \
  CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/readyz', timeout=2)"]
CMD ["granian", "--interface=wsgi", "--host=0.0.0.0", "--port=8000", "--workers=2", "--blocking-threads=4", \
     "--respawn-failed-workers", "--no-ws", "license_service.wsgi:app"]
