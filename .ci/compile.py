"""Build hook: a wheel gets its vocabulary compiled to tables, so that the first start need not do it.

The tables are data. A copy that does not fit the rest of the wheel, byte for byte, is never used (see ``kept.py``).

With LEMTRADA_TRIAGE_COMPILE=1 a wheel also gets the reading of words compiled by mypyc, for one platform. Without it
(and in editable installs always) the wheel is plain Python for every platform. Both decide the same;
``tests/test_compiled.py`` compares them. The compiling is done on a copy, so that nothing compiled stays in the
checkout and hides a later change there.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

PACKAGE = "lemtrada_triage"
# What every word of every message goes through, by way of ``read/reader.py`` (of which weak references are kept, which
# mypyc's classes do not take) and without what is pickled. Constants are ``Final`` there: others mypyc looks up by name
# at each use. A ``functools.cached_property`` would be worked out anew each time.
MODULES = (
    "lexicon/meaning",
    *(f"read/{name}" for name in ("find", "fold", "kinds", "leftovers", "measures", "message", "names", "nearest")),
    *(f"read/{name}" for name in ("spelling", "words")),
    *(f"read/context/{name}" for name in ("another", "answers", "context")),
)
# What the library needs to compile its vocabulary.
NEEDS = ("pydantic", "rapidfuzz", "pyyaml", "pystemmer", "platformdirs")
TABLES = """
import sys
from lemtrada_triage.lexicon.kept import SHIPPED_COPY, shipped_copy
with open(f"{sys.argv[1]}/{SHIPPED_COPY}", "wb") as file:
    file.write(shipped_copy())
print(SHIPPED_COPY)
"""


class CompileHook(BuildHookInterface[Any]):
    """Adds the tables beside the data, and the compiled modules beside their sources."""

    def dependencies(self) -> list[str]:
        needed = [one for one in self.metadata.core.dependencies if one.lower().startswith(NEEDS)]
        return [*needed, "mypy[mypyc]>=1.11"] if _asked() else needed

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "editable":
            return
        self._folder = tempfile.TemporaryDirectory()
        folder = Path(self._folder.name)
        tables = _tables(Path(self.root), folder)
        build_data["force_include"][str(tables)] = f"{PACKAGE}/_data/{tables.name}"
        if _asked():
            self._add_modules(folder, build_data)

    def _add_modules(self, folder: Path, build_data: dict[str, Any]) -> None:
        shutil.copytree(Path(self.root) / PACKAGE, folder / PACKAGE, ignore=shutil.ignore_patterns("__pycache__"))
        _compile(folder)
        extensions = [path for path in folder.iterdir() if path.suffix in (".so", ".pyd")]
        extensions += [path for path in (folder / PACKAGE).rglob("*") if path.suffix in (".so", ".pyd")]
        build_data["force_include"].update({str(path): str(path.relative_to(folder)) for path in extensions})
        build_data["pure_python"] = False
        build_data["infer_tag"] = True

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        if hasattr(self, "_folder"):
            self._folder.cleanup()


def _asked() -> bool:
    return os.environ.get("LEMTRADA_TRIAGE_COMPILE", "") not in ("", "0")


def _tables(root: Path, folder: Path) -> Path:
    """The vocabulary of a checkout, compiled into a file of a folder; the same bytes each time."""
    # What the build may import is on this process's path, not on that of a new one.
    path = os.pathsep.join([str(root), *filter(None, sys.path)])
    settings = os.environ | {"PYTHONPATH": path, "PYTHONHASHSEED": "0"}
    command = [sys.executable, "-c", TABLES, str(folder)]
    done = subprocess.run(command, cwd=folder, env=settings, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"the vocabulary could not be compiled:\n{done.stdout}{done.stderr}")
    return folder / done.stdout.strip()


def _compile(folder: Path) -> None:
    modules = [f"{PACKAGE}/{name}.py" for name in MODULES]
    command = [sys.executable, "-m", "mypyc", "--ignore-missing-imports", "--follow-imports=silent", *modules]
    settings = os.environ | {"MYPYC_OPT_LEVEL": "3"}
    done = subprocess.run(command, cwd=folder, env=settings, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"mypyc could not compile {PACKAGE}:\n{done.stdout}{done.stderr}")
