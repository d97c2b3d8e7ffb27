# Everything is installed into this folder: uv, SAM CLI and the AWS emulator into .tools, packages into .venv. Nothing
# global is touched. All versions are pinned, with hashes; what is installed runs without a network. It is compiled when
# it is installed: otherwise the first start takes seconds, and every start where PYTHONDONTWRITEBYTECODE is set.
UV := $(shell test -x .tools/uv/bin/uv && echo .tools/uv/bin/uv || command -v uv || echo .tools/uv/bin/uv)
PYTHON := .venv/bin/python
SES_STACK := .venv/bin/ses-stack
FUNCTION ?= Normalizer
EVENT ?= events/bounce.json

export SAM_CLI_TELEMETRY := 0

.PHONY: help setup demo down test check format lint types unit template e2e bench attack invoke pins clean

help: ## Show what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: .venv/.ready .tools/sam/.installed .tools/ministack/.installed ## Install what the repository needs, into the repository

.tools/uv/bin/uv: tools/uv.txt
	python3 -m venv .tools/uv
	.tools/uv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement tools/uv.txt
	touch $@

.venv/.ready: $(UV) requirements-dev.txt pyproject.toml
	$(UV) venv --quiet --allow-existing --python 3.13 .venv
	$(UV) pip sync --quiet --python $(PYTHON) --compile-bytecode --require-hashes requirements-dev.txt
	$(UV) pip install --quiet --python $(PYTHON) --no-deps --no-build-isolation --editable .
	$(PYTHON) -m compileall -q cli layers/shared/ses_stack
	touch $@

# ses-stack local up does the same when the pins of a tool change.
.tools/%/.installed: tools/%.txt .venv/.ready
	$(PYTHON) -m ses_stack_cli.local.installation $*
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
	AWS_DEFAULT_REGION=us-east-1 .tools/sam/bin/sam validate --lint

bench: setup ## Measure speed, cost and cold starts
	$(PYTHON) -m benchmarks

attack: setup ## Measure what an attack loses or doubles: copies of events, killed workers and redrives, hostile values
	ATTACK_SIZE=5 $(PYTHON) -m pytest tests/functions/test_flood.py tests/ses_stack/sending/test_send.py \
		tests/ses_stack/dead_letters/test_redrive_together.py tests/ses_stack/test_client.py

invoke: setup ## Invoke a deployed function: make invoke FUNCTION=Normalizer EVENT=events/bounce.json
	@$(SES_STACK) local invoke $(FUNCTION) $(EVENT)

COMPILE = $(UV) pip compile --quiet --upgrade --python-version 3.13 --generate-hashes --no-header \
	--no-emit-index-url --no-emit-find-links
pins: $(UV) ## Choose versions anew, with hashes
	$(COMPILE) --universal layers/shared/requirements.in -o layers/shared/requirements.txt
	$(COMPILE) --constraint layers/shared/requirements.txt --extra cli --group dev pyproject.toml -o requirements-dev.txt
	$(foreach tool,uv sam ministack,$(COMPILE) --universal tools/$(tool).in -o tools/$(tool).txt &&) true

clean: down ## Remove what was built; keeps .venv and .tools
	rm -rf .aws-sam .local .mypy_cache .ruff_cache .pytest_cache .hypothesis
