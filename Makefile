# Every target works from a fresh clone with Python 3.11 or later and make; Node comes from PyPI.
PYTHON ?= python3
VENV := .venv
VENV_BENCH := .venv-bench
BIN := $(CURDIR)/$(VENV)/bin
export PATH := $(BIN):$(CURDIR)/node_modules/.bin:$(PATH)
# A module of tests stays in one process, which makes what its tests share once.
PYTEST := $(BIN)/python -m pytest --numprocesses=auto --maxprocesses=4 --dist=loadfile --no-loadscope-reorder
# The code is compiled once, as where the package is installed: many tests start programs.
unexport PYTHONDONTWRITEBYTECODE
export JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION := 1

.DEFAULT_GOAL := help
SECONDS ?= 60
SEED ?= 1
.PHONY: help demo test test-all oracle mutate lint bench corpus readme messages properties lock clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(VENV)/.installed: requirements.txt requirements-dev.txt constraints.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "make: Python must be 3.11 or later, got " + sys.version.split()[0] + "; set PYTHON=/path/to/python3")'
	@echo "Installing the pinned Python packages into $(VENV) (about a minute the first time)"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -r requirements-dev.txt -e .
	@touch $@

node_modules/.installed: $(VENV)/.installed package.json package-lock.json
	@echo "Installing the pinned CDK command line"
	@$(BIN)/npm ci --silent
	@touch $@

demo: node_modules/.installed ## deploy a reference app to an embedded AWS and report what runs there: REFERENCE=multi-account
	@$(BIN)/python -m demo $(REFERENCE)

test: node_modules/.installed ## run every test, on each processor
	@$(PYTEST) --durations=10

test-all: node_modules/.installed ## run every test and the long runs of the random ones (many minutes)
	@$(PYTEST) --durations=30 -m "" --hypothesis-profile=long

oracle: $(VENV)/.installed ## put random conditions into templates, fold them away, compare: SECONDS=… SEED=…
	@$(BIN)/python -m tests.oracle --seconds $(SECONDS) --seed $(SEED)

mutate: $(VENV)/.installed ## change proven templates in every place, one by one, and judge each: BASES=… CLASSES=…
	@$(BIN)/python -m tests.mutations $(BASES:%=--base %) $(CLASSES:%=--class %)

lint: $(VENV)/.installed ## check format, lint and strict types
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy

readme: $(VENV)/.installed ## write the generated parts of the README and of docs/rules.md anew
	@$(BIN)/python -m tests.readme --write

messages: $(VENV)/.installed ## write the file of all messages anew, tests/snapshots/messages.txt
	@$(BIN)/python -m tests.messages --write

properties: $(VENV)/.installed ## write the table of properties anew, and list those that nobody has looked at
	@$(BIN)/python -m tests.pull.properties

$(VENV_BENCH)/.installed: requirements-bench.txt
	@echo "Installing cfn-lint and checkov into $(VENV_BENCH) (about a minute the first time)"
	@$(PYTHON) -m venv $(VENV_BENCH)
	@$(VENV_BENCH)/bin/python -m pip install --quiet --disable-pip-version-check -r requirements-bench.txt
	@touch $@

bench: $(VENV)/.installed $(VENV_BENCH)/.installed ## measure the judge beside cfn-lint, checkov and cdk-nag (minutes)
	@$(BIN)/python -m bench $(VENV_BENCH)/bin

corpus: $(VENV)/.installed ## judge each template below FOLDER=… by itself: no crash, time, verdicts, errors
	@$(BIN)/python -m tests.corpus $(if $(FOLDER),"$(FOLDER)")

lock: $(VENV)/.installed ## write constraints.txt anew from what is installed
	@head -n 1 constraints.txt > $(VENV)/constraints.txt
	@$(BIN)/python -m pip freeze --exclude-editable >> $(VENV)/constraints.txt
	@mv $(VENV)/constraints.txt constraints.txt

clean: ## remove everything that the other targets made
	@rm -rf $(VENV) $(VENV_BENCH) node_modules cdk.out build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
