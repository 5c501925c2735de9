# Signet: `make run` starts everything on this machine, `make test` checks everything.

VENV ?= .venv
PYTHON ?= python3
WORKERS ?= 2

BIN := $(VENV)/bin
RUNTIME := $(VENV)/.runtime-installed
DEVELOPMENT := $(VENV)/.development-installed

.DEFAULT_GOAL := help
.PHONY: help run test soak lint format bench provision manage lock

help:  ## Show this help
	@awk -F ':.*  ## ' '/^[a-z]+:.*  ## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

run: $(RUNTIME)  ## Start Signet here: database, web server, worker, demo relying party
	@exec $(BIN)/python -m identity.config.running

test: $(DEVELOPMENT) lint  ## Lint, then every test (SIGNET_TEST_SIZE=small|soak)
	@sh .ci/system-packages
	@sh .ci/node-packages
	@# A folder of its own: a second run of pytest would close the first one's to the database.
	@folder=$$(mktemp -d) && $(BIN)/python -m pytest -n $(WORKERS) --basetemp="$$folder/tests" $(TESTS) \
		&& rm -rf "$$folder"

soak: $(DEVELOPMENT)  ## Long randomised tests; writes docs/soak.md
	@sh .ci/system-packages
	@sh .ci/node-packages
	$(BIN)/python -m tests.soak -n $(WORKERS)

lint: $(DEVELOPMENT)  ## ruff, mypy, import-linter, djlint
	$(BIN)/ruff check --quiet .
	$(BIN)/ruff format --check --quiet .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache --no-logo
	$(BIN)/djlint --check --lint templates

format: $(DEVELOPMENT)  ## Put the code into the form that lint asks for
	$(BIN)/ruff check --quiet --fix .
	$(BIN)/ruff format --quiet .

bench: $(DEVELOPMENT)  ## Measure against the peers (benchmarks/README.md)
	$(BIN)/python -m benchmarks

provision: $(RUNTIME)  ## Apply a file: make provision FILE=tenants.yaml
	@test -n "$(FILE)" || { echo "make provision FILE=tenants.yaml"; exit 2; }
	@$(BIN)/python manage.py provision "$(FILE)"

lock: requirements/lock  ## Write the lock files anew, with the newest versions allowed
	requirements/lock --upgrade

# What the tests install contains what runs, so installing it satisfies both.
$(RUNTIME): requirements/runtime.txt
	@requirements/install $(VENV) $$(test -e $(DEVELOPMENT) && echo dev || echo runtime)
	@touch $@

$(DEVELOPMENT): requirements/dev.txt requirements/runtime.txt
	@requirements/install $(VENV) dev
	@touch $@ $(RUNTIME)
