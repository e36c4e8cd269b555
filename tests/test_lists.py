"""No list of the packages lacks one."""

import importlib.util
import re
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
