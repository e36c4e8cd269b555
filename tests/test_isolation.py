"""A hidden import of a package that is not declared is caught by each of the three nets."""

HIDDEN = '''"""Looks innocent."""


def batches() -> object:
    """Import lazily what tt-optim does not declare."""
    import tt_data

    return tt_data
'''


def test_untouched_sources_pass(workspace):
    layers = workspace.layers()
    assert layers.returncode == 0, layers.stdout
    deptry = workspace.deptry("tt-optim")
    assert deptry.returncode == 0, deptry.stdout


def test_layers_see_a_lazy_import(workspace):
    workspace.source("tt-optim", "hidden.py").write_text(HIDDEN, encoding="utf-8")
    layers = workspace.layers()
    assert layers.returncode == 1
    assert "tt_optim.hidden -> tt_data" in layers.stdout


def test_layers_see_a_look_upwards(workspace):
    workspace.source("tt-tensor", "hidden.py").write_text(HIDDEN.replace("tt_data", "tt_autograd"), encoding="utf-8")
    layers = workspace.layers()
    assert layers.returncode == 1
    assert "tt_tensor.hidden -> tt_autograd" in layers.stdout


def test_deptry_sees_a_lazy_import(workspace):
    workspace.source("tt-optim", "hidden.py").write_text(HIDDEN, encoding="utf-8")
    deptry = workspace.deptry("tt-optim")
    assert deptry.returncode == 1
    assert "tt_data" in deptry.stdout


def test_the_wheel_alone_cannot_do_it(workspace):
    workspace.source("tt-optim", "hidden.py").write_text(HIDDEN, encoding="utf-8")
    python = workspace.venv("alone")
    installed = workspace.install(python, "tt-optim")
    assert installed.returncode == 0, installed.stdout
    assert workspace.run(python, "-c", "import tt_optim.hidden").returncode == 0
    called = workspace.run(python, "-c", "import tt_optim.hidden; tt_optim.hidden.batches()")
    assert called.returncode == 1
    assert "ModuleNotFoundError: No module named 'tt_data'" in called.stdout
