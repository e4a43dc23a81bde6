# Everything a person or a CI needs. `make help` lists it. Nothing is installed outside this folder.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules --no-print-directory

PYTHON ?= python3
BIN := .venv/bin
export PATH := $(CURDIR)/$(BIN):$(CURDIR)/node_modules/.bin:$(PATH)
export PYTHONUTF8 := 1
# A developer's own settings must not reach a local run or a test; uncompiled, each would start seconds later.
unexport PYTHONPATH PYTHONHOME PYTHONDONTWRITEBYTECODE VIRTUAL_ENV AWS_PROFILE AWS_DEFAULT_PROFILE AWS_ENDPOINT_URL
# uv does not read pip's settings: the same index serves both.
ifdef PIP_INDEX_URL
export UV_DEFAULT_INDEX ?= $(PIP_INDEX_URL)
endif

say = @echo '==>' $(1)

.PHONY: help
help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sort | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 12

.PHONY: demo
demo: setup ## Run two days of an example clinic on this machine
	@citas demo

.PHONY: test
test: setup cdk check ## Run all checks and all tests
	@pytest -n 2 --dist worksteal --durations 15 $(PYTEST)

.PHONY: check
check: setup ## Run the static checks: ruff, import contracts, mypy
	$(call say,"ruff")
	@ruff check . && ruff format --check .
	$(call say,"import-linter")
	@lint-imports | grep -vE '^[^A-Za-z]*$$'
	$(call say,"mypy")
	@mypy

.PHONY: kpi
kpi: setup ## Run a month of 2,000 appointments with faults, each KPI against its target (KPI="--seed 2")
	@citas kpi $(KPI)

.PHONY: mutants
mutants: setup cdk ## Break one thing at a time and see whether a test notices (MUTANTS="--only slots")
	@python -m tests.mutants $(MUTANTS)

.PHONY: bench
bench: setup ## Measure speed, memory and size against their targets (JSON=1 for a program)
	@python -m bench $(if $(JSON),--json)

.PHONY: cost
cost: setup cdk ## Count what 1,000 appointments use, price it and write docs/cost.md
	@python -m bench.cost

.PHONY: synth
synth: cdk ## Write the CloudFormation template to cdk.out (STAGE=dev)
	@cdk synth --quiet -c stage=$(or $(STAGE),dev)

.PHONY: deploy-help
deploy-help: setup cdk ## Print the steps of a deployment, and look at what is missing (STAGE=dev)
	@printf '%s\n' 'Deploying $(or $(STAGE),dev), step by step (docs/deploy.md):' \
	  '  . .venv/bin/activate' '  npx cdk bootstrap' '  npx cdk deploy -c stage=$(or $(STAGE),dev)' \
  '  (the very first one with -c deletion_protection=off as well: docs/deploy.md, 3)' \
	  '  citas directory push CLINIC.json --stage $(or $(STAGE),dev)' \
	  '  secrets, templates, webhook, alarms: docs/deploy.md, 4 to 8' ''
	@citas preflight --stage $(or $(STAGE),dev)

.PHONY: format
format: setup ## Format the code and write what is made of it: Retry and Catch, pictures, commands, OUT.json's schema
	@ruff check --fix . && ruff format .
	@python -m infra.definitions && python -m console.docs.pictures && python -m console.docs.commands
	@python -m console.output.schema

# ---------------------------------------------------------------- setting up

.PHONY: setup
setup: .venv/.ready ## Create .venv with every pinned requirement (done by the targets that need it)

.venv/.ready: requirements.lock pyproject.toml | .venv/.uv
	$(call say,"Installing the pinned requirements")
	@# localstripe is built here, having no wheel: the lock also pins what it is built with.
	@uv pip sync --python $(BIN)/python --require-hashes --build-constraints requirements.lock \
	  requirements.lock 2>&1 | sed '/^ [-+~] /d'
	@uv pip install --python $(BIN)/python --quiet --no-build-isolation --no-deps --editable .
	@touch $@

# Debian splits venv's pip into a package of its own; without it the system's pip does as well.
.venv/.uv:
	$(call say,"Creating .venv")
	@rm -rf .venv
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	  || { echo 'Citas needs Python 3.11 or newer (Debian: apt install python3 python3-venv).' \
	            'Where it has another name: make PYTHON=/path/to/python3' >&2; exit 1; }
	@if $(PYTHON) -c 'import ensurepip' 2>/dev/null; then \
	    $(PYTHON) -m venv .venv; pip="$(BIN)/python -m pip"; \
	  elif $(PYTHON) -m pip --version >/dev/null 2>&1; then \
	    $(PYTHON) -m venv --without-pip .venv; pip="$(PYTHON) -m pip --python $(BIN)/python"; \
	  else echo 'This Python has neither venv nor pip (Debian: apt install python3-venv).' >&2; exit 1; fi; \
	  awk '/^[a-z]/ {uv = /^uv==/} uv' requirements.lock >.venv/uv.txt; \
	  $$pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r .venv/uv.txt
	@touch $@

.PHONY: cdk
cdk: node_modules/.ready ## Install the CDK command line into node_modules

node_modules/.ready: package-lock.json | .venv/.ready
	$(call say,"Installing the CDK command line")
	@npm ci --no-progress --loglevel=error
	@touch $@

.PHONY: lock
lock: setup ## Pin again what requirements-dev.txt asks for
	@uv pip compile --quiet --no-config --universal --python-version 3.11 --generate-hashes --no-annotate \
	  --custom-compile-command 'make lock' requirements-dev.txt --output-file requirements.lock
	@npm install --package-lock-only --no-progress --loglevel=error

.PHONY: clean
clean: ## Remove everything that was generated
	@rm -rf .venv node_modules .cache .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache cdk.out build *.egg-info
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
