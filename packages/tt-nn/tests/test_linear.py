"""Linear, Bilinear, Identity, Flatten, Unflatten."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tt_autograd import grad, gradcheck, gradgradcheck, tensor
from tt_nn import Bilinear, Flatten, Identity, Linear, Unflatten
from tt_nn.blas import one_blas_thread
from tt_nn.linear import bilinear, linear
from tt_tensor import get_num_threads, set_num_threads

rng = np.random.default_rng(0)
START = rng.bit_generator.state


@pytest.fixture(autouse=True)
def _same_numbers():
    """Whichever tests ran before, in this process or in another."""
    rng.bit_generator.state = START


def wide(*shape):
    return tensor(rng.standard_normal(shape), requires_grad=True)


class TestMisuse:
    def test_shapes_and_dtypes(self):
        with pytest.raises(RuntimeError, match=r"\(3, 3\).*\(2, 2\)"):
            Linear(2, 2)(tensor(np.ones((3, 3), np.float32)))
        with pytest.raises(RuntimeError, match="dtype"):
            Linear(2, 2)(tensor([1.0, 2.0], dtype=np.dtype("float64")))
        with pytest.raises(RuntimeError, match="dtype"):
            Linear(2, 2)(tensor([1, 2]))
        with pytest.raises(TypeError):
            Linear(2, 2)(3)
        with pytest.raises(TypeError):
            Linear(2, 2)([1.0, 2.0])

    @pytest.mark.parametrize(
        ("make", "error"),
        [
            (lambda: Linear(-1, 2), RuntimeError),
            (lambda: Linear(2.5, 2), TypeError),
            (lambda: Linear(2, 2, device="cuda"), RuntimeError),
            (lambda: Linear(2, 2, dtype="colour"), TypeError),
            (lambda: Linear(2, 2, dtype=np.int64), RuntimeError),
            (lambda: Linear(2, 2, rank=3), TypeError),
            (lambda: Bilinear(0, 3, 4), ValueError),
            (lambda: Unflatten(1, 2), TypeError),
            (lambda: Unflatten("c", (2, 2)), TypeError),
            (lambda: Unflatten(1, (2, 2.0)), TypeError),
            (lambda: Unflatten(1, (2, 2))(tensor(np.ones((2, 3)))), RuntimeError),
            (lambda: Flatten(5)(tensor([1.0])), IndexError),
        ],
    )
    def test_bad_settings(self, make, error):
        with pytest.raises(error):
            make()

    def test_bilinear(self):
        with pytest.raises(RuntimeError, match="input2 size does not match weight size: got 2 but expected 3"):
            Bilinear(2, 3, 4)(tensor([1.0, 2.0]), tensor([1.0, 2.0]))
        with pytest.raises(RuntimeError, match="batch dimensions"):
            Bilinear(2, 2, 4)(tensor([1.0, 2.0]), tensor([[1.0, 2.0]]))


@pytest.mark.filterwarnings("ignore:Initializing zero-element")
@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 3), max_size=3), st.integers(0, 4), st.integers(0, 4), st.booleans())
def test_linear_is_what_its_formula_says(lead, n, m, bias):
    layer = Linear(n, m, bias=bias)
    x = rng.standard_normal((*lead, n)).astype(np.float32)
    y = layer(tensor(x))
    expected = x @ layer.weight.numpy().T if not layer.weight.requires_grad else x @ layer.weight.array.T
    assert y.shape == (*lead, m)
    assert y.dtype == np.float32
    np.testing.assert_allclose(y.array, expected + (layer.bias.array if bias else 0), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("shape", [(3,), (2, 3), (2, 2, 3), (0, 3)])
@pytest.mark.parametrize("bias", [True, False])
def test_linear_derivatives(shape, bias):
    values = [wide(*shape), wide(4, 3)] + [wide(4)] * bias
    assert gradcheck(linear, values)
    assert gradgradcheck(linear, values)


def test_bilinear_values_and_derivatives():
    x, y, w, b = wide(5, 2), wide(5, 3), wide(4, 2, 3), wide(4)
    expected = np.einsum("ni,kij,nj->nk", x.array, w.array, y.array) + b.array
    np.testing.assert_allclose(bilinear(x, y, w, b).array, expected)
    assert gradcheck(bilinear, [x, y, w, b])
    assert gradgradcheck(bilinear, [x, y, w])
    assert Bilinear(2, 3, 4)(tensor([1.0, 2.0]), tensor([1.0, 2.0, 3.0])).shape == (4,)


def test_parameters():
    layer = Linear(3, 2, dtype=np.float64)
    assert layer.weight.shape == (2, 3)
    assert layer.weight.dtype == layer.bias.dtype == np.float64
    assert Linear(3, 2, bias=False).bias is None
    bound = 1 / np.sqrt(100)
    big = Linear(100, 400)
    for values in (big.weight.array, big.bias.array):
        assert abs(values).max() <= bound
        assert abs(values.std() / (bound / np.sqrt(3)) - 1) < 0.1
    with pytest.warns(UserWarning, match="zero-element"):
        layer = Linear(0, 2)
    assert layer(tensor(np.ones((3, 0), np.float32))).tolist() == [[0.0, 0.0]] * 3


def test_identity_and_shapes():
    x = tensor(np.ones((2, 3, 4), np.float32))
    assert Identity(1, a=2)(x) is x
    assert Flatten()(x).shape == (2, 12)
    assert Flatten(0, 1)(x).shape == (6, 4)
    assert Unflatten(2, (2, -1))(x).shape == (2, 3, 2, 2)
    assert repr(Flatten()) == "Flatten(start_dim=1, end_dim=-1)"
    assert repr(Unflatten(1, (2, 5))) == "Unflatten(dim=1, unflattened_size=(2, 5))"
    assert repr(Bilinear(1, 2, 3)) == "Bilinear(in1_features=1, in2_features=2, out_features=3, bias=True)"


def gradients(count, shapes, frozen=()):
    """A layer large enough to be shared out among `count` threads: the result, and all gradients that are asked for."""
    numbers, before = np.random.default_rng(0), get_num_threads()
    x, w, b = (
        tensor(numbers.standard_normal(s, np.float32), requires_grad=k not in frozen) for k, s in enumerate(shapes)
    )
    set_num_threads(count)
    one_blas_thread()  # as in the pool: two threads of BLAS add up in another order
    y = linear(x, w, b)
    y.backward(tensor(numbers.standard_normal(tuple(y.shape), np.float32)))
    set_num_threads(before)
    return [y.detach().numpy(), *(t.grad.numpy() for t in (x, w, b) if t.requires_grad)]


@pytest.mark.parametrize("frozen", [(), (0,), (1,), (2,), (0, 1)])
@pytest.mark.parametrize(
    "shapes", [[(4, 150, 128), (192, 128), (192,)], [(160, 96), (1024, 96), (1024,)], [(700, 128), (160, 128), (1,)]]
)
def test_results_do_not_depend_on_the_number_of_threads(shapes, frozen):
    one = gradients(1, shapes, frozen)
    for count in 2, 3, 5:
        for a, b in zip(one, gradients(count, shapes, frozen), strict=True):
            np.testing.assert_array_equal(a, b)


def test_second_order_on_two_threads():
    before = get_num_threads()
    set_num_threads(2)
    x, w = (tensor(np.full(shape, 0.5, np.float32), requires_grad=True) for shape in ((600, 128), (192, 128)))
    (dx,) = grad((linear(x, w) ** 2).sum(), x, create_graph=True)  # 2 x wᵀ w
    (again,) = grad(dx.sum(), w)
    set_num_threads(before)
    np.testing.assert_allclose(again.numpy(), 2 * 600 * (128 * 0.5 * 0.5 + 0.5 * 128 * 0.5), rtol=1e-5)
