# Every target prepares .venv by itself: `make demo` on a fresh clone needs python3 (3.11 or newer) and nothing else.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
TERRAFORM ?= terraform
# Two stamps: a changed lock rebuilds the environment from nothing, a changed pyproject.toml only reinstalls the project.
LOCKED := $(VENV)/.locked
INSTALLED := $(VENV)/.installed
PIP := $(BIN)/python -m pip --quiet --quiet --disable-pip-version-check --no-input

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

.PHONY: help
help: ## Show this list
	@awk 'BEGIN {FS = ":.*## "} /^[a-z0-9-]+:.*## / {printf "  %-20s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: venv
venv: $(INSTALLED) ## Prepare .venv with the locked versions and the project itself (editable)

$(LOCKED): requirements/dev.lock
	@command -v $(PYTHON) >/dev/null || { echo "make: $(PYTHON) was not found; install Python 3.11 or newer" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "make: Python 3.11 or newer is needed, but $(PYTHON) is $$($(PYTHON) -V 2>&1); name another with make PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "make: $(PYTHON) has no venv module; on Debian: apt-get install python3-venv" >&2; exit 1; }
	@echo "Preparing $(VENV) (about a minute, once)"
	@$(PYTHON) -m venv --clear $(VENV)
	@$(PIP) install --require-hashes -r requirements/dev.lock
	@touch $@

$(INSTALLED): pyproject.toml $(LOCKED)
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

# One more than there are processors, since one of them mostly waits for Terraform, others for servers to start.
WORKERS ?= $(shell expr $$(getconf _NPROCESSORS_ONLN) + 1)
PYTEST := $(BIN)/python -m pytest -n $(WORKERS)
TESTS := tests/unit tests/integration
# The integration tests start the embedded PostgreSQL; TEST_DB_URL in the environment names another server.

.PHONY: demo
demo: venv ## Collect, credit and report made-up pull requests against an embedded PostgreSQL
	@$(BIN)/github-tracker demo

.PHONY: test test-unit test-integration test-postgresql15
test: venv ## Run the unit and then the integration tests (TEST_DB_URL=... uses that server)
	$(PYTEST) $(TESTS)

test-unit: venv ## Run the unit tests: no network, disk, sleep or wall clock
	$(PYTEST) tests/unit

test-integration: venv ## Run the integration tests
	$(PYTEST) tests/integration

test-postgresql15: venv ## Run the tests that use a server against a throwaway PostgreSQL 15 of this machine
	tools/with_postgresql.sh 15 $(PYTEST) --on-server tests/integration

# Debian's browser follows the machine's updates; where it is elsewhere, CHROMIUM names it.
BROWSER = $(or $(CHROMIUM),$(shell command -v chromium || command -v chromium-browser || command -v google-chrome))
.PHONY: browser test-browser screenshots
browser: ## Install the browser that the page is tested in, where apt-get may
	@if [ -n "$(BROWSER)" ]; then echo "There is a browser: $(BROWSER)"; \
	elif [ "$$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then \
		apt-get -qq update && apt-get -qq install --yes --no-install-recommends chromium >/dev/null; \
	else \
		echo "make: no browser was found, and it cannot be installed here. On Debian or Ubuntu: sudo apt-get install" \
			"chromium; on macOS: brew install --cask chromium; one elsewhere is named by CHROMIUM=/path/to/it" >&2; exit 1; \
	fi

test-browser: venv browser ## Test the page in a real browser (pictures: build/screenshots)
	$(PYTEST) tests/integration/test_page_*.py

screenshots: venv browser ## Take the documents' pictures of the demonstration again
	$(BIN)/python -m tools.screenshots

.PHONY: torture
torture: venv ## Kill, cut off and double real collections, then audit what is left (about 15 minutes; ARGS=--help)
	$(BIN)/python -m tests.torture $(ARGS)

.PHONY: scale
scale: venv ## Simulate 10,000 repositories and 100 workers in virtual time (some minutes; ARGS=--help)
	$(BIN)/python -m tests.scale $(ARGS)

.PHONY: fuzz
fuzz: venv ## Ask the metrics API rightly and wrongly, at least 10,000 times (some minutes; ARGS=--help)
	$(BIN)/python -m tests.fuzz_api $(ARGS)

.PHONY: bench bench-large bench-writes bench-reads bench-partitions bench-imports bench-attribution
# With ARGS, which are those of the first, collecting alone.
bench: venv ## Measure collecting beside the least that could do it, writes and imports (some minutes; ARGS=--help)
	$(BIN)/python -m benchmarks.collecting $(ARGS)
	$(if $(ARGS),,$(BIN)/python -m benchmarks.writes)
	$(if $(ARGS),,$(BIN)/python -m benchmarks.imports)

bench-large: venv ## Measure 100,000 pull requests beside 10,000: processor time of each, and memory (ARGS=--help)
	$(BIN)/python -m benchmarks.growth $(ARGS)

bench-writes: venv ## Measure writing to PostgreSQL row by row and set by set, with its log (ARGS=--help)
	$(BIN)/python -m benchmarks.writes $(ARGS)

bench-reads: venv ## Measure reading figures as the store grows, ready and just touched (some minutes; ARGS=--help)
	$(BIN)/python -m benchmarks.reads $(ARGS)

bench-partitions: venv ## Measure a store that is partitioned by year beside a plain one (some minutes; ARGS=--help)
	$(BIN)/python -m benchmarks.partitions $(ARGS)

bench-imports: venv ## Measure what each entrypoint imports before it does anything (ARGS=--help)
	$(BIN)/python -m benchmarks.imports $(ARGS)

bench-attribution: venv ## Measure how many pull requests a second of CPU are attributed (ARGS=--help)
	$(BIN)/python -m benchmarks.attribution $(ARGS)

.PHONY: check lint types imports locks coverage wheel readme
check: venv ## Run everything that a commit must pass
	@$(MAKE) --no-print-directory --jobs=2 --output-sync=target BESIDE_EACH_OTHER=yes readme lint types imports locks wheel
	@$(MAKE) --no-print-directory coverage

lint: venv ## Check style and format
	$(BIN)/ruff check
	$(BIN)/ruff format --check

types: venv ## Check types of the package, the tests, the tools and the measurements
	$(BIN)/mypy

imports: venv ## Check that imports point one way
	$(BIN)/lint-imports --no-logo

locks: venv ## Check that the lock files are pinned, hashed, up to date and name no address
	$(BIN)/python -m tools.check_locks

coverage: venv ## Run all tests; the unit tests and two more must cover domain and application to 95 % each, branches included
	$(PYTEST) --cov --cov-report= $(TESTS)
	$(BIN)/coverage report --include='src/domain/*'
	$(BIN)/coverage report --include='src/application/*'

wheel: venv ## Build the wheel in a clean copy and compare it with the tree
	$(BIN)/python -m tools.check_wheel

readme: venv ## Run the commands of the documents in a fresh copy
	$(BIN)/python -m tools.check_readme

# Makes the zips' bytecode, and must be of Lambda's release; where there is none, the zips work and start more slowly.
LAMBDA_PYTHON ?= python3.13
.PHONY: lambda
lambda: venv ## Build and check dist/lambda/{collector,api}.zip for AWS Lambda on arm64
	$(BIN)/python -m tools.build_lambda --python $(LAMBDA_PYTHON)

.PHONY: infra-check
infra-check: ## Check format and validity of infra/, with Terraform or OpenTofu (TF_PLUGIN_DIR=... holds the provider)
	@command -v $(TERRAFORM) >/dev/null || { echo "make: $(TERRAFORM) was not found" >&2; exit 1; }
	$(TERRAFORM) -chdir=infra fmt -check -diff
	$(TERRAFORM) -chdir=infra init -backend=false -input=false $(if $(TF_PLUGIN_DIR),-plugin-dir=$(abspath $(TF_PLUGIN_DIR)))
	$(TERRAFORM) -chdir=infra validate

.PHONY: format lock clean
format: venv ## Format the code and mend what ruff can mend safely
	$(BIN)/ruff check --fix-only
	$(BIN)/ruff format

UV_COMPILE := $(BIN)/uv pip compile --quiet --generate-hashes --universal --python-version 3.11 \
	--no-emit-index-url --no-emit-find-links --no-header --no-strip-extras
# What runs has been tested: every other lock takes its versions from dev.lock.
AS_TESTED := $(UV_COMPILE) --constraint requirements/dev.lock
# Litestar requires these for its command line, its test client and its made-up examples; what the API serves needs none.
NOT_IN_API := certifi click colorama faker h11 httpcore httpx litestar-htmx markdown-it-py mdurl polyfactory pygments \
	rich rich-click
lock: venv ## Lock the dependencies of pyproject.toml again (UPGRADE=--upgrade takes the newest)
	$(UV_COMPILE) $(UPGRADE) --extra embedded --extra api --extra aws --extra dev --output-file requirements/dev.lock pyproject.toml
	$(AS_TESTED) --extra embedded --output-file requirements/run.lock pyproject.toml
	$(AS_TESTED) --extra api --output-file requirements/api.lock pyproject.toml
	$(AS_TESTED) --group pyproject.toml:lambda-collector --output-file requirements/lambda-collector.lock
	$(AS_TESTED) $(NOT_IN_API:%=--no-emit-package %) --group pyproject.toml:lambda-api --output-file requirements/lambda-api.lock
	$(BIN)/python -m tools.check_locks

clean: ## Stop the embedded server and remove .venv, its data and what builds and checks left
	@if [ -e $(INSTALLED) ]; then $(BIN)/python -m tools.stop_embedded; fi
	rm -rf $(VENV) build dist *.egg-info htmlcov .coverage .coverage.* \
		.mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Tests share .coverage and the embedded server. What `check` begins with keeps one processor busy each and shares nothing:
# the documents' commands have a copy of their own.
ifndef BESIDE_EACH_OTHER
.NOTPARALLEL:
endif
