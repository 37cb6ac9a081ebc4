# Every command sets up what it needs and does so once. `make` alone explains them.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.NOTPARALLEL:
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
CONFIG ?= mirror.yaml
export PATH := $(CURDIR)/.venv/bin:$(CURDIR)/node_modules/.bin:$(PATH)
# Node comes as a Python package; jsii and the CDK CLI must not fall back to an older one on the machine.
export JSII_NODE := $(CURDIR)/.venv/bin/node
export PYTHONDONTWRITEBYTECODE := 1

.PHONY: help
help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' Makefile

.PHONY: setup setup-interop setup-tests
setup:
	@PYTHON='$(PYTHON)' scripts/setup.sh
setup-interop:
	@PYTHON='$(PYTHON)' scripts/setup.sh interop
setup-tests:
	@PYTHON='$(PYTHON)' scripts/setup.sh interop checkov

.PHONY: demo
demo: setup ## the whole way in a sandbox on this machine: deploy, build, look, build again (KEEP=1 leaves it up)
	@exec python -m sandbox demo --config '$(CONFIG)'

.PHONY: plan
plan: setup ## what a run would copy, and what that costs; changes nothing (CONFIG=mirror.yaml)
	@python -m mirror plan --config '$(CONFIG)' $(ARGS)

.PHONY: status
status: setup ## the status page of the last sandbox run in a browser (without one, after a `make demo`)
	@test -e reports/status.html || python -m sandbox demo --config '$(CONFIG)'
	@python -m console status

.PHONY: synth
synth: setup ## the CloudFormation templates, into cdk.out; needs no AWS account
	@cdk synth --quiet -c config='$(CONFIG)'

.PHONY: bootstrap
bootstrap: setup ## cdk bootstrap of the account and both regions, once
	@cdk bootstrap -c config='$(CONFIG)' $(ARGS)

.PHONY: deploy
deploy: setup ## cdk deploy --all into the account of your AWS credentials
	@cdk deploy --all -c config='$(CONFIG)' $(ARGS)

.PHONY: test
test: setup-tests ## all tests (ARGS='-k name' for some)
	@python -m pytest -q -n auto --dist loadfile $(ARGS)

.PHONY: bench
bench: setup-interop ## compare with skopeo, and with crane and regsync where they are installed (ARGS='near --scale 1')
	@python -m bench $(ARGS)

.PHONY: lint
lint: setup ## formatter, linter, types and import contracts, no tests
	@ruff format --check .
	@ruff check .
	@mypy
	@lint-imports --no-cache

.PHONY: check
check: lint test ## everything that must hold before a change lands

.PHONY: format
format: setup ## put the code into the formatter's shape
	@ruff format .
	@ruff check --fix .

.PHONY: lock
lock: setup ## new locks from requirements*.txt, with hashes, for Python 3.11 to 3.14
	@python -m venv .tools/uv && .tools/uv/bin/pip install --quiet --disable-pip-version-check uv
	@for each in requirements.lock:requirements-dev.txt requirements-checkov.lock:requirements-checkov.txt; do \
	  .tools/uv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	    --no-header -o "$${each%:*}" "$${each#*:}"; \
	done

.PHONY: clean
clean: ## remove all that these commands made
	@rm -rf .venv .tools node_modules cdk.out .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage*
