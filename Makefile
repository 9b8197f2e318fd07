# Everything one does with a checkout. Needs python3 (3.11 or newer), python3-venv and make; the rest is built here, in .venv.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check --no-input

CATALOGUES := $(patsubst %.po,%.mo,$(wildcard src/bulwark/locale/*/LC_MESSAGES/bulwark.po))
PACKAGING := pyproject.toml hatch_build.py

ARGS ?=
JOBS ?= 2
FUZZ_REQUESTS ?= 200000
MAKEFLAGS += --no-print-directory

.DEFAULT_GOAL := help
.PHONY: help demo serve test check lint format-check types imports templates e2e pictures live bench fuzz sbom audit locale messages reference lock clean python programs

# An environment whose interpreter is gone (a system upgrade) is built anew.
ifneq ($(wildcard $(VENV)),)
ifneq ($(shell $(BIN)/python -c "print('runs')" 2>/dev/null),runs)
$(shell rm -rf $(VENV))
endif
endif

help: ## this list
	@echo "Bulwark Account Security. What make can do here:"
	@echo
	@sed -n 's/^\([a-z0-9-]*\):[^#]*## \(.*\)/  make \1|\2/p' Makefile | while IFS='|' read -r target text; do printf '%-14s  %s\n' "$$target" "$$text"; done
	@echo
	@echo "Arguments for a command go into ARGS, for example: make test ARGS='-k password'"

# ---------------------------------------------------------------------------------------------------------- running it

demo: $(VENV)/.runtime $(CATALOGUES) ## try it: a stand-in mail server, the panel and some people to sign in as
	@$(BIN)/bulwark demo $(ARGS)

serve: $(VENV)/.runtime $(CATALOGUES) ## run the panel; it needs BULWARK_SERVER_URL
	@$(BIN)/bulwark serve $(ARGS)

# ---------------------------------------------------------------------------------------------------------- proving it

test: programs $(VENV)/.dev $(CATALOGUES) ## everything: checks, then all tests (as root it installs Chromium and PostgreSQL)
	@$(MAKE) check
	@$(BIN)/python -m pytest -n $(JOBS) --dist worksteal $(ARGS)

check: $(VENV)/.dev ## lint, format, types, import order, templates; no tests
	@$(MAKE) -j$(JOBS) --keep-going --output-sync=target types lint format-check imports templates

lint: $(VENV)/.dev
	@$(BIN)/ruff check --quiet .

format-check: $(VENV)/.dev
	@$(BIN)/ruff format --quiet --check . || { echo "Not formatted; this formats: $(BIN)/ruff format ."; exit 1; }

types: $(VENV)/.dev
	@$(BIN)/mypy --no-error-summary

imports: $(VENV)/.dev
	@out=$$($(BIN)/lint-imports --no-cache 2>&1) || { echo "$$out"; exit 1; }

templates: $(VENV)/.dev
	@out=$$($(BIN)/djlint --lint --quiet src/bulwark 2>&1) || { echo "$$out"; exit 1; }

e2e: programs $(VENV)/.dev $(CATALOGUES) ## only the tests in Chromium; their pictures go to tests/e2e/output
	@$(BIN)/python -m pytest tests/e2e $(ARGS)

pictures: programs $(VENV)/.dev $(CATALOGUES) ## keep new pictures of the pages, for the tests and the docs; look at them
	@KEEP_PICTURES=1 $(BIN)/python -m pytest -q -p no:randomly tests/pictures tests/e2e/test_docs_pictures.py $(ARGS)

live: $(VENV)/.dev $(CATALOGUES) ## the journeys on a real Stalwart: STALWART_TEST_URL and STALWART_TEST_ADMIN=login:password
	@test -n "$$STALWART_TEST_URL" && test -n "$$STALWART_TEST_ADMIN" || { \
	  echo "make live needs a Stalwart 0.16 or newer that may be written to:"; \
	  echo "  STALWART_TEST_URL=https://mail.example.org STALWART_TEST_ADMIN=admin:password make live"; \
	  echo "The journeys make a domain and accounts of their own there, and remove them."; exit 2; }
	@$(BIN)/python -m pytest tests/journeys -p no:randomly $(ARGS)

bench: $(VENV)/.dev $(CATALOGUES) ## measure speed and size; see bench/README.md
	@$(BIN)/python bench/run.py $(ARGS)

fuzz: $(VENV)/.dev $(CATALOGUES) ## the property tests, and hostile requests to every route (FUZZ_REQUESTS=200000), for long
	@mkdir -p build && rm -f build/fuzz.txt
	@FUZZ_REQUESTS=$(FUZZ_REQUESTS) FUZZ_REPORT=build/fuzz.txt HYPOTHESIS_PROFILE=long \
	  $(BIN)/python -m pytest -n $(JOBS) -m hypothesis --timeout 3600 $(ARGS)
	@awk '{ sum += $$1; print } END { print sum " hostile requests" }' build/fuzz.txt

sbom: $(VENV)/.audit ## an inventory of what the panel is made of (CycloneDX JSON): build/sbom.json
	@mkdir -p build
	@$(BIN)/cyclonedx-py requirements requirements/runtime.txt --pyproject pyproject.toml --output-reproducible --of JSON --output-file build/sbom.json 2>/dev/null
	@echo "build/sbom.json"

audit: $(VENV)/.audit ## ask the advisory service about every locked package; says so when it does not answer
	@mkdir -p build
	@$(BIN)/pip-audit --disable-pip --require-hashes --requirement requirements/runtime.txt --format json --output build/audit.json >build/audit.log 2>&1 || true
	@$(BIN)/python requirements/audit.py build/audit.json requirements/runtime.txt

# ---------------------------------------------------------------------------------------------------------- words

locale: $(CATALOGUES) ## compile the translations

%.mo: %.po | $(VENV)/.runtime
	@$(BIN)/pybabel --quiet compile --input-file $< --output-file $@

messages: $(VENV)/.runtime ## collect the sentences from the source and bring every catalogue up to date
	@mkdir -p build
	@$(BIN)/pybabel --quiet extract --mapping-file babel.cfg --keyword N_ --keyword pgettext:1c,2 --sort-by-file --no-location --no-wrap \
	  --project "Bulwark Account Security" --output-file build/bulwark.pot src/bulwark
	@$(BIN)/pybabel --quiet update --domain bulwark --input-file build/bulwark.pot --output-dir src/bulwark/locale --no-wrap --no-fuzzy-matching --ignore-obsolete \
	  --ignore-pot-creation-date
	@$(MAKE) locale

# ---------------------------------------------------------------------------------------------------------- building it

reference: $(VENV)/.dev ## write the manual page, the JSON Schemas and their list anew, from the commands
	@$(BIN)/python -m bulwark.command_reference docs/command-line

lock: ## choose versions anew and pin them with their hashes (needs uv; ARGS=--upgrade takes newer ones)
	@command -v uv >/dev/null || { echo "uv is missing. Install it: pipx install uv"; exit 2; }
	@set -e; lock() { \
	  output=$$1; shift; \
	  uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate \
	    $(ARGS) pyproject.toml requirements/build.in --extra web --extra postgresql "$$@" --output-file requirements/$$output; }; \
	lock runtime.txt; \
	lock test.txt --group test --constraint requirements/runtime.txt; \
	lock dev.txt --group test --group dev --constraint requirements/test.txt; \
	lock audit.txt --group audit --constraint requirements/runtime.txt

clean: ## remove what was built here, .venv included
	@rm -rf $(VENV) build dist .mypy_cache .ruff_cache .import_linter_cache .hypothesis tests/e2e/output $(CATALOGUES)

$(VENV)/pyvenv.cfg: | python
	@echo "Building $(VENV)."
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.runtime: requirements/runtime.txt $(PACKAGING) | $(VENV)/pyvenv.cfg
	@echo "Installing what the panel needs into $(VENV) (hash-checked; a minute, once)."
	@$(PIP) install --require-hashes --requirement requirements/runtime.txt
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: requirements/dev.txt $(PACKAGING) | $(VENV)/pyvenv.cfg
	@echo "Installing what the tests and checks need into $(VENV) (hash-checked; a minute, once)."
	@$(PIP) install --require-hashes --requirement requirements/dev.txt
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $(VENV)/.runtime $@

$(VENV)/.audit: requirements/audit.txt | $(VENV)/.runtime
	@echo "Installing what looks at dependencies into $(VENV) (hash-checked; once)."
	@$(PIP) install --require-hashes --requirement requirements/audit.txt
	@touch $@

python:
	@command -v $(PYTHON) >/dev/null || { echo "$(PYTHON) is missing. Install it: apt-get install python3 python3-venv"; exit 2; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "$(PYTHON) is $$($(PYTHON) -V 2>&1 | cut -d' ' -f2); 3.11 or newer is needed. Debian 12 and newer have it: apt-get install python3 python3-venv"; \
	  echo "A newer one under another name: make PYTHON=python3.12 ..."; exit 2; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo "python3-venv is missing. Install it: apt-get install python3-venv"; exit 2; }

programs:
	@sh tests/support/install-programs.sh
