"""The contract of Module: attributes, traversal, modes, conversion, printing, copies."""

import copy
import gc
import pickle
import weakref

import numpy as np
import pytest
from tt_autograd import Tensor, tensor
from tt_nn import Identity, Linear, Module, ModuleList, Parameter, Sequential


class Net(Module):
    def __init__(self):
        super().__init__()
        self.a = Linear(2, 3)
        self.scale = Parameter(tensor([1.0, 2.0, 3.0]))
        self.register_buffer("mean", tensor([0.0]))
        self.register_buffer("scratch", tensor([5]), persistent=False)
        self.b = Sequential(Linear(3, 3), Identity())
        self.register_parameter("nothing", None)

    def forward(self, x):
        return self.b(self.a(x)) * self.scale


class Tied(Module):
    def __init__(self):
        super().__init__()
        self.first = Linear(2, 2)
        self.second = Linear(2, 2)
        self.second.weight = self.first.weight
        self.again = self.first


class TestMisuse:
    @pytest.mark.parametrize("value", [Parameter(tensor([1.0])), Identity()])
    def test_assigning_before_init(self, value):
        class Early(Module):
            def __init__(self):
                self.x = value
                super().__init__()

        with pytest.raises(AttributeError, match=r"before Module.__init__\(\) call"):
            Early()

    def test_registering_before_init(self):
        bare = Module.__new__(Module)
        for register in (bare.register_buffer, bare.register_parameter, bare.add_module):
            with pytest.raises(AttributeError, match="before Module"):
                register("x", None)

    def test_plain_attributes_before_init_are_fine(self):
        class Early(Module):
            def __init__(self):
                self.size = 3
                super().__init__()

        assert Early().size == 3

    @pytest.mark.parametrize("value", [3, tensor([1.0]), Identity(), "w"])
    def test_a_parameter_stays_a_parameter(self, value):
        with pytest.raises(TypeError, match="as parameter 'scale'"):
            Net().scale = value

    @pytest.mark.parametrize("value", [3, tensor([1.0])])
    def test_a_child_stays_a_module(self, value):
        with pytest.raises(TypeError, match="as child module 'a'"):
            Net().a = value

    def test_a_buffer_stays_a_tensor(self):
        with pytest.raises(TypeError, match="as buffer 'mean'"):
            Net().mean = 3.0

    @pytest.mark.parametrize(
        ("name", "error"), [("x.y", KeyError), ("", KeyError), (3, TypeError), ("forward", KeyError)]
    )
    def test_bad_names(self, name, error):
        net = Net()
        for register in (net.register_buffer, net.register_parameter, net.add_module):
            with pytest.raises(error):
                register(name, None)

    def test_wrong_values(self):
        net = Net()
        with pytest.raises(TypeError, match="'Tensor' object to parameter 'p'"):
            net.register_parameter("p", tensor([1.0]))
        with pytest.raises(TypeError, match="int is not a Module subclass"):
            net.add_module("m", 3)
        with pytest.raises(TypeError, match="'list' object to buffer 'q'"):
            net.register_buffer("q", [1.0])
        with pytest.raises(KeyError, match="already exists"):
            net.register_buffer("a", None)

    def test_missing_things(self):
        net = Net()
        with pytest.raises(AttributeError, match="'Net' object has no attribute 'foo'"):
            net.foo
        with pytest.raises(AttributeError, match="'Net' object has no attribute 'foo'"):
            del net.foo
        with pytest.raises(NotImplementedError, match=r'Module \[Module\] is missing the required "forward"'):
            Module()(1)
        with pytest.raises(TypeError, match="positional argument"):
            Module(3)
        with pytest.raises(ValueError, match="expected to be boolean"):
            net.train(1)

    @pytest.mark.parametrize(
        ("find", "message"),
        [
            (lambda n: n.get_submodule("a.c"), "Linear has no attribute `c`"),
            (lambda n: n.get_submodule("a.weight"), "`weight` is not a"),
            (lambda n: n.get_parameter("mean"), "`mean` is not a"),
            (lambda n: n.get_parameter("a.b"), "Linear has no attribute `b`"),
            (lambda n: n.get_buffer("scale"), "`scale` is not a buffer"),
            (lambda n: n.get_buffer("zzz"), "Net has no attribute `zzz`"),
        ],
    )
    def test_paths_that_lead_nowhere(self, find, message):
        with pytest.raises(AttributeError, match=message):
            find(Net())

    def test_to(self):
        net = Net()
        with pytest.raises(TypeError, match="only accepts floating point"):
            net.to(np.dtype("int64"))
        for dtype in np.dtype("float32").newbyteorder(), np.longdouble:
            with pytest.raises(TypeError, match="not a dtype that tensors have"):
                net.to(dtype=dtype)
        with pytest.raises(RuntimeError, match="cuda"):
            net.to("cuda")
        with pytest.raises(TypeError, match="unexpected keyword"):
            net.to(color="red")

    @pytest.mark.parametrize("data", [[1.0], np.ones(2), 3.0])
    def test_parameter_of_no_tensor(self, data):
        with pytest.raises(TypeError, match="convert it with tensor"):
            Parameter(data)

    def test_parameter_of_integers(self):
        with pytest.raises(RuntimeError, match="floating"):
            Parameter(tensor([1, 2]))
        assert not Parameter(tensor([1, 2]), requires_grad=False).requires_grad

    def test_the_registries_cannot_be_written_past_the_module(self):
        with pytest.raises(TypeError):
            Net()._parameters["scale"] = None


class TestAttributes:
    def test_order_is_that_of_registration(self):
        net = Net()
        assert [n for n, _ in net.named_parameters()] == ["scale", "a.weight", "a.bias", "b.0.weight", "b.0.bias"]
        assert [n for n, _ in net.named_buffers()] == ["mean", "scratch"]
        assert [n for n, _ in net.named_modules()] == ["", "a", "b", "b.0", "b.1"]
        assert [n for n, _ in net.named_children()] == ["a", "b"]

    def test_replacing_keeps_the_place_and_deleting_loses_it(self):
        m = Module()
        m.x, m.y = Parameter(tensor([1.0])), Parameter(tensor([2.0]))
        m.x = Parameter(tensor([3.0]))
        assert [n for n, _ in m.named_parameters()] == ["x", "y"]
        p = m.x
        del m.x
        assert not hasattr(m, "x")
        m.x = p
        assert [n for n, _ in m.named_parameters()] == ["y", "x"]

    def test_none_takes_the_value_away_and_keeps_the_place(self):
        net = Net()
        net.scale = net.a = net.mean = None
        assert [n for n, _ in net.named_parameters()] == ["b.0.weight", "b.0.bias"]
        assert [n for n, _ in net.named_buffers()] == ["scratch"]
        net.scale = Parameter(tensor([1.0]))
        assert "scale" in dict(net.named_parameters())

    def test_a_plain_attribute_becomes_a_parameter(self):
        m = Module()
        m.x = None
        m.x = Parameter(tensor([1.0]))
        assert list(dict(m.named_parameters())) == ["x"]

    def test_a_buffer_can_be_assigned_and_stays_one(self):
        net = Net()
        net.mean = tensor([7.0])
        assert net.state_dict()["mean"].item() == 7.0

    def test_a_child_becomes_a_parameter(self):
        net = Net()
        net.a = Parameter(tensor([1.0]))
        assert "a" in dict(net.named_parameters())
        assert "a" not in dict(net.named_children())

    def test_prefix_and_recurse(self):
        net = Net()
        assert [n for n, _ in net.named_parameters("net", recurse=False)] == ["net.scale"]
        assert [n for n, _ in net.named_modules(prefix="net")][:2] == ["net", "net.a"]
        assert len(list(net.parameters())) == 5
        assert len(list(net.buffers(recurse=False))) == 2

    def test_shared_members_come_once(self):
        tied = Tied()
        assert [n for n, _ in tied.named_parameters()] == ["first.weight", "first.bias", "second.bias"]
        every = [n for n, _ in tied.named_parameters(remove_duplicate=False)]
        assert every == [f"{m}.{p}" for m in ("first", "second", "again") for p in ("weight", "bias")]
        assert [n for n, _ in tied.named_modules()] == ["", "first", "second"]
        assert [len(list(tied.modules(once))) for once in (True, False)] == [3, 4]
        assert [n for n, _ in tied.named_modules(remove_duplicate=False)] == ["", "first", "second", "again"]
        assert len(list(tied.children())) == 2

    def test_paths(self):
        net = Net()
        assert net.get_submodule("") is net
        assert net.get_submodule("b.0") is net.b[0]
        assert net.get_parameter("b.0.weight") is net.b[0].weight
        assert net.get_buffer("mean") is net.mean

    def test_a_module_at_a_path_is_replaced(self):
        net, other = Net(), Linear(1, 1)
        net.set_submodule("b.0", other, strict=True)
        assert net.b[0] is other
        net.set_submodule("b.more", Identity())
        assert [name for name, _ in net.b.named_children()] == ["0", "1", "more"]
        net.set_submodule("a", other)
        assert net.a is other
        for wrong, error, match in [
            (("", other), ValueError, "target name"),
            (("b.", other), ValueError, "target name"),
            (("a", 3), ValueError, "not an nn.Module"),
            (("scale", other), AttributeError, "`scale` is not a"),
            (("zzz.a", other), AttributeError, "no attribute `zzz`"),
            (("b.zzz", other, True), AttributeError, "no attribute `zzz`"),
        ]:
            with pytest.raises(error, match=match):
                net.set_submodule(*wrong)

    def test_apply_visits_children_first(self):
        seen = []
        net = Net()
        assert net.apply(lambda m: seen.append(type(m).__name__)) is net
        assert seen == ["Linear", "Linear", "Identity", "Sequential", "Net"]

    def test_registries_show_what_there_is(self):
        net = Net()
        assert list(net._parameters) == ["scale", "nothing"]
        assert list(net._modules) == ["a", "b"]
        assert list(net._buffers) == ["mean", "scratch"]


class TestModes:
    def test_train_and_eval(self):
        net = Net()
        assert all(m.training for m in net.modules())
        assert net.eval() is net
        assert not any(m.training for m in net.modules())
        assert net.train().b[1].training

    def test_requires_grad(self):
        net = Net().requires_grad_(False)
        assert not any(p.requires_grad for p in net.parameters())
        assert not net(tensor([1.0, 2.0])).requires_grad
        assert all(p.requires_grad for p in net.requires_grad_().parameters())

    def test_zero_grad(self):
        net = Net()
        net(tensor([1.0, 2.0])).sum().backward()
        assert all(p.grad is not None for p in net.parameters())
        before = [p.grad for p in net.parameters()]
        net.zero_grad(set_to_none=False)
        assert all(p.grad is g and not g.numpy().any() for p, g in zip(net.parameters(), before, strict=True))
        net.zero_grad()
        assert all(p.grad is None for p in net.parameters())

    def test_conversion_keeps_the_objects(self):
        net = Net()
        before = [id(p) for p in net.parameters()]
        net(tensor([1.0, 2.0])).sum().backward()
        assert net.double() is net
        assert [id(p) for p in net.parameters()] == before
        assert {p.dtype for p in net.parameters()} == {p.grad.dtype for p in net.parameters()} == {np.dtype("float64")}
        assert net.mean.dtype == np.float64
        assert net.scratch.dtype == np.int64
        assert net.half().scale.dtype == np.float16
        assert net.float().scale.dtype == np.float32
        assert net.to("cpu", np.dtype("float64")).scale.dtype == np.float64
        assert net.to(tensor([1.0])).scale.dtype == np.float32
        assert net.to(dtype=np.dtype("float64")).cpu().scale.dtype == np.float64
        assert net.to(np.float16).scale.dtype == net.to(dtype="float16").scale.dtype == np.float16
        assert net.to(np.dtype("float64", copy=True)).scale.dtype is np.dtype("float64")

    def test_gradients_reach_the_parameters_after_conversion(self):
        net = Net().double()
        net(tensor([1.0, 2.0], dtype=np.dtype("float64"))).sum().backward()
        assert net.a.weight.grad.dtype == np.float64


class TestParameter:
    def test_results_are_plain_tensors(self):
        p = Parameter(tensor([1.0, 2.0]))
        assert type(p * 2) is Tensor
        frozen = Parameter(tensor([1.0]), requires_grad=False)
        assert type(frozen * 2) is Tensor
        assert p.is_leaf
        assert isinstance(p, Tensor)

    def test_memory_is_shared(self):
        x = tensor([1.0, 2.0])
        assert np.shares_memory(Parameter(x).array, x.array)

    def test_repr(self):
        assert repr(Parameter(tensor([1.0]))) == "Parameter containing:\ntensor([1.], requires_grad=True)"
        assert repr(Parameter(tensor([1.0]), requires_grad=False)) == "Parameter containing:\ntensor([1.])"
        assert Parameter().shape == (0,)

    def test_data_can_be_replaced(self):
        p = Parameter(tensor([1.0, 2.0]))
        p.data = tensor([3.0, 4.0])
        assert p.tolist() == [3.0, 4.0]
        assert p.requires_grad
        assert not p.data.requires_grad

    def test_deepcopy_and_pickle(self):
        p = Parameter(tensor([1.0, 2.0]))
        (p * p).sum().backward()
        for q in (copy.deepcopy(p), pickle.loads(pickle.dumps(p))):
            assert type(q) is Parameter
            assert q.tolist() == p.tolist()
            assert q.requires_grad
            assert not np.shares_memory(p.array, q.array)
            assert q.grad is None


class TestCopies:
    @pytest.mark.parametrize("clone", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))])
    def test_copies_are_equal_and_apart(self, clone):
        tied = Sequential(Tied(), Net())
        other = clone(tied)
        mine, theirs = tied.state_dict(), other.state_dict()
        assert list(mine) == list(theirs)
        for name in mine:
            assert mine[name].tolist() == theirs[name].tolist()
            assert not np.shares_memory(mine[name].array, theirs[name].array)
        assert other[0].first is other[0].again
        assert other[0].first.weight is other[0].second.weight

    def test_a_shallow_copy_shares_members_but_not_the_list_of_them(self):
        net = Net()
        other = copy.copy(net)
        assert other.a is net.a
        other.extra = Linear(1, 1)
        assert "extra" not in dict(net.named_children())
        assert "extra" in dict(other.named_children())

    def test_modules_are_freed_without_the_collector(self):
        gc.collect()
        gc.disable()
        try:
            net = Net()
            net(tensor([1.0, 2.0])).sum().backward()
            gone = weakref.ref(net), weakref.ref(net.a.weight)
            del net
            assert [g() for g in gone] == [None, None]
        finally:
            gc.enable()


class TestRepr:
    def test_nested(self):
        net = Net()
        net.none = None
        assert repr(net) == (
            "Net(\n"
            "  (a): Linear(in_features=2, out_features=3, bias=True)\n"
            "  (b): Sequential(\n"
            "    (0): Linear(in_features=3, out_features=3, bias=True)\n"
            "    (1): Identity()\n"
            "  )\n"
            ")"
        )

    def test_extra_lines(self):
        class Extra(Identity):
            def extra_repr(self):
                return "one=1\ntwo=2"

        assert repr(Extra()) == "Extra(\n  one=1\n  two=2\n)"
        assert repr(ModuleList([Extra()])) == "ModuleList(\n  (0): Extra(\n    one=1\n    two=2\n  )\n)"

    def test_a_missing_child_is_shown(self):
        net = Module()
        net.add_module("gone", None)
        assert repr(net) == "Module(\n  (gone): None\n)"

    def test_dir_leaves_out_numbers(self):
        names = dir(Net().b)
        assert "forward" in names
        assert "0" not in names
