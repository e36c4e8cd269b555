"""How tensors are printed. Each text is what PyTorch prints, without `torch.` before a dtype."""

import math

import numpy as np
import pytest
from tt_tensor import Tensor, arange, get_printoptions, printoptions, set_printoptions, tensor, zeros
from tt_tensor.printing import text

INF, NAN = math.inf, math.nan


@pytest.mark.parametrize(
    ("x", "expected"),
    [
        ([1.0, 2.0], "tensor([1., 2.])"),
        ([1.5, 2.0], "tensor([1.5000, 2.0000])"),
        ([-1.0, 2.0], "tensor([-1.,  2.])"),
        ([1e-5, 1.0], "tensor([1.0000e-05, 1.0000e+00])"),
        ([1e5, 1.0], "tensor([1.0000e+05, 1.0000e+00])"),
        ([1000.5, 2.25], "tensor([1000.5000,    2.2500])"),
        ([1e8, 2e8], "tensor([1.0000e+08, 2.0000e+08])"),
        ([NAN, 1.0], "tensor([nan, 1.])"),
        ([NAN, INF, -INF], "tensor([nan, inf, -inf])"),
        ([[-1.5, INF], [2, 3]], "tensor([[-1.5000,     inf],\n        [ 2.0000,  3.0000]])"),
        ([-0.0, 0.0], "tensor([-0., 0.])"),
        (3.0, "tensor(3.)"),
        (3.14159, "tensor(3.1416)"),
        (1e-10, "tensor(1.0000e-10)"),
        (3, "tensor(3)"),
        (True, "tensor(True)"),
        ([True, False], "tensor([ True, False])"),
        ([2**62, 1], "tensor([4611686018427387904,                   1])"),
        ([], "tensor([])"),
        (np.zeros((0, 3), np.float32), "tensor([], size=(0, 3))"),
        (np.zeros(0, np.int64), "tensor([], dtype=int64)"),
        (np.zeros((0, 3)), "tensor([], size=(0, 3), dtype=float64)"),
        (np.ones((2, 2)), "tensor([[1., 1.],\n        [1., 1.]], dtype=float64)"),
        (np.ones(2, np.uint8), "tensor([1, 1], dtype=uint8)"),
        (np.ones(2, np.float16), "tensor([1., 1.], dtype=float16)"),
        (np.array([1 + 2j, 3.5 - 1j], np.complex64), "tensor([1.0000+2.j, 3.5000-1.j])"),
    ],
)
def test_small(x, expected):
    assert repr(tensor(x)) == str(tensor(x)) == expected


def test_blank_lines_between_matrices():
    assert repr(zeros(2, 1, 2)) == "tensor([[[0., 0.]],\n\n        [[0., 0.]]])"


def test_long_lines_are_wrapped():
    lines = repr(arange(40)).split("\n")
    assert lines[0] == "tensor([ 0,  1,  2,  3,  4,  5,  6,  7,  8,  9, 10, 11, 12, 13, 14, 15, 16, 17,"
    assert lines[-1] == "        36, 37, 38, 39])"


def test_abridged_above_a_thousand():
    assert repr(arange(1001)) == "tensor([   0,    1,    2,  ...,  998,  999, 1000])"
    assert "..." not in repr(arange(1000))
    row = "[0., 0., 0.,  ..., 0., 0., 0.]"
    assert repr(zeros(50, 50)).split("\n")[:4] == [f"tensor([{row},"] + [f"        {row},"] * 2 + ["        ...,"]


def test_notes_go_to_a_new_line_where_they_do_not_fit():
    x = np.ones(20, np.float32) * 2.5
    assert text(x, "grad_fn=<MulBackward0>").endswith("2.5000, 2.5000], grad_fn=<MulBackward0>)")
    assert text(x[:9], "requires_grad=True").endswith("2.5000],\n       requires_grad=True)")
    assert text(x[:1], "a", "b", name="Name") == "Name([2.5000], a, b)"


def test_options():
    with printoptions(precision=2, edgeitems=1, threshold=3):
        assert repr(tensor([1.234, 2, 3, 4])) == "tensor([1.23,  ..., 4.00])"
    with printoptions(sci_mode=True):
        assert repr(tensor([1.0])) == "tensor([1.0000e+00])"
    with printoptions(linewidth=20):
        assert repr(arange(5)) == "tensor([0, 1, 2, 3,\n        4])"
    with printoptions(profile="full"):
        assert "..." not in repr(zeros(1001))
    assert get_printoptions()["precision"] == 4
    with pytest.raises(ValueError, match="profile"):
        set_printoptions(profile="long")


def test_views_are_printed_as_they_are_indexed():
    assert repr(Tensor(np.arange(4).reshape(2, 2).T)) == "tensor([[0, 2],\n        [1, 3]])"
