# The commands a person types. `make run` and `make test` are all that a new machine needs.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check
ARGS ?=

.PHONY: run test check bench setup dev pictures clean

run: $(VENV)/.installed ## set up, migrate, prepare the model, serve, print the address
	$(BIN)/python -m app serve $(ARGS)

setup: $(VENV)/.installed ## only the Python environment of `make run`

dev: $(VENV)/.installed-dev ## what tests and checks need as well

test: $(VENV)/.installed-dev ## Python tests (real SQLite, PostgreSQL and Chromium where they are)
	$(BIN)/python -m pytest --cov --cov-report=term $(ARGS)

check: $(VENV)/.installed-dev tests/js/node_modules/.installed ## lint, types, import rules, JavaScript
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	npm --prefix tests/js run --silent types
	npm --prefix tests/js run --silent test

bench: $(VENV)/.installed-dev ## the README's table, measured on this machine
	$(BIN)/python -m tests.bench $(ARGS)

pictures: $(VENV)/.installed-dev ## the README's and the guide's screenshots, from a server at ARGS
	$(BIN)/python -m tests.pictures $(ARGS)

clean: ## forget the environment and every derived file
	rm -rf $(VENV) data tests/js/node_modules .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(VENV)/.installed: pyproject.toml constraints.txt
	@echo "Setting up $(VENV): a few minutes the first time."
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) install -c constraints.txt -e .
	touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	$(PIP) install -c constraints.txt -e '.[dev]'
	touch $@

tests/js/node_modules/.installed: tests/js/package.json
	npm --prefix tests/js install --silent --no-audit --no-fund
	touch $@
