import copy
import pickle

import numpy as np
import pytest
import tt_autograd as tt
import tt_tensor
from tt_autograd import Tensor, no_grad


def leaf(*values):
    return tt.tensor(values, requires_grad=True)


def test_requires_grad_misuse():
    with pytest.raises(RuntimeError, match="floating point"):
        tt.tensor([1, 2], requires_grad=True)
    with pytest.raises(RuntimeError, match="floating point"):
        tt.tensor([True]).requires_grad = True
    with pytest.raises(TypeError, match="bool"):
        tt.tensor([1.0]).requires_grad = 1
    with pytest.raises(RuntimeError, match="leaf variables"):
        (leaf(1.0) * 2).requires_grad = False


def test_leaves():
    x = tt.tensor([1.0, 2.0])
    assert (x.requires_grad, x.is_leaf, x.grad_fn, x.grad) == (False, True, None, None)
    assert x.requires_grad_() is x
    y = x * 2
    assert (y.requires_grad, y.is_leaf, y.grad_fn.name()) == (True, False, "MulBackward0")
    assert [(f.name(), k) for f, k in y.grad_fn.next_functions if f] == [("AccumulateGrad", 0)]
    assert y.grad_fn.next_functions[0][0].variable is x
    x.requires_grad = False
    assert not (x * 2).requires_grad
    y.requires_grad_()  # no change


def test_grad_is_checked_when_set():
    x = leaf(1.0, 2.0)
    x.grad = tt.ones(2)
    for bad, error in [
        (tt.ones(3), RuntimeError), (tt.ones(2, dtype=tt.float64), RuntimeError), (np.ones(2), TypeError), (x, RuntimeError),
    ]:  # fmt: skip
        with pytest.raises(error):
            x.grad = bad
    x.grad = None
    assert x.grad is None


def test_grad_of_an_inner_tensor_warns_unless_retained():
    x = leaf(1.0, 2.0)
    y = x * 3
    with pytest.warns(UserWarning, match="not a leaf"):
        assert y.grad is None
    y.retain_grad()
    y.sum().backward()
    assert y.retains_grad
    assert y.grad.tolist() == [1, 1]
    x.retain_grad()
    assert not x.retains_grad
    with pytest.raises(RuntimeError, match="retain_grad"):
        tt.tensor(1.0).retain_grad()


def test_detach_and_data_share_memory():
    x = leaf(1.0, 2.0)
    for y in (x.detach(), x.data, (x * 1).detach()):
        assert not y.requires_grad
    x.detach().array[0] = 7
    assert x.tolist() == [7, 2]
    y = x * 2
    y.detach_()
    assert y.is_leaf
    assert not y.requires_grad
    with pytest.raises(RuntimeError, match="views"):
        (x * 2)[0].detach_()
    x.data = tt.zeros(3)
    assert x.requires_grad
    assert x.shape == (3,)
    with pytest.raises(TypeError):
        x.data = 3


def test_numpy_raises_with_the_remedy():
    x = leaf(1.0)
    with pytest.raises(RuntimeError, match=r"detach\(\)\.numpy\(\)"):
        x.numpy()
    with pytest.raises(RuntimeError, match="requires grad"):
        np.asarray(x)
    assert x.numpy(force=True) is x.array
    assert x.detach().numpy() is x.array


def test_repr():
    x = leaf(1.0, 2.0)
    assert repr(x) == "tensor([1., 2.], requires_grad=True)"
    assert repr(x * 2) == "tensor([2., 4.], grad_fn=<MulBackward0>)"
    assert repr(x.detach()) == "tensor([1., 2.])"


def test_copies_and_pickles():
    x = leaf(1.0, 2.0)
    (x * x).sum().backward()
    y = copy.deepcopy(x)
    assert y.requires_grad
    assert y.is_leaf
    assert y.tolist() == [1, 2]
    assert y.grad.tolist() == [2, 4]
    assert not np.shares_memory(x.array, y.array)
    z = pickle.loads(pickle.dumps(x))
    assert z.requires_grad
    assert z.grad is None
    assert z.dtype is x.dtype  # NumPy's unpickled dtypes are other objects
    assert copy.copy(x).array is x.array
    with pytest.raises(RuntimeError, match="leaves"):
        copy.deepcopy(x * 2)
    a, b = copy.deepcopy([x, x])
    assert a is b


def test_creation_functions_make_tensors_that_can_require_gradients():
    from tt_tensor.creation import CREATION
    from tt_tensor.from_data import FROM_DATA
    from tt_tensor.random import RANDOM

    for name in (*FROM_DATA, *CREATION, *RANDOM):
        assert getattr(tt, name) is not getattr(tt_tensor, name), name
    for x in (tt.zeros(2), tt.randn(2), tt.tensor(1.0), tt.arange(3.0), tt.zeros_like(tt.ones(2)), tt.as_tensor([1.0])):
        assert type(x) is Tensor
    assert tt.rand(2, requires_grad=True).requires_grad
    with pytest.raises(RuntimeError, match="floating"):
        tt.arange(3, requires_grad=True)
    out = tt.empty(2)
    assert tt.zeros(2, out=out) is out
    x = leaf(1.0)
    assert tt.as_tensor(x) is x
    a = np.ones(2)
    assert tt.from_numpy(a).array is a


def test_everything_of_tt_tensor_is_here():
    from types import ModuleType

    names = {n for n, v in vars(tt_tensor).items() if not n.startswith("_") and not isinstance(v, ModuleType)}
    assert not {n for n in names if not hasattr(tt, n)}


def test_a_subclass_is_recorded_and_gives_plain_results():
    class Mine(Tensor):
        pass

    x = Mine(np.ones(2, np.float32), True)
    y = x * tt.ones(2)
    assert type(y) is Tensor
    y.sum().backward()
    assert x.grad.tolist() == [1, 1]


def test_zero_dimensional_and_empty():
    x = tt.tensor(3.0, requires_grad=True)
    (x * x).backward()
    assert x.grad.shape == ()
    e = tt.zeros(0, 3, requires_grad=True)
    (e * 2).sum().backward()
    assert e.grad.shape == (0, 3)


def test_no_grad_blocks_keep_the_flag_of_leaves():
    x = leaf(1.0)
    with no_grad():
        assert x.requires_grad
        x.add_(1)
    assert x.is_leaf
    assert x.requires_grad
    assert x.tolist() == [2]


def test_the_constructor_makes_floats_of_numbers():
    assert Tensor([1, 2]).dtype == Tensor([[1.0], [2.0]]).dtype == tt.float32
    assert Tensor(np.array([1, 2])).dtype == tt.int64
    with pytest.raises(TypeError, match="empty"):
        Tensor(2, 3)
