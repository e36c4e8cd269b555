"""What tinytorch gives is the packages' own, its tensors can require a gradient, and importing it is quick."""

import importlib
import os
import pkgutil
import subprocess
import sys

import numpy as np
import pytest
import tinytorch as torch
import tinytorch.nn.functional as F
import tt_autograd
import tt_data
import tt_nn
import tt_optim
import tt_spatial
import tt_tensor
import tt_transformer
from tinytorch.backends import precision
from tinytorch.optim.lr_scheduler import StepLR
from tinytorch.utils.data import DataLoader, TensorDataset
from tt_autograd.rule import RULES


def test_there_is_no_device_but_the_cpu():
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    assert device == torch.device("cpu")
    assert not torch.accelerator.is_available()
    assert torch.accelerator.current_accelerator() is None
    assert torch.cuda.device_count() == 0


def test_settings_of_precision_are_kept(monkeypatch):
    monkeypatch.setattr(precision, "_settings", dict(precision._settings))
    assert not torch.are_deterministic_algorithms_enabled()
    torch.use_deterministic_algorithms(True, warn_only=True)
    assert torch.are_deterministic_algorithms_enabled()
    assert torch.get_float32_matmul_precision() == "highest"
    torch.set_float32_matmul_precision("high")
    assert torch.get_float32_matmul_precision() == "high"
    with pytest.raises(ValueError, match="'medium'"):
        torch.set_float32_matmul_precision("low")


def test_what_is_left_out_raises():
    for name in ("jit", "compile", "no_such_name"):
        with pytest.raises(AttributeError):
            getattr(torch, name)
    with pytest.raises(ImportError):
        from tinytorch.nn import Conv9d  # noqa: F401


def test_every_primitive_of_every_package_has_a_derivative_or_is_flat():
    """One without would detach in silence what comes after it, if the engine did not refuse it."""
    without = set()
    for package in (tt_nn, tt_spatial, tt_transformer):
        for info in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
            module = importlib.import_module(info.name)
            without |= {op for op in vars(module).values() if isinstance(op, tt_tensor.Primitive) and op not in RULES}
    # These are called in the plain backward pass only; one that is itself recorded is made of other operations.
    assert {op.name for op in without} == {"attention_backward", "ctc_loss_backward"}


def test_names_are_the_packages_own():
    assert torch.nn.Linear is tt_nn.Linear
    assert torch.nn.functional.cross_entropy is tt_nn.functional.cross_entropy
    assert torch.optim.Adam is tt_optim.Adam
    assert torch.nn.utils is sys.modules["tinytorch.nn.utils"]
    assert torch.nn.utils.clip_grad_norm_ is tt_optim.clip_grad_norm_
    assert torch.Tensor is tt_autograd.Tensor
    assert torch.exp is tt_tensor.exp
    assert torch.conv2d is tt_spatial.functional.conv2d
    assert torch.manual_seed is tt_tensor.manual_seed
    assert torch.linalg.inv is tt_tensor.linalg.inv
    assert torch.utils.data.DataLoader is torch.data.DataLoader
    assert torch.data.TensorDataset is tt_data.TensorDataset
    assert issubclass(torch.data.Digits, tt_data.Digits)


@pytest.mark.parametrize(
    "make",
    [
        lambda: torch.tensor([1.0, 2.0]),
        lambda: torch.zeros(2),
        lambda: torch.randn(2),
        lambda: torch.arange(2.0),
        lambda: torch.rand_like(torch.ones(2)),
        lambda: torch.from_numpy(np.ones(2, np.float32)),
        lambda: torch.exp(torch.ones(2)),
        lambda: torch.data.Digits()[0][0],
        lambda: torch.data.Digits().tensors()[0],
        lambda: next(iter(torch.data.DataLoader(torch.data.Digits(), 4)))[0],
        lambda: next(iter(torch.data.DataLoader([1.0, 2.0], 2))),
        lambda: torch.utils.data.default_collate([1.0, 2.0]),
        lambda: next(iter(torch.data.DataLoader([(np.ones(2), 1)], 1)))[0],
    ],
)
def test_tensors_can_require_a_gradient(make):
    x = make()
    assert isinstance(x, torch.Tensor)
    x.requires_grad_()
    (x * x).sum().backward()
    np.testing.assert_array_equal(x.grad.numpy(), 2 * x.detach().numpy())


def test_code_written_for_pytorch():
    torch.manual_seed(0)

    class Net(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.body = torch.nn.Linear(64, 16)
            self.head = torch.nn.Linear(16, 10)

        def forward(self, x):
            return self.head(F.relu(self.body(x)))

    images, labels = torch.data.Digits(flatten=True).tensors()
    loader = DataLoader(TensorDataset(images, labels), batch_size=32, shuffle=True)
    model = Net()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2, weight_decay=1e-2)
    scheduler = StepLR(optimizer, step_size=2, gamma=0.5)
    criterion = torch.nn.CrossEntropyLoss()
    for _ in range(4):
        model.train()
        for x, y in loader:
            optimizer.zero_grad()
            loss = criterion(model(x), y)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
        scheduler.step()
    model.eval()
    with torch.no_grad():
        x, y = torch.data.Digits(train=False, flatten=True).tensors()
        right = (model(x).argmax(dim=1) == y).float().mean()
    assert right.item() > 0.9
    assert not right.requires_grad


def test_saved_and_loaded(tmp_path):
    torch.manual_seed(0)
    model, other = torch.nn.Linear(3, 2), torch.nn.Linear(3, 2)
    torch.save(model.state_dict(), tmp_path / "model.safetensors")
    other.load_state_dict(torch.load(tmp_path / "model.safetensors"))
    x = torch.randn(4, 3)
    np.testing.assert_array_equal(model(x).detach().numpy(), other(x).detach().numpy())


def seconds_to_import(name, bytecode):
    """What a fresh interpreter needs to import a module whose bytecode is at hand, as it is after pip install.

    Processor time, which other work on the machine does not lengthen.
    """
    code = f"import time; begin = time.process_time(); import {name}; print(time.process_time() - begin)"
    env = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "PYTHONPYCACHEPREFIX": str(bytecode)}
    env.pop("PYTHONDONTWRITEBYTECODE", None)
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True)
    return float(done.stdout)


def test_importing_is_quick(tmp_path):
    """All packages together take at most three times as long as NumPy, which they need; a ratio does not depend on the machine."""
    both = [(seconds_to_import("numpy", tmp_path), seconds_to_import("tinytorch", tmp_path)) for _ in range(6)]
    theirs, ours = (min(seconds) for seconds in zip(*both))
    assert ours < 4 * theirs, f"import tinytorch takes {1000 * ours:.0f} ms, import numpy {1000 * theirs:.0f} ms"


def test_importing_brings_no_user_interface():
    code = "import sys, tinytorch; print([m for m in ('rich', 'matplotlib', 'click', 'pytest') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (done.stdout.strip(), done.stderr) == ("[]", "")
