"""state_dict and load_state_dict."""

import numpy as np
import pytest
from tt_autograd import Tensor, tensor
from tt_nn import BatchNorm1d, Linear, Module, Parameter, Sequential


class Net(Module):
    def __init__(self):
        super().__init__()
        self.a = Linear(2, 3)
        self.register_buffer("mean", tensor([0.5]))
        self.register_buffer("scratch", tensor([5.0]), persistent=False)
        self.b = Sequential(Linear(3, 1, bias=False))


class Tied(Module):
    def __init__(self):
        super().__init__()
        self.x, self.y = Linear(2, 2), Linear(2, 2)
        self.y.weight = self.x.weight


class TestMisuse:
    def test_everything_wrong_is_named_at_once(self):
        net = Net()
        state = net.state_dict()
        before = {k: v.tolist() for k, v in state.items()}
        bad = dict(state) | {"a.weight": tensor([1.0]), "a.bias": 3, "extra": tensor([1.0]), "a.zzz": tensor([1.0])}
        bad["mean"] = tensor([9.0])
        del bad["b.0.weight"]
        with pytest.raises(RuntimeError) as caught:
            net.load_state_dict(bad)
        assert str(caught.value) == (
            "Error(s) in loading state_dict for Net:\n"
            '\tMissing key(s) in state_dict: "b.0.weight". \n'
            '\tUnexpected key(s) in state_dict: "extra", "a.zzz". \n'
            "\tsize mismatch for a.weight: copying a param with shape torch.Size([1]) from checkpoint, "
            "the shape in current model is torch.Size([3, 2]).\n"
            "\tWhile copying the parameter named \"a.bias\", expected a tensor or an array but received <class 'int'>"
        )
        assert {k: v.tolist() for k, v in net.state_dict().items()} == before, "nothing is changed if it raises"

    def test_shapes_must_fit_even_if_not_strict(self):
        with pytest.raises(RuntimeError, match=r"size mismatch for mean.*\[2\].*\[1\]"):
            Net().load_state_dict({"mean": tensor([1.0, 2.0])}, strict=False)

    @pytest.mark.parametrize("state", [3, None, [("mean", 1)]])
    def test_not_a_mapping(self, state):
        with pytest.raises(TypeError, match="dict-like"):
            Net().load_state_dict(state)

    def test_a_place_without_a_parameter_takes_none(self):
        layer = Linear(2, 2, bias=False)
        state = layer.state_dict() | {"bias": tensor([0.0, 0.0])}
        with pytest.raises(RuntimeError, match='Unexpected key.*"bias"'):
            layer.load_state_dict(state)


def test_names_and_memory():
    net = Net()
    state = net.state_dict()
    assert list(state) == ["mean", "a.weight", "a.bias", "b.0.weight"]
    assert all(type(x) is Tensor and not x.requires_grad for x in state.values())
    assert np.shares_memory(state["a.weight"].array, net.a.weight.array)
    kept = net.state_dict(prefix="net.", keep_vars=True)
    assert kept["net.a.weight"] is net.a.weight
    into = {}
    assert net.state_dict(destination=into) is into
    assert list(into) == list(state)


def test_loading_copies_in_place():
    a, b = Net(), Net()
    weight, memory = b.a.weight, b.a.weight.array
    answer = b.load_state_dict(a.state_dict())
    assert repr(answer) == "<All keys matched successfully>"
    assert answer == ([], [])
    assert b.a.weight is weight
    assert b.a.weight.array is memory
    assert not np.shares_memory(a.a.weight.array, memory)
    assert memory.tolist() == a.a.weight.tolist()


def test_not_strict_reports():
    answer = Net().load_state_dict({"mean": tensor([1.0]), "zzz": tensor([1.0])}, strict=False)
    assert answer.missing_keys == ["a.weight", "a.bias", "b.0.weight"]
    assert answer.unexpected_keys == ["zzz"]
    assert "zzz" in repr(answer)


def test_shared_members_are_there_under_both_names():
    a, b = Tied(), Tied()
    assert list(a.state_dict()) == ["x.weight", "x.bias", "y.weight", "y.bias"]
    b.load_state_dict(a.state_dict())
    assert b.x.weight is b.y.weight
    assert b.x.weight.tolist() == a.x.weight.tolist()


def test_arrays_and_other_dtypes_are_taken():
    layer = Linear(2, 1)
    layer.load_state_dict({"weight": np.array([[1.0, 2.0]]), "bias": tensor([3])})
    assert (layer.weight.tolist(), layer.bias.tolist()) == ([[1.0, 2.0]], [3.0])
    assert layer.weight.dtype == layer.bias.dtype == np.float32


def test_assign_takes_the_tensors_themselves():
    layer = Linear(2, 1).requires_grad_(False)
    weight, bias = tensor([[1.0, 2.0]], dtype=np.dtype("float64")), Parameter(tensor([3.0]))
    layer.load_state_dict({"weight": weight, "bias": bias}, assign=True)
    assert layer.weight.array is weight.array
    assert layer.bias is bias
    assert layer.weight.dtype == np.float64
    assert not layer.weight.requires_grad
    assert not layer.bias.requires_grad
    net = Net()
    net.load_state_dict(net.state_dict() | {"mean": np.array([2.0])}, assign=True)
    assert net.mean.tolist() == [2.0]


def test_backward_notices_that_a_saved_weight_was_loaded_over():
    layer = Linear(2, 1)
    x = tensor([[1.0, 2.0]], requires_grad=True)
    y = layer(x)
    layer.load_state_dict(layer.state_dict())
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        y.sum().backward()


def test_extra_state_is_saved_and_put_back():
    class Counter(Module):
        def __init__(self, n):
            super().__init__()
            self.n = n

        def get_extra_state(self):
            return self.n

        def set_extra_state(self, state):
            self.n = state

    class Net(Module):
        def __init__(self, n):
            super().__init__()
            self.layer, self.steps = Linear(2, 1), Counter(n)

    old, new = Net(3), Net(0)
    assert list(old.state_dict()) == ["layer.weight", "layer.bias", "steps._extra_state"]
    new.load_state_dict(old.state_dict())
    assert new.steps.n == 3
    with pytest.raises(RuntimeError, match="steps._extra_state"):
        new.load_state_dict({"layer.weight": old.layer.weight, "layer.bias": old.layer.bias})
    with pytest.raises(RuntimeError, match="Unexpected.*_extra_state"):
        old.layer.load_state_dict({**old.layer.state_dict(), "_extra_state": 1})


@pytest.mark.parametrize("expanded", [True, False])
def test_nothing_is_copied_if_one_place_cannot_be_written_to(expanded):
    net = Linear(2, 2)
    bias = np.zeros(2, np.float32)
    bias.flags.writeable = False
    net.bias = Parameter(tensor([0.0]).expand(2) if expanded else Tensor(bias))
    before, ones = net.weight.tolist(), {"weight": np.ones((2, 2)), "bias": np.ones(2, np.float32)}
    with pytest.raises(RuntimeError, match='"bias" is read-only or an expanded view'):
        net.load_state_dict(ones)
    assert net.weight.tolist() == before
    net.load_state_dict(ones, assign=True)
    assert net.bias.tolist() == [1, 1]


def test_a_state_from_before_batches_were_counted():
    """Weights that were published before PyTorch 0.4.1 lack the number of batches; what is there is kept."""
    source, target = Sequential(BatchNorm1d(2)), Sequential(BatchNorm1d(2))
    target(tensor([[1.0, 1.0], [1.0, 1.0]]))
    state = source.state_dict()
    del state["0.num_batches_tracked"]
    assert target.load_state_dict(state) == ([], [])
    assert int(target[0].num_batches_tracked) == 1
    assert target[0].running_mean.tolist() == [0, 0]
    del state["0.running_var"]
    with pytest.raises(RuntimeError, match="running_var"):
        target.load_state_dict(state)
