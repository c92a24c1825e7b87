# The only interface: every task of this project is a target here.
.DEFAULT_GOAL := help
PYTHON ?= python3
# uv from PATH, else from a small environment of its own made by venv, or by pip where venv is missing.
UV := $(shell command -v uv 2>/dev/null || echo .uv/bin/uv)
RUN := $(UV) run --frozen --all-extras
# Trust what the machine trusts: many offices reach the registries through a proxy with a CA of its own.
export UV_SYSTEM_CERTS ?= 1
# Tests start hundreds of processes: each would compile every module again where nobody may keep the result.
unexport PYTHONDONTWRITEBYTECODE
# More than there are cores: tests of faults wait more than they work, so they are shared out to the end.
PROCESSES ?= 4

.PHONY: help setup demo up test e2e lint conformance corpus mutate fuzz faults faults-all nemesis bench verifier tamper crash

help: ## Show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

.uv/bin/uv:
	@$(PYTHON) -m venv .uv >/dev/null 2>&1 && .uv/bin/pip install -q uv \
	  || { rm -rf .uv; $(PYTHON) -m pip install -q --break-system-packages --target .uv uv 2>/dev/null \
	  || $(PYTHON) -m pip install -q --target .uv uv; }
	@test -x $@ || { echo "uv could not be installed: '$(PYTHON) -m pip' is needed once"; exit 1; }

setup: $(UV) ## Make the environment from the lock file
	@$(UV) sync --frozen --all-extras --quiet

demo: setup ## Show the main job end to end on embedded defaults
	@$(RUN) license-service demo run

up: setup ## Leave the service running for use with curl
	@$(RUN) license-service demo up

test: setup ## Run all tests but those of `make faults-all`
	@$(RUN) pytest -n $(PROCESSES) --dist worksteal -q

e2e: setup ## Run every matter end to end over HTTP with the client alone
	@$(RUN) pytest -q --noconftest tests/e2e/test_matters.py

lint: setup ## Check style, types and import directions
	@$(RUN) ruff check .
	@$(RUN) ruff format --check .
	@$(RUN) mypy
	@$(RUN) lint-imports
	@$(UV) run --frozen --isolated --only-group manifests kubernetes-validate --strict --quiet \
	  $(filter-out %/kustomization.yaml,$(wildcard deploy/kubernetes/*.yaml))

conformance: setup ## Run the public vectors in VECTORS_DIR
	@$(RUN) pytest -q -n 2 tests/conformance

corpus: setup ## Make the published corpus of attacks afresh
	@$(RUN) license-service demo corpus --out corpus

mutate: setup ## Flip every signed byte of a genuine file of each format
	@MUTATION_STRIDE=1 $(RUN) pytest -q -n 2 tests/mutation

fuzz: setup ## Fuzz every parser for FUZZ_SECONDS (600) each, guided by coverage; PARSERS chooses
	@$(RUN) --isolated --group fuzz python -m fuzz.all_parsers $(PARSERS)

faults: setup ## Break processes, networks, clocks and disks, and check what was promised: the smoke set
	@$(RUN) pytest -q -n $(PROCESSES) --dist worksteal tests/faults

faults-all: setup ## The same with what takes its time
	@FAULTS=full $(RUN) pytest -q -n $(PROCESSES) --dist worksteal tests/faults

nemesis: setup ## Break things at random for MINUTES=N or KILLS=N from SEED=S, which replays; ENGINE=sqlite or postgresql
	@$(RUN) python -m tests.faults.nemesis $(if $(MINUTES),--minutes $(MINUTES)) $(if $(KILLS),--kills $(KILLS)) \
	  $(if $(SEED),--seed $(SEED)) $(if $(ENGINE),--engine $(ENGINE))

bench: setup ## Measure speed beside peers
	@$(RUN) python -m benchmarks.verification_rate
	@$(RUN) python -m benchmarks.batch_rate
	@$(RUN) python benchmarks/pdf_rate.py
	@$(RUN) python benchmarks/assessment_rate.py
	@$(RUN) python benchmarks/http_rate.py
	@$(RUN) python -m benchmarks.accept_rate
	@$(RUN) python benchmarks/audit_rate.py
	@$(RUN) python -m benchmarks.append_rate
	@$(RUN) python -m benchmarks.followup_rate
	@$(RUN) python -m benchmarks.worker_rate
	@$(RUN) python -m benchmarks.webhook_rate
	@$(RUN) python -m benchmarks.accept_without_redis
	@$(RUN) python -m benchmarks.resume_after_kill
	@$(RUN) python -m benchmarks.unit_costs

verifier: setup ## Make the single-file verifier for auditors: dist/license-audit-verify.py
	@$(RUN) license-service audit build-verifier dist/license-audit-verify.py

tamper: setup ## Mutate exports, bundles and proofs, all rounds
	@TAMPER=full $(RUN) pytest -q -n 2 tests/tamper

crash: setup ## Kill integrator and database while ENTRIES=N (3000) are appended, from SEED=S; nothing may be lost
	@$(RUN) python -m tests.tamper.crash $(if $(ENTRIES),--entries $(ENTRIES)) $(if $(SEED),--seed $(SEED))
