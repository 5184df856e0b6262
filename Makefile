# The front doors of the project. `make help` lists them.
# Needed: Python >= 3.11 with venv, make and git. Everything else comes from the hash-pinned lock files.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DONE := $(VENV)/.done
UV := $(BIN)/uv
# The folder for temporary files keeps the lock files of uv inside.
INSTALL := TMPDIR=$(CURDIR)/$(DONE) $(UV) pip install --quiet --python $(BIN)/python
COMPILE := $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes
export UV_LINK_MODE ?= copy

# uv does not read pip's settings: a mirror that pip was told of serves it too.
ifdef PIP_INDEX_URL
export UV_DEFAULT_INDEX ?= $(PIP_INDEX_URL)
endif

# Modules that are checked by `mypy --strict`: no CKAN type reaches them.
JAMBI := ckanext-jambi/ckanext/jambi
STRICT := harvesters/jambi_harvesters $(JAMBI)/launcher $(wildcard $(JAMBI)/demo_city $(JAMBI)/freshness/rules) \
	$(wildcard $(addprefix $(JAMBI)/, chain.py clock.py day_words.py errors.py frequency.py working_days.py harvest/diff.py \
	harvest/guard.py harvest/loosening.py metadata/areas.py metadata/pii metadata/requirements.py metadata/row_guard.py \
	metadata/vocabularies.py))

.DEFAULT_GOAL := help
# How many histories each property of the index is tried on while one works; `make test` tries 500.
CHECK_EXAMPLES := 25
CHECKS := check-types check-fast-tests check-format check-lint check-contracts check-shape
.PHONY: help up test check lock bench drill $(CHECKS)

help: ## Show this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1|\2/' | column -t -s '|' 2>/dev/null \
		|| grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST)

up: $(DONE)/run ## Start the portal; ARGS="--detach --port 5000" goes to `jambi up`
	@$(BIN)/jambi up $(ARGS)

test: $(DONE)/dev ## Run all tests, level by level; LEVELS="unit ckan" runs some
	@$(BIN)/python tools/levels $(LEVELS)

check: $(DONE)/dev ## Check format, lint, types, import contracts, shape, and run the fast tests
	@$(MAKE) --no-print-directory --keep-going --jobs=2 --output-sync=target $(CHECKS)

check-types:
	$(BIN)/mypy --cache-dir .mypy_cache/strict --strict $(STRICT)
	$(BIN)/mypy $(JAMBI)
check-fast-tests:
	@JAMBI_EXAMPLES=$(CHECK_EXAMPLES) $(BIN)/python tools/levels unit
check-format:
	$(BIN)/ruff format --check .
check-lint:
	$(BIN)/ruff check .
check-contracts:
	$(BIN)/lint-imports
check-shape:
	$(BIN)/python tools/shape .

lock: $(DONE)/uv ## Resolve the lock files anew from their .in files
	$(COMPILE) uv.in -o uv.txt
	$(COMPILE) build.in -o build-constraints.txt
	$(COMPILE) --excludes excludes.txt requirements.in -o requirements.txt
	$(COMPILE) --excludes excludes.txt requirements-dev.in -o requirements-dev.txt

bench: $(DONE)/dev ## Run the benchmarks and judge their ratios; ARGS="--full harvest" takes full sizes, or some
	@$(BIN)/python benchmarks/all.py $(ARGS)

drill: $(DONE)/dev ## Run the long proofs: bare machine (needs root), front doors, every kill point, histories, suites of CKAN and ckanext-harvest
	tests/drill/bare_root
	$(PYTHON) tests/drill/front_doors --year
	@$(BIN)/python tools/levels drill
	@$(BIN)/python tests/core/run.py
	@$(BIN)/python tests/core/run.py --suite harvest
	@$(BIN)/python tests/core/run.py --suite portal

$(DONE)/uv: uv.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or later is needed; name one: make PYTHON=/path/to/python3 ..."; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || \
		{ echo "Python's venv is missing: install python3-venv (Debian, Ubuntu) and run make again."; exit 1; }
	@echo "Making $(VENV)"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r uv.txt
	@mkdir -p $(DONE) && touch $@

$(DONE)/run: $(DONE)/uv requirements.txt build-constraints.txt pyproject.toml setup.py
	@echo "Installing the packages of requirements.txt"
	@$(INSTALL) --compile-bytecode --no-deps --require-hashes --build-constraints build-constraints.txt \
		--require-build-hashes -r requirements.txt
	@$(INSTALL) --no-deps --no-build-isolation -e .
	@touch $@

$(DONE)/dev: $(DONE)/run requirements-dev.txt
	@echo "Installing the packages of requirements-dev.txt"
	@$(INSTALL) --compile-bytecode --no-deps --require-hashes --build-constraints build-constraints.txt \
		-r requirements-dev.txt
	@touch $@
