# make run: fresh machine to running product. make test: fresh machine to tested product. Only Python 3.11+ is needed.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DUMP ?= demo
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PYTHONSAFEPATH := 1

.PHONY: run setup native neo4j test lint check faults fuzz lock docs deploy clean

run: setup
	@$(BIN)/linernotes up --load "$(DUMP)" --build-native

setup: $(VENV)/.installed

$(VENV)/.installed: requirements.txt pyproject.toml
	@$(PYTHON) infra/setup/check_python.py
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "installing linernotes into $(VENV) …"
	@$(BIN)/python -m pip install --quiet --require-hashes --only-binary :all: -r requirements.txt
	@$(BIN)/python -m pip install --quiet --no-deps --no-index --no-build-isolation --editable .
	@touch $@

# The native engine, where cargo is; everything works without it.
native: setup
	@$(BIN)/python infra/setup/build_native.py

# The jars of Neo4j, where maven and a JDK are; everything works without them.
neo4j:
	@$(PYTHON) infra/setup/fetch_neo4j.py

$(VENV)/.dev-installed: requirements-dev.txt $(VENV)/.installed
	@echo "installing the tools of the tests …"
	@$(BIN)/python -m pip install --quiet --require-hashes --only-binary :all: -r requirements-dev.txt
	@touch $@

test: $(VENV)/.dev-installed
	@$(BIN)/python tests/run.py

lint: $(VENV)/.dev-installed
	@$(BIN)/python tests/run.py lint

# The quick loop while working: style, types, layers and unit tests.
check: $(VENV)/.dev-installed
	@$(BIN)/python tests/run.py lint unit

faults: $(VENV)/.dev-installed
	@LINERNOTES_CRASHES=2000 LINERNOTES_FAULT_ROUNDS=5 LINERNOTES_SWEEPS=1 $(BIN)/python tests/run.py faults acceptance integration

# Both engines on damaged records for half an hour; another SEED draws others.
fuzz: SEED ?= 1
fuzz: $(VENV)/.dev-installed native
	@LINERNOTES_FUZZ_SECONDS=1800 LINERNOTES_FUZZ_SEED=$(SEED) $(BIN)/python tests/run.py fuzz

docs: $(VENV)/.dev-installed
	@$(BIN)/python -m infra.generate_docs

# compose.yml and compose.dev.yml, from infra/deploy/compose/ and the function table.
deploy: setup
	@$(BIN)/python -m infra.deploy.compose

lock:
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
		--extra build pyproject.toml -o requirements.txt
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
		--extra build --extra dev -c requirements.txt pyproject.toml -o requirements-dev.txt

clean:
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache
