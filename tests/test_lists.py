"""No list of the packages lacks one."""

import importlib.util
import itertools
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = sorted(path.parent.name for path in ROOT.glob("packages/*/pyproject.toml"))


def text(path):
    return (ROOT / path).read_text(encoding="utf-8")


def test_dev_py_and_the_workflow_know_all_checks_of_packages():
    spec = importlib.util.spec_from_file_location("dev", ROOT / "dev.py")
    dev = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(dev)
    assert sorted(dev.PACKAGES) == PACKAGES
    assert {name.removeprefix("tt-") for name in PACKAGES} <= set(dev.PER_PYTHON)
    for path, pattern in ((".github/workflows/ci.yml", r"package: \[(.*)\]"), ("tox.ini", r"14t\}-\{(.*)\}")):
        assert re.split(", ?", re.search(pattern, text(path))[1]) == dev.PER_PYTHON


@pytest.mark.parametrize("name", PACKAGES)
def test_every_package_is_tested_typed_and_documented(name):
    module = name.replace("-", "_")
    for path, what in (
        ("tox.ini", f"packages/{name}/README.md"),
        ("tox.ini", f"packages/{name}/tests/oracle"),
        ("tox.ini", f"deptry packages/{name}/src"),
        ("mkdocs.yml", f"packages/{name}/src"),
        ("mkdocs.yml", f"reference/{name}.md"),
        ("pyproject.toml", f"packages/{name}/src"),
        ("README.md", f"packages/{name})"),
        ("docs/index.md", f"reference/{name}.md"),
    ):
        assert what in text(path), path
    assert f'"{module}"' in text("pyproject.toml")


def test_the_oldest_versions_that_are_tested_are_those_that_are_declared():
    declared = {}
    for name in PACKAGES:
        project = tomllib.loads(text(f"packages/{name}/pyproject.toml"))["project"]
        extras = {k: v for k, v in project.get("optional-dependencies", {}).items() if k != "milestones"}
        for requirement in itertools.chain(project["dependencies"], *extras.values()):
            if not requirement.startswith("tt-"):
                library, version = requirement.split(">=")
                declared.setdefault(library, set()).add(version)
    line = re.search(r"--quiet (numpy==.*)", text("tox.ini"))[1]
    tested = dict(pin.split("==") for pin in line.split())
    assert {k: {re.sub(r"(\.0)+$", "", v)} for k, v in tested.items()} == {
        k: {re.sub(r"(\.0)+$", "", v) for v in vs} for k, vs in declared.items()
    }
