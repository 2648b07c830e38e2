# `make` alone prints the targets. Everything is set up on first use, in .venv, from the hash-locked
# requirements; `uv` is used when it is on the PATH, `venv` and `pip` otherwise.

MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PYTHON ?= $(shell command -v python3.11 || command -v python3)
UV     := $(shell command -v uv 2>/dev/null)
BIN    := .venv/bin
PREFIX ?= $(HOME)/.local
ARGS   ?=

ifdef UV
new-venv = $(UV) venv --quiet --clear --python $(PYTHON) $(1)
pip      = $(UV) pip install --quiet --python $(1)/bin/python
else
new-venv = $(PYTHON) -m venv --clear $(1)
pip      = $(1)/bin/python -m pip install --quiet --quiet --disable-pip-version-check --no-input
endif
# The package itself is built with what build.txt pins; nothing is fetched outside the locks.
locked   = $(call pip,$(1)) --require-hashes --requirement requirements/$(2).txt
package  = $(call pip,$(1)) --no-deps --no-build-isolation

.PHONY: help
help: ## Print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

FONTS  := cleargate/web/console/static/fonts
.PHONY: fonts
fonts: ## Fetch the fonts of the pages, where npm is; without them they use the system's
	@sh requirements/fonts.sh $(FONTS)

.PHONY: demo
demo: .venv/.run fonts ## Build the invented county, take the tour, serve it (ARGS="--no-serve")
	@$(BIN)/cleargate demo $(ARGS)

.PHONY: serve
serve: .venv/.run ## Serve a jurisdiction: make serve DIR=folder
	@$(if $(DIR),,echo "Say which jurisdiction: make serve DIR=folder" >&2; exit 2)
	@$(BIN)/cleargate serve $(DIR) $(ARGS)

.PHONY: install
install: fonts ## Install the command for this user (PREFIX=~/.local)
	@$(call new-venv,$(PREFIX)/lib/cleargate)
	@$(call locked,$(PREFIX)/lib/cleargate,build)
	@$(call locked,$(PREFIX)/lib/cleargate,run)
	@$(call package,$(PREFIX)/lib/cleargate) .
	@mkdir -p $(PREFIX)/bin && ln -sf $(PREFIX)/lib/cleargate/bin/cleargate $(PREFIX)/bin/cleargate
	@echo "Installed $(PREFIX)/bin/cleargate"

.PHONY: lint
lint: .venv/.dev ## Style, types, floors and the one door
	@echo "ruff";         $(BIN)/ruff check --quiet . && $(BIN)/ruff format --quiet --check .
	@echo "mypy";         $(BIN)/mypy --no-error-summary
	@echo "import-linter"; $(BIN)/lint-imports --no-logo

.PHONY: test
test: lint ## All checks and tests (ARGS="-k name" to choose)
	@echo "pytest";       $(BIN)/pytest --quiet --numprocesses 2 --dist loadfile $(ARGS)

.PHONY: test-long
test-long: lint ## The same with the long tests, more examples, and coverage
	@$(BIN)/coverage erase
	@$(BIN)/coverage run -m pytest --quiet -m "" --hypothesis-profile long $(ARGS)
	@$(BIN)/coverage combine --quiet && $(BIN)/coverage report

.PHONY: foreign
foreign: .venv/.locked ## Fetch the verifier of others that a test gives receipts to (needs npm)
	@mkdir -p .venv/foreign && cp requirements/foreign/package*.json .venv/foreign
	@cd .venv/foreign && npm ci --silent --ignore-scripts --no-audit --no-fund

.PHONY: bench
bench: .venv/.dev ## Measure, each beside its peer
	@set -e; for file in $(sort $(wildcard benchmarks/*.py)); do \
	    echo "== $$file"; $(BIN)/python $$file $(ARGS); done

.PHONY: screenshots
screenshots: .venv/.dev fonts ## Photograph the pages for the documents
	@$(BIN)/python -m tests.web.screenshots $(ARGS)

.PHONY: lock
lock: ## Lock the requirements anew (needs uv; ARGS="--upgrade")
	@cd requirements && for use in build run test dev; do \
	    uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	        --no-annotate --no-emit-index-url --custom-compile-command "make lock" \
	        --output-file $$use.txt $(ARGS) $$use.in >/dev/null || exit 1; done

# Stamps: .locked follows the locks, .run the package's own metadata, .dev the developers' tools.
.venv/.locked: requirements/build.txt requirements/run.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Cleargate needs Python 3.11 \
	or newer: make PYTHON=/path/to/python3.11")'
	@echo "Setting up .venv$(if $(UV), with uv)"
	@$(call new-venv,.venv)
	@$(call locked,.venv,build)
	@$(call locked,.venv,run)
	@touch $@

.venv/.run: .venv/.locked pyproject.toml
	@$(call package,.venv) --editable .
	@touch $@

.venv/.dev: .venv/.run requirements/dev.txt
	@$(call locked,.venv,dev)
	@touch $@
