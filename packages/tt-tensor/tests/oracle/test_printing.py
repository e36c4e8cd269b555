"""Printing compared with PyTorch, on many random tensors and settings."""

import random
import re

import pytest
from tt_tensor import printing

torch = pytest.importorskip("torch")

DTYPES = [
    torch.float32,
    torch.float64,
    torch.float16,
    torch.int64,
    torch.int32,
    torch.uint8,
    torch.bool,
    torch.complex64,
]


def random_tensor(chance):
    ndim = chance.randint(0, 4)
    shape = [chance.choice([0, 1, 2, 3, 7, 8, 30] if ndim < 3 else [1, 2, 7, 8, 12]) for _ in range(ndim)]
    if chance.random() < 0.1:
        shape = [chance.choice([1000, 1001, 1500])]
    dtype = chance.choice(DTYPES)
    x = torch.randn(shape) * chance.choice([1, 10, 1e3, 10 ** chance.uniform(-6, 9)])
    if chance.random() < 0.3:
        x = x.round()
    if chance.random() < 0.2 and x.numel():
        x.view(-1)[0] = chance.choice([float("nan"), float("inf"), -float("inf"), 0.0, -0.0])
    if dtype.is_complex:
        x = x + 1j * torch.randn(shape)
    elif not dtype.is_floating_point:
        x = (torch.randn(shape) * 100).abs()
    x = x.to(dtype)
    if chance.random() < 0.2 and dtype.is_floating_point:
        x.requires_grad_()
    return x * 2.5 if chance.random() < 0.1 else x


def check(x):
    notes = []
    if x.grad_fn is not None:
        notes = [f"grad_fn=<{x.grad_fn.name()}>"]
    elif x.requires_grad:
        notes = ["requires_grad=True"]
    texts = printing.text(x.detach().numpy(), *notes), repr(x).replace("torch.", "")
    # The name of a dtype is shorter here, so that a line may end later.
    ours, theirs = (re.sub(r",\n\s+(dtype|requires|grad_fn|size)", r", \1", t) for t in texts)
    assert ours == theirs


@pytest.mark.parametrize("seed", range(20))
def test_equals_pytorch(seed):
    chance = random.Random(seed)
    torch.manual_seed(seed)
    for _ in range(50):
        check(random_tensor(chance))


@pytest.mark.parametrize("seed", range(10))
def test_options_equal_pytorch(seed):
    chance = random.Random(seed)
    torch.manual_seed(seed)
    for _ in range(20):
        settings = {
            "precision": chance.choice([2, 4, 6]),
            "edgeitems": chance.choice([1, 2, 3]),
            "threshold": chance.choice([5, 20, 1000]),
            "linewidth": chance.choice([40, 80, 120]),
            "sci_mode": chance.choice([None, True, False]),
        }
        with torch._tensor_str.printoptions(**settings), printing.printoptions(**settings):
            check(random_tensor(chance))
    torch.set_printoptions(profile="default")
    printing.set_printoptions(profile="default")
