# Everything is installed into this folder: uv into .tools, packages into .venv. Nothing global is touched.
UV := $(shell test -x .tools/uv/bin/uv && echo .tools/uv/bin/uv || command -v uv || echo .tools/uv/bin/uv)
PYTHON := .venv/bin/python
SES_STACK := .venv/bin/ses-stack
SAM := $(UV) tool run --quiet --python $(PYTHON) --from aws-sam-cli==1.170.0 sam
FUNCTION ?= Normalizer
EVENT ?= events/bounce.json

export SAM_CLI_TELEMETRY := 0

.PHONY: help setup demo down test check format lint types unit template e2e bench invoke pins clean

help: ## Show what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: .venv/.ready ## Install what the repository needs, into the repository

.tools/uv/bin/uv:
	python3 -m venv .tools/uv
	.tools/uv/bin/python -m pip install --quiet --disable-pip-version-check uv==0.13.9

.venv/.ready: $(UV) requirements-dev.txt pyproject.toml
	$(UV) venv --quiet --allow-existing --python 3.13 .venv
	$(UV) pip sync --quiet --python $(PYTHON) --require-hashes requirements-dev.txt
	$(UV) pip install --quiet --python $(PYTHON) --no-deps --editable .
	touch $@

demo: setup ## Bring up the local cloud, send 200 messages, and compare what was published with what was stored
	@$(SES_STACK) local demo

down: setup ## Stop the local cloud
	@$(SES_STACK) local down

test: check ## Run everything: format, lint, types, unit, integration, template, the deployed local cloud

# Two at a time, each with a local cloud of its own: end-to-end tests mostly wait.
check: setup format lint types template
	$(PYTHON) -m pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder

format:
	.venv/bin/ruff format --check .

lint:
	.venv/bin/ruff check .

types:
	.venv/bin/mypy

unit: setup ## Run the tests that need no local cloud
	$(PYTHON) -m pytest -m "not e2e"

template: setup
	.venv/bin/cfn-lint template.yaml
	AWS_DEFAULT_REGION=us-east-1 $(SAM) validate --lint

bench: setup ## Measure speed, cost and cold starts
	$(PYTHON) -m benchmarks

invoke: setup ## Invoke a deployed function: make invoke FUNCTION=Normalizer EVENT=events/bounce.json
	@$(SES_STACK) local invoke $(FUNCTION) $(EVENT)

pins: $(UV) ## Choose versions anew, with hashes
	$(UV) pip compile --quiet --python-version 3.13 --universal --generate-hashes --no-emit-index-url --no-header \
		layers/shared/requirements.in -o layers/shared/requirements.txt
	$(UV) pip compile --quiet --python-version 3.13 --generate-hashes --no-emit-index-url --no-header \
		--extra cli --group dev pyproject.toml -o requirements-dev.txt

clean: down ## Remove what was built; keeps .venv and .tools
	rm -rf .aws-sam .local .mypy_cache .ruff_cache .pytest_cache .hypothesis
