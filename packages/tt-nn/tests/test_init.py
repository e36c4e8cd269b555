"""Initial values."""

import math

import numpy as np
import pytest
from tt_autograd import Generator, from_numpy, manual_seed, tensor
from tt_nn import Parameter, init
from tt_tensor import InPlaceError


def empty(*shape, dtype=np.float32):
    return tensor(np.full(shape, np.nan, dtype))


@pytest.fixture(autouse=True)
def seeded():
    manual_seed(0)


@pytest.mark.parametrize(
    ("fill", "error"),
    [
        (lambda: init.eye_(empty(2)), ValueError),
        (lambda: init.dirac_(empty(2, 2)), ValueError),
        (lambda: init.dirac_(empty(3, 2, 2), groups=2), ValueError),
        (lambda: init.xavier_uniform_(empty(2)), ValueError),
        (lambda: init.kaiming_normal_(empty(2)), ValueError),
        (lambda: init.kaiming_uniform_(empty(2, 2), mode="fan"), ValueError),
        (lambda: init.kaiming_uniform_(empty(2, 2), nonlinearity="gelu"), ValueError),
        (lambda: init.orthogonal_(empty(2)), ValueError),
        (lambda: init.sparse_(empty(2), 0.5), ValueError),
        (lambda: init.normal_(empty(2).int()), NotImplementedError),
        (lambda: init.kaiming_uniform_(empty(2, 2).int()), NotImplementedError),
        (lambda: init.trunc_normal_(empty(2).int()), NotImplementedError),
        (lambda: init.orthogonal_(empty(2, 2).int()), NotImplementedError),
        (lambda: init.uniform_(empty(2), 2, 1), RuntimeError),
        (lambda: init.trunc_normal_(empty(2), a=2, b=1), RuntimeError),
        (lambda: init.normal_(empty(2), 0, -1), RuntimeError),
        (lambda: init.constant_(empty(2), None), TypeError),
        (lambda: init.constant_(empty(2), "1"), TypeError),
        (lambda: init.constant_(empty(2), [1.0, 2.0]), TypeError),
        (lambda: init.constant_(empty(2), tensor([1.0, 2.0])), TypeError),
        (lambda: init.constant_(empty(2), 1j), RuntimeError),
        (lambda: init.constant_(empty(2).long(), math.nan), RuntimeError),
        (lambda: init.constant_(empty(2).byte(), 256), RuntimeError),
        (lambda: init.calculate_gain("swish"), ValueError),
        (lambda: init.calculate_gain("leaky_relu", True), ValueError),
        (lambda: init.calculate_gain("leaky_relu", "x"), ValueError),
    ],
)
def test_misuse(fill, error):
    with pytest.raises(error):
        fill()


UNIFORM, NORMAL = "uniform", "normal"
SPREAD = [
    (lambda x: init.uniform_(x, -2, 4), UNIFORM, 1.0, math.sqrt(3)),
    (lambda x: init.normal_(x, 3, 0.5), NORMAL, 3.0, 0.5),
    (lambda x: init.xavier_uniform_(x, 2.0), UNIFORM, 0.0, 2 * math.sqrt(2 / 500)),
    (lambda x: init.xavier_normal_(x), NORMAL, 0.0, math.sqrt(2 / 500)),
    (lambda x: init.kaiming_uniform_(x, a=math.sqrt(5)), UNIFORM, 0.0, 1 / math.sqrt(3 * 300)),
    (lambda x: init.kaiming_normal_(x, mode="fan_out", nonlinearity="relu"), NORMAL, 0.0, math.sqrt(2 / 200)),
]


@pytest.mark.parametrize(("fill", "kind", "mean", "std"), SPREAD)
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.float16])
def test_distributions(fill, kind, mean, std, dtype):
    x = empty(200, 300, dtype=dtype)
    memory = x.array
    assert fill(x) is x
    assert x.array is memory
    values = memory.astype(np.float64)
    assert abs(values.mean() - mean) < 0.03 * std
    assert abs(values.std() / std - 1) < 0.03
    bound = std * math.sqrt(3) * 1.001
    outside = abs(values - mean) > bound
    assert not outside.any() if kind is UNIFORM else outside.mean() > 0.05


def test_fans_of_convolutions():
    x = empty(64, 16, 5, 5)
    assert init._calculate_fan_in_and_fan_out(x) == (16 * 25, 64 * 25)
    assert abs(init.kaiming_normal_(x, nonlinearity="linear").array.std() * math.sqrt(400) - 1) < 0.05


@pytest.mark.parametrize("limits", [(-2, 2), (1, 3), (1.9, 2.5), (-0.1, 0.1)])
def test_truncated_normal(limits):
    a, b = limits
    x = init.trunc_normal_(empty(100, 100), 0.0, 1.0, a, b).array
    assert x.min() >= a
    assert x.max() <= b
    grid = np.linspace(a, b, 10001)
    density = np.exp(-(grid**2) / 2)
    assert abs(x.mean() - (grid * density).sum() / density.sum()) < 0.03 * (b - a)
    with pytest.warns(UserWarning, match="more than 2 std") as caught:
        init.trunc_normal_(empty(2), mean=10.0)
    assert caught[0].filename == __file__


def test_constants():
    for three in 3, np.float64(3), np.array(3), tensor(3):
        assert init.constant_(empty(2), three).tolist() == [3.0, 3.0]
    assert init.ones_(empty(1)).tolist() == [1.0]
    assert init.zeros_(empty(1)).tolist() == [0.0]
    assert init.eye_(empty(2, 3)).tolist() == [[1, 0, 0], [0, 1, 0]]


@pytest.mark.parametrize("shape", [(4, 2, 3), (4, 2, 3, 3), (2, 4, 3, 3, 3)])
@pytest.mark.parametrize("groups", [1, 2])
def test_dirac_is_one_in_the_middle(shape, groups):
    x = init.dirac_(empty(*shape), groups).array
    middle = x[(slice(None), slice(None), *(n // 2 for n in shape[2:]))]
    assert x.sum() == middle.sum() == groups * min(shape[0] // groups, shape[1])
    assert middle[0, 0] == middle[shape[0] // groups * (groups - 1), 0] == 1


@pytest.mark.parametrize("shape", [(3, 5), (5, 3), (4, 4), (2, 3, 4), (6, 1, 2)])
def test_orthogonal(shape):
    x = init.orthogonal_(empty(*shape), 3.0).array.reshape(shape[0], -1)
    small = x @ x.T if x.shape[0] <= x.shape[1] else x.T @ x
    np.testing.assert_allclose(small, 9 * np.eye(len(small)), atol=1e-5)


def test_sparse():
    x = init.sparse_(empty(10, 6), 0.35, std=2.0).array
    assert ((x == 0).sum(0) == 4).all()
    assert len({tuple(column) for column in (x == 0).T}) > 1


def test_gains():
    gains = [init.calculate_gain(n) for n in ("linear", "conv2d", "sigmoid", "tanh", "relu", "leaky_relu", "selu")]
    assert gains == [1, 1, 1, 5 / 3, math.sqrt(2), math.sqrt(2 / (1 + 1e-4)), 0.75]
    assert init.calculate_gain("leaky_relu", 2) == math.sqrt(2 / 5)


def test_parameters_are_filled_past_the_tape():
    p = Parameter(empty(3, 3))
    for fill in (init.normal_, init.orthogonal_, init.kaiming_uniform_, init.ones_):
        assert fill(p) is p
        assert p.is_leaf
        assert p.requires_grad
    y = p * p
    init.zeros_(p)
    with pytest.raises(RuntimeError, match="inplace"):
        y.sum().backward()


def test_generators():
    def draw(fill):
        return fill(empty(3, 3), generator=Generator().manual_seed(5)).tolist()

    for fill in (
        init.uniform_,
        init.normal_,
        init.xavier_normal_,
        init.kaiming_uniform_,
        init.orthogonal_,
        init.trunc_normal_,
    ):
        assert draw(fill) == draw(fill)
    assert init.normal_(empty(3)).tolist() != init.normal_(empty(3)).tolist()


def test_empty_tensors():
    for fill in init.uniform_, init.normal_, init.orthogonal_, init.trunc_normal_:
        assert fill(empty(0, 3)).shape == (0, 3)
    for fill in init.kaiming_uniform_, init.kaiming_normal_:
        with pytest.warns(UserWarning, match="zero-element") as caught:
            assert fill(empty(0, 3)).shape == (0, 3)
        assert caught[0].filename == __file__


def test_memory_that_cannot_be_filled():
    fixed = np.ones((2, 3), np.float32)
    fixed.flags.writeable = False
    for x in tensor([0.0]).expand(2, 3), from_numpy(fixed):
        with pytest.raises(InPlaceError, match="read-only or an expanded view"):
            init.normal_(x)
    assert init.ones_(tensor([0.0, 0.0])[None]).tolist() == [[1, 1]]
