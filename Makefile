# omamori: `make demo` shows the main job, `make test` runs the fast tests. Both set up what they need, in this folder.
#
# PYTHON     the Python to use, 3.11 or later (python3)
# ARGS       more words for the command: make demo ARGS=--reveal, make test ARGS='-k retry'
# WORKERS    how many fast tests run at once (three a core: many wait for a clock); 0 for a debugger
# PREFIX     where make install puts the command (~/.local)
# SIGNING_KEY  a private key in PEM, by which make release signs
# CONTAINER  the program that builds images (podman), BASE the image they stand on

PYTHON ?= python3
CONTAINER ?= podman
BASE ?= docker.io/library/python:3.13-slim
BASE_PYTHON ?= 3.13
PREFIX ?= $(HOME)/.local
ARGS ?=
WORKERS ?= $(shell echo $$((3 * $$(getconf _NPROCESSORS_ONLN))))

VERSION := $(shell sed -n 's/^version = "\(.*\)"/\1/p' pyproject.toml)
UV_VERSION := 0.13.9
UV := .tools/bin/uv
BIN := .venv/bin
export UV_PROJECT_ENVIRONMENT := .venv
export UV_PYTHON_DOWNLOADS := never
# a company's own CA is where the system has it, as for pip
export UV_SYSTEM_CERTS := 1

.DEFAULT_GOAL := help
.PHONY: help demo install uninstall test coverage e2e ecosystem soak parts bench lint docs images release clean

help: ## what can be made
	@grep -hE '^[a-z0-9]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z0-9]+):.*## (.*)/  make \1|\2/' | column -t -s '|'

demo: .venv/demo.stamp ## the main job on this machine: an embedded Vault, the webhook, the program, the files
	@$(BIN)/omamori demo $(ARGS)

install: export UV_TOOL_DIR := $(PREFIX)/share/omamori
install: export UV_TOOL_BIN_DIR := $(PREFIX)/bin
install: .tools/bin/uv ## the omamori command, into $(PREFIX)/bin
	@mkdir -p build
	@$(UV) export --quiet --frozen --no-dev --extra cli --no-emit-project -o build/install.txt
	@$(UV) tool install --quiet --force --reinstall-package omamori --constraints build/install.txt --python $(PYTHON) '.[cli]'
	@echo "$$($(PREFIX)/bin/omamori --version) is installed: $(PREFIX)/bin/omamori"

uninstall: export UV_TOOL_DIR := $(PREFIX)/share/omamori
uninstall: export UV_TOOL_BIN_DIR := $(PREFIX)/bin
uninstall: .tools/bin/uv ## remove what make install has put there
	@$(UV) tool uninstall omamori

test: .venv/all.stamp ## the fast tests: no root, no Go, no Java
	$(BIN)/pytest -q -m "not real and not long and not ecosystem" -n $(WORKERS) --dist worksteal $(ARGS)

coverage: .venv/all.stamp ## the fast tests, one after the other, and the branches that they take
	$(BIN)/coverage run -m pytest -q -m "not real and not long and not ecosystem" $(ARGS)
	@$(BIN)/coverage report --skip-covered --show-missing | tail -n 40

e2e: .venv/all.stamp ## the tests on real servers; needs `make parts` and root
	$(BIN)/pytest -m "real and not long" --timeout 900 --durations 15 -n 2 --dist loadgroup $(ARGS)

ecosystem: .venv/all.stamp ## the tests with Argo, Flux and the others; builds these, as far as 25 minutes go
	$(BIN)/python -m tests.ecosystem.stage $(ARGS)

soak: .venv/all.stamp ## the long proofs at full scale; results go to docs/measurements
	$(BIN)/python -m tests.realparts.parts soak
	OMAMORI_SCALE=full $(BIN)/pytest tests/soak tests/gotemplate tests/goregexp tests/integration/test_policies.py tests/integration/test_controller.py tests/integration/test_cut_tls.py tests/e2e/test_burst.py tests/e2e/test_outages.py tests/install tests/release --timeout 0 -s $(ARGS)

parts: .venv/all.stamp ## build the real servers, once a machine (about 30 minutes)
	$(BIN)/python -m tests.realparts.parts $(ARGS)

bench: .venv/all.stamp ## figures, as ratios of runs side by side; results go to docs/measurements
	$(BIN)/python -m tests.bench $(ARGS)
	$(UV) run --quiet --frozen --no-project --with matplotlib docs/measurements/plot.py

lint: .venv/all.stamp ## ruff, mypy, import-linter
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo --no-cache

docs: .venv/all.stamp ## the documents as a site, in build/site
	$(BIN)/python docs/site/stage.py build/pages
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict   # --quiet would hide warnings from --strict, too

images: .venv/all.stamp ## the images, by $(CONTAINER) on $(BASE)
	$(BIN)/python deploy/images/stage.py build/images --python-version $(BASE_PYTHON)
	for image in agent webhook tools; do \
	  $(CONTAINER) build --timestamp 0 --build-arg BASE=$(BASE) -t omamori-$$image:$(VERSION) build/images/$$image || exit 1; \
	done

release: .venv/all.stamp ## wheel, chart, images for amd64 and arm64, bills, checksums: build/release
	$(BIN)/python deploy/release/release.py build/release $(if $(SIGNING_KEY),--signing-key $(SIGNING_KEY)) $(ARGS)

clean: ## remove what was made here
	rm -rf .venv .tools build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage

.tools/bin/uv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "omamori needs Python 3.11 or later: make PYTHON=python3.12 ..."; exit 1; }
	@echo "setting up .tools, once"
	@$(PYTHON) -m venv .tools || { echo "this Python cannot make environments; on Debian: apt-get install python3-venv"; exit 1; }
	@.tools/bin/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)

.venv/demo.stamp: pyproject.toml uv.lock | .tools/bin/uv
	@echo "setting up .venv, once"
	@$(UV) sync --quiet --frozen --inexact --no-dev --extra demo --python $(PYTHON)
	@touch $@

.venv/all.stamp: pyproject.toml uv.lock | .tools/bin/uv
	@echo "setting up .venv with everything that tests need, once"
	@$(UV) sync --quiet --frozen --all-extras --python $(PYTHON)
	@touch $@ .venv/demo.stamp
