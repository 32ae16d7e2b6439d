# What the layers' Makefiles have in common: locked dependencies for Lambda's platform, byte-code.
.SILENT:
.PHONY: dependencies build-CommonLayer build-ConsoleLayer

ROOT := $(HERE)../../
TARGET = $(ARTIFACTS_DIR)/python
# As `Runtime` in template.yaml. Byte-code is only good for the minor version that wrote it.
PYTHON_VERSION := $(shell cat $(ROOT).python-version)
PYTHON := $(shell $(ROOT)scripts/find-python $(PYTHON_VERSION))

# /var/task and /opt are read-only on Lambda and SAM dates all files 1980, so only byte-code that
# is trusted without a look at its source is used there. The paths in it are those on Lambda, and
# a fixed hash seed makes it the same in each build: an unchanged layer is not deployed again.
COMPILE = PYTHONHASHSEED=0 "$(PYTHON)" -m compileall -q -f --invalidation-mode unchecked-hash \
  -s "$(ARTIFACTS_DIR)" -p /opt "$(TARGET)"

dependencies:
	test -n "$(PYTHON)" || { \
	  echo "The layers need Python $(PYTHON_VERSION) to write byte-code for Lambda's runtime," >&2; \
	  echo "and none was found. Run \`make setup\`, which gets one, or install it." >&2; exit 1; }
	mkdir -p "$(TARGET)"
	"$(PYTHON)" -m pip install --quiet --disable-pip-version-check --no-compile --require-hashes \
	  --platform manylinux2014_aarch64 --implementation cp --python-version $(PYTHON_VERSION) \
	  --only-binary=:all: --target "$(TARGET)" --requirement requirements.txt
	rm -rf "$(TARGET)/bin"
	find "$(TARGET)" \( -name __pycache__ -o -name tests \) -type d -prune -exec rm -rf {} +
