# What a person types here. `make demo` needs Python 3.11 or newer (with its venv module) and nothing else.
#
#   demo   a lost region, and the services of a municipality brought back: installs, runs, cleans up after itself
#   dev    sandbox, daemon and sample municipality, to play with until Ctrl-C
#   test   everything that CI asks: format, lint, import contracts, types, all tests
#   cover  the tests again, with coverage
#   bench  drd's speed and memory beside other tools
#   pictures  the dashboards, drawn anew for the docs (needs Debian's prometheus, chromium and pngquant)
#   proof  the long proofs; they write their figures into docs/proof.md (ONLY=name,name SEEDS=n KILLS=n COUNT=n)
#   lock   requirements/*.txt anew, from pyproject.toml
#   fmt    format, and mend what lint can mend
#   clean  remove what was made here, the environments included

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

VENV := .venv
BIN := $(VENV)/bin
PY := $(BIN)/python
PIP := $(PY) -m pip --disable-pip-version-check --quiet --quiet
BENCH_VENV := .venv-bench

# The first interpreter that is new enough and can make environments.
FIT := import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	command -v $$p >/dev/null && $$p -c '$(FIT)' 2>/dev/null && echo $$p && break; done)

# A stamp says what an environment holds. It lies inside, so it goes when the environment goes; without it, what
# happens to be installed there is not trusted.
RUN := $(VENV)/.run-installed
PACKAGE := $(VENV)/.package-installed
DEV := $(VENV)/.dev-installed
BENCH := $(BENCH_VENV)/.installed

SOURCES := $(shell find drd -type f -not -name '*.pyc')

.PHONY: help demo dev test lint types tests cover bench pictures proof lock fmt clean

help:
	@sed -n 's/^#   //p' Makefile

demo: $(PACKAGE)
	@$(BIN)/drd demo

dev: $(PACKAGE)
	@$(BIN)/drd dev

test: lint types tests

lint: $(DEV)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	$(BIN)/deptry .

types: $(DEV)
	$(BIN)/mypy --strict drd proofs dashboards

# On all cores, a file at a time, the longest files first. One run, so that the summary at the end counts them all.
tests: $(DEV)
	$(PY) -m pytest --numprocesses=auto --dist=loadfile $(PYTEST_ARGS) $(wildcard tests/scenario tests/contract tests/property tests/unit tests/document tests/architecture)

cover: $(DEV)
	$(PY) -m pytest --cov --cov-report=term $(PYTEST_ARGS) tests

bench: $(DEV) $(BENCH)
	$(PY) -m benchmarks $(BENCH_ARGS)

pictures: $(DEV)
	$(PY) -m dashboards
	$(PY) -m dashboards.pictures $(PICTURES_ARGS)

proof: $(DEV)
	$(PY) -m proofs $(if $(ONLY),--only $(ONLY)) $(if $(SEEDS),--seeds $(SEEDS)) $(if $(KILLS),--kills $(KILLS)) \
		$(if $(COUNT),--count $(COUNT)) $(PROOF_ARGS)

# No address of a registry may enter the files: where packages come from is the business of who installs.
LOCK = UV_NO_PROGRESS=1 $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --custom-compile-command 'make lock' $(LOCK_ARGS)

lock: $(DEV)
	$(LOCK) pyproject.toml --output-file requirements/run.txt
	$(LOCK) pyproject.toml --extra otel --constraint requirements/run.txt --output-file requirements/otel.txt
	$(LOCK) pyproject.toml --extra otel --group dev --constraint requirements/otel.txt --output-file requirements/dev.txt
	$(LOCK) --group build --constraint requirements/dev.txt --output-file requirements/build.txt
	$(LOCK) --group bench --output-file requirements/bench.txt

fmt: $(DEV)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:
	rm -rf $(VENV) $(BENCH_VENV) dist build htmlcov .coverage .coverage.* .hypothesis .import_linter_cache \
		.mypy_cache .pytest_cache .ruff_cache
	find drd tests -name __pycache__ -type d -prune -exec rm -rf {} +

# ---------------------------------------------------------------------------------------------------------------------

define need_python
if [ -z "$(PYTHON)" ] || ! "$(PYTHON)" -c '$(FIT)' 2>/dev/null; then \
	echo "drd needs Python 3.11 or newer with its venv module; found: $$($(or $(PYTHON),python3) --version 2>&1 || true)." >&2; \
	echo "Hint: on Debian 12 or newer, apt-get install python3-venv; elsewhere, make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)" >&2; \
	exit 1; \
fi
endef

$(PY):
	@$(need_python)
	@echo "Making an environment in $(VENV) with $$("$(PYTHON)" --version)"
	@"$(PYTHON)" -m venv $(VENV)

$(RUN): requirements/run.txt requirements/build.txt | $(PY)
	@echo "Installing drd's dependencies, each checked against its hash"
	@$(PIP) install --require-hashes -r requirements/run.txt
	@$(PIP) install --require-hashes -r requirements/build.txt
	@touch $@

# An editable install, once made, already is the sources as they are now.
$(PACKAGE): $(RUN) pyproject.toml $(SOURCES)
	@if [ ! -e $(DEV) ]; then $(PIP) install --no-deps --no-build-isolation .; fi
	@touch $@

$(DEV): requirements/dev.txt requirements/build.txt pyproject.toml | $(PY)
	@echo "Installing drd and what develops it, each checked against its hash"
	@$(PIP) install --require-hashes -r requirements/dev.txt
	@$(PIP) install --require-hashes -r requirements/build.txt
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@ $(RUN)

$(BENCH): requirements/bench.txt
	@$(need_python)
	@"$(PYTHON)" -m venv $(BENCH_VENV)
	@$(BENCH_VENV)/bin/python -m pip --disable-pip-version-check --quiet --quiet install --require-hashes -r requirements/bench.txt
	@touch $@
