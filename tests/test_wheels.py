"""What is installed for a test is today's source, whatever pip, dist/ or an index hold."""

import zipfile

ASK = "import tt_tensor.probe; print(tt_tensor.probe.VALUE)"


def foreign_wheel(folder, version):
    """A package called tt-tensor that somebody else has published."""
    folder.mkdir()
    info = f"tt_tensor-{version}.dist-info"
    with zipfile.ZipFile(folder / f"tt_tensor-{version}-py3-none-any.whl", "w") as wheel:
        wheel.writestr("tt_tensor/__init__.py", "")
        wheel.writestr("tt_tensor/probe.py", "VALUE = 'foreign'")
        wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: tt-tensor\nVersion: {version}\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", "")


def write(workspace, value):
    """Change the source of tt-tensor and leave its version as it is."""
    workspace.source("tt-tensor", "probe.py").write_text(f"VALUE = {value!r}\n", encoding="utf-8")


def test_neither_stale_nor_foreign(workspace):
    python = workspace.venv("environment")
    write(workspace, "first")
    done = workspace.install(python, "tt-data")
    assert done.returncode == 0, done.stdout
    assert workspace.run(python, "-c", ASK).stdout.strip() == "first"

    # The same version with other code, in a sibling: pip alone would say "already satisfied".
    write(workspace, "second")
    done = workspace.install(python, "tt-data")
    assert done.returncode == 0, done.stdout
    assert workspace.run(python, "-c", ASK).stdout.strip() == "second"

    # A higher version in an index: pip alone would take it.
    foreign_wheel(workspace.root / "index", "0.2.99")
    index = (workspace.root / "index").as_uri()
    control = workspace.run(
        python, "-m", "pip", "install", "--dry-run", "--no-deps", "--no-index", "--find-links", index, "-U", "tt-tensor"
    )
    assert "0.2.99" in control.stdout
    done = workspace.install(python, "tt-data", PIP_FIND_LINKS=index, PIP_UPGRADE="1")
    assert done.returncode == 0, done.stdout
    assert workspace.run(python, "-c", ASK).stdout.strip() == "second"

    # A declaration that is gone may leave its library behind in an old environment.
    pyproject = workspace.root / "packages" / "tt-data" / "pyproject.toml"
    pyproject.write_text(pyproject.read_text(encoding="utf-8").replace("numpy>=2.0", "numpy>=2.1"), encoding="utf-8")
    refused = workspace.install(python, "tt-data")
    assert refused.returncode == 1
    assert "make it afresh" in refused.stdout


def test_unknown_names_are_named(workspace):
    python = workspace.venv("environment")
    done = workspace.install(python, "tt-nonsense")
    assert done.returncode == 1
    assert "no package 'tt-nonsense'" in done.stdout
