# Needs make and any Python 3 (from 3.9 on). Everything else goes into .tools and .venv.
SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

# An activated environment or a foreign search path must not leak into ours.
unexport VIRTUAL_ENV PYTHONPATH PYTHONHOME
# Without byte-code, each command that a test starts would compile all that it imports.
unexport PYTHONDONTWRITEBYTECODE

TOOLS := .tools
UV := $(TOOLS)/uv/bin/uv
PYTHON := .venv/bin/python
UV_CACHE_DIR ?= $(CURDIR)/$(TOOLS)/cache
UV_PYTHON_INSTALL_DIR ?= $(CURDIR)/$(TOOLS)/python
export UV_CACHE_DIR UV_PYTHON_INSTALL_DIR
# Behind a proxy with a certificate of its own, only the system knows it. (uv brings a list along.)
ifneq ($(wildcard /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt /etc/ssl/cert.pem),)
export UV_SYSTEM_CERTS ?= true
endif
export SAM_CLI_TELEMETRY := 0
export PIP_DISABLE_PIP_VERSION_CHECK := 1

# The version of Lambda's runtime: byte-code is only good for the same minor version.
PYTHON_VERSION := $(shell cat .python-version)
# A Python of that version on this machine, or its number, which makes uv fetch one.
FIND_PYTHON = $$(scripts/find-python $(PYTHON_VERSION) || echo $(PYTHON_VERSION))
INSTALL = $(UV) pip install --quiet --require-hashes

SETUP := .venv/.ok $(TOOLS)/sam/.ok $(TOOLS)/rie/.ok $(TOOLS)/runtime/.ok \
         $(TOOLS)/ministack/.ok $(TOOLS)/moto/.ok

.PHONY: help
help: ## Show this list
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' Makefile

.PHONY: setup
setup: $(SETUP) ## Install everything into .venv and .tools (nothing outside this folder)

$(TOOLS)/uv/.ok: requirements/uv.txt
	@echo "Installing uv ..."
	@python=$$(scripts/find-python 3) || { \
	  echo "No Python 3 (3.9 or newer) that can make virtual environments was found." >&2; \
	  echo "Install one; on Debian and Ubuntu: apt install python3 python3-venv" >&2; exit 1; }; \
	rm -rf $(TOOLS)/uv && "$$python" -m venv $(TOOLS)/uv && \
	$(TOOLS)/uv/bin/python -m pip install --quiet --require-hashes -r requirements/uv.txt
	@touch $@

.venv/.ok: $(TOOLS)/uv/.ok requirements/dev.txt pyproject.toml
	@echo "Installing the project and its checks into .venv ..."
	@$(PYTHON) -c '' 2>/dev/null || $(UV) venv --quiet --clear --python "$(FIND_PYTHON)" .venv || { \
	  echo "Python $(PYTHON_VERSION), Lambda's version, is not here and could not be fetched." >&2; \
	  echo "Install it (for instance: pyenv install $(PYTHON_VERSION)) and try again." >&2; exit 1; }
	@$(UV) pip sync --quiet --require-hashes --python $(PYTHON) requirements/dev.txt
	@$(UV) pip install --quiet --no-deps --no-build-isolation --python $(PYTHON) --editable .
	@touch $@

$(TOOLS)/sam/.ok: $(TOOLS)/uv/.ok requirements/sam.txt
	@echo "Installing the AWS SAM CLI ..."
	@$(UV) venv --quiet --clear --seed --python "$(FIND_PYTHON)" $(TOOLS)/sam
	@$(INSTALL) --python $(TOOLS)/sam/bin/python -r requirements/sam.txt
	@touch $@

# The runtime interface emulator is a part of the SAM CLI's wheel.
$(TOOLS)/rie/.ok: $(TOOLS)/sam/.ok
	@mkdir -p $(TOOLS)/rie
	@cp -f $(TOOLS)/sam/lib/python*/site-packages/samcli/local/rapid/aws-lambda-rie-* $(TOOLS)/rie/
	@touch $@

$(TOOLS)/runtime/.ok: requirements/runtime.txt | .venv/.ok
	@echo "Installing what Lambda's runtime provides ..."
	@rm -rf $(TOOLS)/runtime
	@$(INSTALL) --python $(PYTHON) --target $(TOOLS)/runtime -r requirements/runtime.txt
	@$(PYTHON) -m compileall -q -j2 $(TOOLS)/runtime
	@touch $@

$(TOOLS)/ministack/.ok: $(TOOLS)/uv/.ok requirements/ministack.txt
	@echo "Installing MiniStack, the local AWS ..."
	@$(UV) venv --quiet --clear --python "$(FIND_PYTHON)" $(TOOLS)/ministack
	@$(INSTALL) --python $(TOOLS)/ministack/bin/python -r requirements/ministack.txt
	@touch $@

$(TOOLS)/moto/.ok: $(TOOLS)/uv/.ok requirements/moto.txt
	@echo "Installing moto, the second local AWS ..."
	@$(UV) venv --quiet --clear --python "$(FIND_PYTHON)" $(TOOLS)/moto
	@$(INSTALL) --python $(TOOLS)/moto/bin/python -r requirements/moto.txt
	@touch $@

# Only `make bench` needs this: what the layer is held against.
$(TOOLS)/bench/.ok: $(TOOLS)/uv/.ok requirements/bench.txt
	@echo "Installing what the benchmark compares with ..."
	@$(UV) venv --quiet --clear --python "$(FIND_PYTHON)" $(TOOLS)/bench
	@$(INSTALL) --python $(TOOLS)/bench/bin/python -r requirements/bench.txt
	@touch $@

# Only `make sbom` needs these: what a deployment installs, and what lists it.
$(TOOLS)/sbom/.ok: $(TOOLS)/uv/.ok requirements/sbom.txt
	@echo "Installing what makes the bill of materials ..."
	@$(UV) venv --quiet --clear --python "$(FIND_PYTHON)" $(TOOLS)/sbom
	@$(INSTALL) --python $(TOOLS)/sbom/bin/python -r requirements/sbom.txt
	@touch $@

LOCKED_LAYERS := layers/common/requirements.txt layers/console/requirements.txt
$(TOOLS)/shipped/.ok: $(TOOLS)/uv/.ok $(LOCKED_LAYERS)
	@$(UV) venv --quiet --clear --python "$(FIND_PYTHON)" $(TOOLS)/shipped
	@$(INSTALL) --python $(TOOLS)/shipped/bin/python $(addprefix -r ,$(LOCKED_LAYERS))
	@touch $@

SBOM ?= dist/sbom.cdx.json

# The coverage-guided fuzzer, which has wheels for Linux alone.
$(TOOLS)/promises/.ok: $(TOOLS)/uv/.ok requirements/promises.txt
	@echo "Installing the fuzzer ..."
	@$(UV) venv --quiet --clear --python "$(FIND_PYTHON)" $(TOOLS)/promises
	@$(INSTALL) --python $(TOOLS)/promises/bin/python -r requirements/promises.txt
	@touch $@

# Tests run in parallel, each process with a local stack of its own; tests/conftest.py has the order.
PYTEST := $(PYTHON) -m pytest -n auto --dist loadfile --no-loadscope-reorder
# More arguments: make test ARGS="-k balance", make deploy ARGS="--email ops@example.com", make run ARGS="--port 9000"
ARGS ?=
CONFIG_ENV ?= default

.PHONY: run
run: build ## Start the functions on this machine, play one call, stay up
	@.venv/bin/pivotctl serve --demo $(ARGS)

.PHONY: test
test: build ## Set everything up and run all tests but the long ones
	@$(PYTEST) $(ARGS)

.PHONY: test-quick
test-quick: setup ## Run the tests that need no local AWS, for the minute between two edits
	@$(PYTEST) -m "not slow and not long" tests/unit $(ARGS)

.PHONY: test-long
test-long: build ## Run the soak and volume tests
	@$(PYTHON) -m pytest -m long --timeout 3600 $(ARGS)

.PHONY: lint
lint: setup ## Check style, types and the template
	@echo "Checking the code with ruff ..." && $(PYTHON) -m ruff check
	@echo "Checking the format with ruff ..." && $(PYTHON) -m ruff format --check --quiet
	@echo "Checking the types with mypy ..." && $(PYTHON) -m mypy && $(PYTHON) -m scripts.check_types
	@echo "Checking template.yaml after the SAM transform ..." && $(PYTHON) -m scripts.lint_template

.PHONY: build
build: setup ## Make template.yaml, then build the functions and layers into .aws-sam/build
	@.venv/bin/pivotctl assemble
	@echo "Building the functions and layers ..."
	@$(PYTHON) -m scripts.build

.PHONY: bench-sockets
bench-sockets: build ## Measure WebSockets on this machine: latency, losses, and memory
	@$(PYTHON) -m bench.sockets $(ARGS)

.PHONY: bench
bench: build $(TOOLS)/bench/.ok ## Measure the layer side by side with others (first invocations: Linux)
	@$(PYTHON) -m bench $(ARGS)

.PHONY: pictures
pictures: build ## Make the pictures of the pages (needs a Chromium)
	@$(PYTHON) -m scripts.make_pictures $(ARGS)

.PHONY: campaign
campaign: build ## Send thousands of deliveries while processes and stores die, and count the lost
	@$(PYTHON) -m campaign $(ARGS)

.PHONY: fuzz
fuzz: setup $(TOOLS)/promises/.ok ## Try any bytes at every door, ten minutes in all (Linux)
	@$(PYTHON) -m fuzz $(ARGS)

.PHONY: promises
promises: build $(TOOLS)/bench/.ok $(TOOLS)/promises/.ok ## Try what is promised, and write docs/promises.md: 20 to 40 minutes
	@$(PYTHON) -m promises $(ARGS)

.PHONY: sbom
sbom: $(TOOLS)/sbom/.ok $(TOOLS)/shipped/.ok ## List what a release ships: name, version, license (CycloneDX)
	@mkdir -p $(dir $(SBOM))
	@$(TOOLS)/sbom/bin/cyclonedx-py environment --pyproject pyproject.toml --output-reproducible \
	  --validate --output-format JSON --output-file $(SBOM) $(TOOLS)/shipped
	@echo "Written: $(SBOM)"

.PHONY: deploy
deploy: setup ## Deploy to AWS, and print the URLs (CONFIG_ENV=dev or prod)
	@.venv/bin/pivotctl deploy --config-env $(CONFIG_ENV) $(ARGS)

.PHONY: clean
clean: ## Remove everything that make has made
	rm -rf .venv $(TOOLS) .aws-sam .bench .fuzz .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find functions layers pivotctl tests -name __pycache__ -type d -prune -exec rm -rf {} +
