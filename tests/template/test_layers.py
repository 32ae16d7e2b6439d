"""The layers as `sam build` made them: locked, for Lambda's platform, with byte-code that is used.

These tests look at `.aws-sam/build`, which `make build` (and so `make test`) brings up to date.
"""

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest

from scripts.lint_template import ROOT

BUILD = ROOT / ".aws-sam" / "build"
LAYERS = {"common": "CommonLayer", "console": "ConsoleLayer"}
# PEP 552: bit 0 says that the byte-code is checked by hash, bit 1 that it is checked at all.
UNCHECKED_HASH = (0b01).to_bytes(4, "little")

pytestmark = pytest.mark.skipif(not BUILD.is_dir(), reason="nothing is built: run `make build`")


def _python(code: str, path: Path) -> str:
    """Run *code* as Lambda does: from a folder that is not written to."""
    result = subprocess.run(
        [sys.executable, "-B", "-S", "-c", code],
        env={"PYTHONPATH": str(path), "AWS_REGION": "us-east-1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    return result.stdout.strip()


@pytest.mark.parametrize("layer", LAYERS.values())
def test_every_module_of_a_layer_is_shipped_as_byte_code(layer: str) -> None:
    """Lambda cannot write byte-code, so what is not shipped is compiled at every cold start."""
    sources = list((BUILD / layer / "python").rglob("*.py"))

    assert sources
    for source in sources:
        header = Path(importlib.util.cache_from_source(str(source))).read_bytes()[:8]
        assert header == importlib.util.MAGIC_NUMBER + UNCHECKED_HASH, source


def test_every_function_is_shipped_as_byte_code() -> None:
    """`make build` compiles the functions, too."""
    sources = list(BUILD.glob("*/app.py"))

    assert sources
    for source in sources:
        header = Path(importlib.util.cache_from_source(str(source))).read_bytes()[:8]
        assert header == importlib.util.MAGIC_NUMBER + UNCHECKED_HASH, source


@pytest.mark.parametrize(
    ("layer", "module"), [("common", "pivotkit"), ("common", "jmespath"), ("console", "mangum")]
)
def test_the_byte_code_is_what_runs(layer: str, module: str, tmp_path: Path) -> None:
    """With every source file spoilt, the module still imports."""
    copy = tmp_path / "python"
    shutil.copytree(BUILD / LAYERS[layer] / "python", copy)
    for source in copy.rglob("*.py"):
        source.write_text("this is not Python", encoding="utf-8")

    assert _python(f"import {module}; print('imported')", copy) == "imported"


@pytest.mark.parametrize(("folder", "layer"), LAYERS.items())
def test_a_layer_holds_exactly_what_is_locked(folder: str, layer: str) -> None:
    """Nothing comes in by the way, and nothing is left out."""
    lock = (ROOT / "layers" / folder / "requirements.txt").read_text(encoding="utf-8")
    locked = dict(re.findall(r"(?m)^([A-Za-z0-9._-]+)==([^ ;\\]+)", lock))
    built = {}
    for metadata in (BUILD / layer / "python").glob("*.dist-info"):
        name, _, version = metadata.name.removesuffix(".dist-info").partition("-")
        built[name.replace("_", "-").lower()] = version

    assert built == locked


AARCH64 = 183
"""The machine in the head of an ELF file, of which not every name tells."""


def _machine(library: Path) -> int:
    with library.open("rb") as file:
        return int.from_bytes(file.read(20)[18:], "little")


@pytest.mark.parametrize("layer", LAYERS.values())
def test_native_code_is_for_graviton(layer: str) -> None:
    """A library built for this machine would not load on Lambda."""
    libraries = list((BUILD / layer / "python").rglob("*.so"))

    assert [path.name for path in libraries if _machine(path) != AARCH64] == []


def test_the_common_layer_is_up_to_date() -> None:
    """The layer in the build is the one in layers/common."""
    source, built = (ROOT / "layers/common/pivotkit", BUILD / "CommonLayer/python/pivotkit")
    names = {path.relative_to(source) for path in source.rglob("*.py")}

    assert {path.relative_to(built) for path in built.rglob("*.py")} == names
    assert not [
        name for name in names if (source / name).read_bytes() != (built / name).read_bytes()
    ]


def test_the_lambda_runtimes_own_libraries_are_not_shipped() -> None:
    """boto3 is Lambda's; a second copy would make the package ten times as large."""
    for layer in LAYERS.values():
        assert not list((BUILD / layer / "python").glob("boto*"))


def _make(folder: Path, target: Path, *variables: str) -> subprocess.CompletedProcess[str]:
    """Build a layer from *folder* as SAM does."""
    layer = "build-CommonLayer" if folder.name == "common" else "build-ConsoleLayer"
    return subprocess.run(
        ["make", "-C", folder, layer, f"ARTIFACTS_DIR={target}", *variables],
        env={"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )


def _digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.mark.slow
def test_the_same_source_gives_the_same_layer_wherever_it_is_built(tmp_path: Path) -> None:
    """An unchanged layer is not published again; and a build needs the layer's folder alone."""
    alone = tmp_path / "elsewhere" / "common"
    shutil.copytree(ROOT / "layers" / "common", alone)
    result = _make(alone, tmp_path / "layer")

    assert result.returncode == 0, result.stderr
    assert _digests(tmp_path / "layer") == _digests(BUILD / "CommonLayer")


@pytest.mark.parametrize("folder", LAYERS)
def test_without_the_right_python_a_layer_is_not_built(folder: str, tmp_path: Path) -> None:
    """Byte-code of another version would be ignored on Lambda, so the build says what it needs."""
    result = _make(ROOT / "layers" / folder, tmp_path, "PYTHON=")

    assert result.returncode != 0
    assert "needs Python 3.13" in result.stderr
    assert "make setup" in result.stderr


@pytest.mark.parametrize("folder", LAYERS)
def test_the_layers_are_built_for_the_version_in_python_version(folder: str) -> None:
    """One place says which Python it is; the Makefiles, which must stand alone, agree with it."""
    version = (ROOT / ".python-version").read_text(encoding="utf-8").strip()
    makefile = (ROOT / "layers" / folder / "Makefile").read_text(encoding="utf-8")

    assert f"\nVERSION := {version}\n" in makefile
