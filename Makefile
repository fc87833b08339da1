PYTHON ?= python3
UV ?= uv
# Number of test processes, which share the MySQL server.
WORKERS ?= $(shell n=$$(nproc); [ $$n -gt 8 ] && n=8; echo $$n)
# Each process begins with a part of the tests that follow each other, which share what their module sets up; one that
# has finished takes over half of what another one has left.
DISTRIBUTED := -n $(WORKERS) --dist worksteal
# Further arguments of pytest, of the benchmark, of `shop serve`.
ARGS ?=

VENV := .venv
BIN := $(VENV)/bin
PIP_INSTALL := $(BIN)/python -m pip install --quiet
MYSQL := $(BIN)/python -m tests.mysql_server
CHROMIUM := $(BIN)/python -m tests.chromium

export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_NO_INPUT := 1

.DEFAULT_GOAL := help
.PHONY: help install run test test-fast test-long lint format bench requirements screenshots pictures postman docs clean

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

install: $(VENV)/.installed ## create .venv with the shop and its pinned dependencies

run: install ## start the shop on 127.0.0.1:8000 with an embedded database
	@exec $(BIN)/shop serve $(ARGS)

# Python keeps what it has compiled, whatever the environment says: tests start many processes.
test test-fast test-long: export PYTHONDONTWRITEBYTECODE :=

test: $(VENV)/.installed-dev ## run the tests, including those on a real MySQL server and in a real browser
	@$(CHROMIUM)
	@$(MYSQL) --exec $(BIN)/python -m pytest $(DISTRIBUTED) -m "not long" $(ARGS)

test-fast: $(VENV)/.installed-dev ## run only the tests that need no MySQL server
	@$(CHROMIUM)
	@$(BIN)/python -m pytest $(DISTRIBUTED) -m "not mysql and not long" $(ARGS)

test-long: $(VENV)/.installed-dev ## run the complete sweeps and long simulations that `make test` runs a part of
	@$(CHROMIUM)
	@$(MYSQL) --exec $(BIN)/python -m pytest $(DISTRIBUTED) -m long $(ARGS)

lint: $(VENV)/.installed-dev ## check format, style, types and the direction of imports
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

format: $(VENV)/.installed-dev ## format the code and fix what can be fixed automatically
	$(BIN)/ruff check --fix-only
	$(BIN)/ruff format

bench: $(VENV)/.installed-dev ## measure the shop against its upper bounds, on a durable MySQL server
	@$(MYSQL) --durable --exec $(BIN)/python -m bench $(ARGS)

# No file may name a package index, so the outputs have neither headers nor locations.
COMPILE = $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-header --no-annotate --no-emit-index-url --no-emit-find-links
requirements: ## pin the dependencies again, with uv (ARGS=--upgrade for newer ones)
	$(COMPILE) $(ARGS) pyproject.toml -o requirements/run.txt
	$(COMPILE) $(ARGS) requirements/build.in -o requirements/build.txt
	$(COMPILE) $(ARGS) requirements/dev.in -o requirements/dev.txt
	$(COMPILE) $(ARGS) requirements/node.in -o requirements/node.txt

screenshots: $(VENV)/.installed-dev ## take screenshots of every view, in build/screenshots (ARGS=--docs for the docs too)
	@$(CHROMIUM)
	@$(BIN)/python -m tools.screenshots $(ARGS)

pictures: $(VENV)/.installed-dev ## render the drawings of products that have no picture yet (ARGS=--all for all)
	@$(CHROMIUM)
	@$(BIN)/python -m tools.pictures $(ARGS)

postman: $(VENV)/.installed ## record the Postman collection again
	@$(BIN)/python -m tools.postman

docs: postman ## write all generated pages (except the API's shape, which belongs to releases)
	@$(BIN)/shop settings --example > .env.example
	@$(BIN)/shop settings --markdown > docs/configuration.md
	@$(BIN)/python -m tools.permissions_table
	@$(BIN)/python -m tools.mysql_grants

clean: ## remove generated files, except the shop's database and its key
	rm -rf $(VENV) .cache .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache build dist
	find bench migrations src tests tools -name __pycache__ -prune -exec rm -rf {} + 2>/dev/null || true

$(VENV)/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "The shop needs Python 3.11 or newer; name one with 'make PYTHON=…'." >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
		{ echo "This Python can't make virtual environments: on Debian, install the package python3-venv." >&2; exit 1; }
	@echo "Making $(VENV)"
	@$(PYTHON) -m venv --clear $(VENV)
	@touch $@

$(VENV)/.installed: $(VENV)/.made pyproject.toml requirements/run.txt requirements/build.txt
	@echo "Installing the dependencies"
	@$(PIP_INSTALL) --require-hashes -r requirements/run.txt -r requirements/build.txt
	@$(PIP_INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed requirements/dev.txt
	@echo "Installing the dependencies of tests and checks"
	@$(PIP_INSTALL) --require-hashes -r requirements/dev.txt
	@touch $@
