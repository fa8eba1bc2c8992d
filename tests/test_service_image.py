"""The example service's Dockerfile names files, settings, paths and packages that are there. No image is built here."""

from __future__ import annotations

import ast
import json
import re
import sys
import tomllib
from dataclasses import fields
from importlib.metadata import packages_distributions, requires
from importlib.util import find_spec
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import NormalizedName, canonicalize_name

pytest.importorskip("fastapi", reason="extra 'dev' is not installed")

from triage_service.app import create_app
from triage_service.settings import Settings

from lemtrada_triage import Triage

ROOT = Path(__file__).resolve().parent.parent
SERVICE = ROOT / "examples" / "service"
TEXT = (SERVICE / "Dockerfile").read_text(encoding="utf-8")
STEPS = [step.split(None, 1) for step in re.sub(r"\\\n|^#.*\n", "", TEXT, flags=re.M).splitlines() if step]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
REQUIREMENTS = [Requirement(line) for line in (SERVICE / "requirements.txt").read_text().split("\n") if line]


def told(kind: str) -> list[str]:
    return [rest for name, rest in STEPS if name == kind]


def last_stage() -> list[list[str]]:
    return STEPS[max(at for at, (name, _) in enumerate(STEPS) if name == "FROM") :]


def test_what_is_copied_is_there_or_is_the_wheel_that_the_first_lines_build():
    copied = [source for rest in told("COPY") if "--from" not in rest for source in rest.split()[:-1]]
    assert copied == ["requirements.txt", "dist/*.whl", "triage_service"]
    assert all((SERVICE / source).exists() for source in copied if source != "dist/*.whl")
    folder = re.search(r"^#\s+python -m pip wheel --no-deps -w (\S+) \.$", TEXT, re.M)
    context = re.search(r"docker build -t \S+ (\S+)", TEXT)
    assert folder and context and folder[1] == f"{context[1]}/dist"
    assert (ROOT / context[1]).samefile(SERVICE)
    assert f"/{folder[1]}/" in (ROOT / ".gitignore").read_text().split()


def test_what_is_built_is_where_it_is_run_from():
    (venv,) = {rest.split()[-1] for rest in told("COPY") if rest.startswith("--from=build")}
    commands = [json.loads(rest) for rest in told("CMD")] + [json.loads(told("HEALTHCHECK")[0].split("CMD", 1)[1])]
    assert {command[0] for command in commands} == {f"{venv}/bin/python"}
    assert any(f"-m venv {venv} && {venv}/bin/pip install" in rest for rest in told("RUN"))


def test_both_stages_have_the_same_python_and_it_is_supported():
    (version,) = {re.match(r"python:(3\.\d+)-slim", rest)[1] for rest in told("FROM")}
    assert f"Programming Language :: Python :: {version}" in PROJECT["classifiers"]


def test_it_is_not_root_that_serves():
    names = [name for name, _ in last_stage()]
    ((_, user),) = [step for step in last_stage() if step[0] == "USER"]
    assert int(user) > 0 and f"--uid {user} " in " ".join(told("RUN")), "a number, for a cluster to see"
    assert names.index("RUN") < names.index("USER") < names.index("CMD")


def test_its_module_its_settings_and_its_health_are_those_of_the_service(triage: Triage):
    assert find_spec(json.loads(told("CMD")[0])[-1]).origin == str(SERVICE / "triage_service" / "serve.py")
    given = dict(pair.split("=") for rest in told("ENV") for pair in rest.split())
    known = {f"TRIAGE_{field.name.upper()}" for field in fields(Settings)}
    assert {name for name in given if name.startswith("TRIAGE_")} <= known
    assert given["LEMTRADA_TRIAGE_CACHE"] == '""' and given["TRIAGE_HOST"] == "0.0.0.0"
    port, path = re.search(r"http://127\.0\.0\.1:(\d+)(/[a-z]+)", told("HEALTHCHECK")[0]).groups()
    assert {int(port), *map(int, told("EXPOSE"))} == {Settings().port}
    assert "get" in create_app(Settings(), triage).openapi()["paths"][path]


def test_what_the_service_imports_is_installed_by_the_wheel_or_its_requirements():
    found = {name.split(".")[0] for path in SERVICE.rglob("*.py") for name in imported(path)}
    others = found - set(sys.stdlib_module_names) - {"triage_service", "lemtrada_triage"}
    asked = [*REQUIREMENTS, *map(Requirement, PROJECT["dependencies"])]
    asked = [one for one in asked if one.marker is None or one.marker.evaluate()]
    installed = with_what_they_need({one.name for one in asked})
    there = {name: set(map(canonicalize_name, packages_distributions()[name])) for name in others}
    assert "fastapi" in others
    assert {name: packages for name, packages in there.items() if not installed & packages} == {}


def imported(path: Path) -> list[str]:
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    plain = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    return plain + [node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module]


def with_what_they_need(names: set[str]) -> set[NormalizedName]:
    """Packages, and what these ask for at once."""
    needs = [Requirement(need) for name in names for need in requires(name) or ()]
    needed = {need.name for need in needs if need.marker is None or need.marker.evaluate({"extra": ""})}
    return set(map(canonicalize_name, names | needed))


def test_the_tests_run_with_what_the_service_asks_for():
    dev = {one.name: one for one in map(Requirement, PROJECT["optional-dependencies"]["dev"])}
    assert REQUIREMENTS
    assert list(map(str, REQUIREMENTS)) == [str(dev[one.name]) for one in REQUIREMENTS]
