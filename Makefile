# Needs Python >= 3.11, make and a package registry; everything else goes into .venv.

PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
TEST_WORKERS ?= 2

.DEFAULT_GOAL := help
.PHONY: help demo demo-serve test soak mutants test-all test-browser test-postgres lint format bench lock schema clean

help: ## list the targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

demo: .venv/runtime.stamp ## a lead's whole journey on two make-believe CRMs; ends by itself
	$(BIN)/python worker.py demo

demo-serve: .venv/runtime.stamp ## the same, then stay up with the page
	$(BIN)/python worker.py demo --serve

test: .venv/dev.stamp ## the tests that need nothing but Python
	$(BIN)/python -m pytest -n $(TEST_WORKERS) -m "not slow and not soak and not browser and not postgres"

test-browser: .venv/dev.stamp ## the tests that drive Chromium
	$(BIN)/python -m pytest -m "browser"

test-postgres: .venv/dev.stamp ## the store's tests on a PostgreSQL server of their own
	$(BIN)/python -m pytest -m "postgres" tests/sync/test_pass.py tests/sync/test_store.py tests/sync/test_leases.py tests/sync/test_clocks.py tests/sync/test_upgrade.py

test-all: .venv/dev.stamp ## every test, soak and browsers included
	$(BIN)/python -m pytest -n $(TEST_WORKERS)

soak: .venv/dev.stamp ## the stateful machine for hours; HOURS=1 unless told
	LEADLINE_SOAK_HOURS=$(or $(HOURS),1) $(BIN)/python -m pytest -n $(TEST_WORKERS) -m soak tests/soak

mutants: .venv/dev.stamp ## break each invariant on purpose; fails if its test stays green
	$(BIN)/python mutants/run.py

lint: .venv/dev.stamp ## style, format, types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy .

format: .venv/dev.stamp ## mend style and format where a machine can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: .venv/dev.stamp ## the figures of docs, quick sizes
	$(BIN)/python -m benchmarks --quick

lock: .venv/dev.stamp ## renew both requirements files; UPGRADE=--upgrade takes the newest versions
	$(BIN)/uv pip compile pyproject.toml $(LOCK) $(UPGRADE) -o requirements.txt
	$(BIN)/uv pip compile pyproject.toml --group dev -c requirements.txt $(LOCK) $(UPGRADE) -o requirements-dev.txt

LOCK := --quiet --universal --python-version 3.11 --generate-hashes \
	--no-header --no-annotate --no-emit-index-url --no-emit-find-links

schema: .venv/dev.stamp ## write the JSON Schemas that editors use
	$(BIN)/python -m config.schema

clean: ## remove what building and testing left behind
	rm -rf build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +

# A stamp is younger than the lock it was made from, so an unchanged checkout installs nothing.

.venv/bin/python:
	$(PYTHON) -c 'import sys; sys.exit("Leadline needs Python 3.11 or newer: make PYTHON=python3.x") if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv .venv

.venv/runtime.stamp: requirements.txt | .venv/bin/python
	$(PIP) install --quiet --require-hashes --only-binary :all: -r requirements.txt
	@touch $@

.venv/dev.stamp: requirements-dev.txt pyproject.toml hatch_build.py | .venv/bin/python
	$(PIP) install --quiet --require-hashes --only-binary :all: -r requirements-dev.txt
	$(PIP) install --quiet --no-deps --no-build-isolation --editable .
	@touch $@
