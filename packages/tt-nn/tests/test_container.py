"""Sequential, ModuleList, ModuleDict, ParameterList, ParameterDict."""

from collections import OrderedDict

import numpy as np
import pytest
from tt_autograd import tensor
from tt_nn import Identity, Linear, Module, ModuleDict, ModuleList, Parameter, ParameterDict, ParameterList, Sequential


class Named(Module):
    def __init__(self, name):
        super().__init__()
        self.name = name

    def forward(self, x):
        return [*x, self.name]

    def extra_repr(self):
        return self.name


def names(modules):
    return "".join(m.name for m in modules)


def make(cls, text):
    modules = [Named(c) for c in text]
    return cls(*modules) if cls is Sequential else cls(modules)


BOTH = pytest.mark.parametrize("cls", [Sequential, ModuleList])


class TestMisuse:
    @BOTH
    @pytest.mark.parametrize("index", [3, -4])
    def test_out_of_range(self, cls, index):
        m = make(cls, "abc")
        for act in (lambda: m[index], lambda: m.pop(index), lambda: m.__setitem__(index, Identity())):
            with pytest.raises(IndexError, match=f"index {index} is out of range"):
                act()

    @BOTH
    def test_what_is_no_module(self, cls):
        m = make(cls, "ab")
        with pytest.raises(TypeError, match="not a Module subclass"):
            m.append(3)
        with pytest.raises(TypeError, match="should be called with an iterable"):
            m.extend(3)
        with pytest.raises(TypeError, match="child module"):
            m[0] = 3
        with pytest.raises(TypeError):
            m["a"]
        with pytest.raises(TypeError, match="not a Module subclass"):
            Sequential(3)

    def test_sequential_arithmetic(self):
        m = make(Sequential, "ab")
        for wrong, error in ((lambda: m + [1], ValueError), (lambda: m * 1.5, TypeError), (lambda: m * 0, ValueError)):
            with pytest.raises(error):
                wrong()
        with pytest.raises(IndexError, match="out of range: 5"):
            m.insert(5, Identity())
        with pytest.raises(AssertionError):
            m.insert(0, 3)

    def test_module_list_is_not_callable(self):
        with pytest.raises(NotImplementedError, match="ModuleList"):
            ModuleList()(1)

    @pytest.mark.parametrize(
        ("wrong", "error"),
        [
            (lambda: ModuleDict(3), TypeError),
            (lambda: ModuleDict([3]), TypeError),
            (lambda: ModuleDict([("a", Identity(), 1)]), ValueError),
            (lambda: ModuleDict({"a": 3}), TypeError),
            (lambda: ModuleDict({"keys": Identity()}), KeyError),
            (lambda: ModuleDict({"a.b": Identity()}), KeyError),
            (lambda: ModuleDict({3: Identity()}), TypeError),
            (lambda: ModuleDict()["a"], KeyError),
            (lambda: ModuleDict().pop("a"), KeyError),
            (lambda: ParameterList(3), TypeError),
            (lambda: ParameterList(tensor([1.0])), TypeError),
            (lambda: ParameterList()[0], IndexError),
            (lambda: ParameterList()(1), RuntimeError),
            (lambda: ParameterDict({"keys": tensor([1.0])}), KeyError),
            (lambda: ParameterDict({3: tensor([1.0])}), TypeError),
            (lambda: ParameterDict()["a"], KeyError),
            (lambda: ParameterDict().popitem(), KeyError),
            (lambda: ParameterDict()(1), RuntimeError),
        ],
    )
    def test_dictionaries_and_parameters(self, wrong, error):
        with pytest.raises(error):
            wrong()


class TestLists:
    @BOTH
    def test_like_a_list(self, cls):
        m = make(cls, "abc")
        assert len(m) == 3
        assert names(m) == "abc"
        assert (m[0].name, m[-1].name, m[np.int64(1)].name) == ("a", "c", "b")
        assert type(m[1:]) is cls
        assert names(m[::2]) == "ac"
        m[1] = Named("x")
        assert names(m) == "axc"
        assert m.append(Named("d")) is m
        assert m.extend([Named("e"), Named("f")]) is m
        assert names(m) == "axcdef"
        m.insert(1, Named("y"))
        assert names(m) == "ayxcdef"
        assert m.pop(0).name == "a"
        del m[-1]
        del m[1:3]
        assert names(m) == "yde"
        assert [n for n, _ in m.named_children()] == ["0", "1", "2"]

    def test_a_shared_module_stands_at_every_place(self):
        a = Named("a")
        m = ModuleList([a, Named("b"), a])
        assert len(m) == 3
        assert names(m) == "aba"
        assert len(list(m.children())) == 2

    def test_sequential_by_name(self):
        m = Sequential(OrderedDict(first=Named("a"), second=Named("b")))
        assert m.first.name == "a"
        assert m[1] is m.second
        assert list(dict(m[:1].named_children())) == ["first"]
        m[0] = Named("x")
        assert m.first.name == "x"
        assert m([]) == ["x", "b"]

    def test_sequential_runs_in_order_and_joins(self):
        a, b = make(Sequential, "ab"), make(Sequential, "c")
        assert a([]) == ["a", "b"]
        assert (a + b)([]) == ["a", "b", "c"]
        assert (a * 2)([]) == (2 * a)([]) == list("abab")
        a += b
        assert a([]) == list("abc")
        a *= 2
        assert a([]) == list("abcabc")
        assert a[0] is a[3]
        assert Sequential()(5) == 5

    def test_module_list_joins(self):
        m = make(ModuleList, "ab")
        assert names(m + make(ModuleList, "c")) == "abc"
        m += [Named("z")]
        assert names(m) == "abz"

    def test_repr_folds_equal_neighbours(self):
        assert repr(make(ModuleList, "aab")) == "ModuleList(\n  (0-1): 2 x Named(a)\n  (2): Named(b)\n)"
        assert repr(ModuleList()) == "ModuleList()"
        assert repr(make(Sequential, "aa")) == "Sequential(\n  (0): Named(a)\n  (1): Named(a)\n)"

    def test_parameters_are_found(self):
        assert len(list(ModuleList([Linear(1, 1), Linear(1, 1)]).parameters())) == 4


def test_module_dict():
    m = ModuleDict({"a": Named("a"), "b": Named("b")})
    m.update([("c", Named("c"))])
    m["a"] = Named("x")
    assert list(m) == list(m.keys()) == ["a", "b", "c"]
    assert names(m.values()) == "xbc"
    assert [k for k, _ in m.items()] == ["a", "b", "c"]
    assert "b" in m
    assert m.pop("b").name == "b"
    del m["a"]
    assert len(m) == 1
    m.update(ModuleDict({"d": Named("d")}))
    assert list(m) == ["c", "d"]
    m.clear()
    assert len(m) == 0
    assert repr(ModuleDict({"a": Named("a")})) == "ModuleDict(\n  (a): Named(a)\n)"


def test_parameter_list():
    p = ParameterList([tensor([1.0]), Parameter(tensor([2.0])), "text"])
    assert type(p[0]) is Parameter
    assert p[-1] == "text"
    assert [n for n, _ in p.named_parameters()] == ["0", "1"]
    p[2] = tensor([3.0])
    p += [tensor([4.0])]
    assert [x.item() for x in p] == [1.0, 2.0, 3.0, 4.0]
    assert [x.item() for x in p[1:3]] == [2.0, 3.0]
    assert len(p) == 4
    assert list(p.state_dict()) == ["0", "1", "2", "3"]
    text = repr(ParameterList([tensor(np.ones((2, 3), np.float32)), 3]))
    assert text.endswith("(0): Parameter containing: [float32 of size 2x3]\n    (1): Object of type: int\n)")


def test_parameter_dict():
    assert list(ParameterDict({"b": tensor([1.0]), "a": tensor([2.0])})) == ["a", "b"]
    p = ParameterDict(OrderedDict(b=tensor([1.0]), a=tensor([2.0])))
    assert list(p) == list(ParameterDict(p)) == ["b", "a"]
    assert list(reversed(p)) == ["a", "b"]
    assert type(p["a"]) is Parameter
    assert p.get("z") is None
    assert p.setdefault("c", tensor([3.0])).item() == 3.0
    assert p.pop("b").item() == 1.0
    assert [k for k, _ in p.named_parameters()] == ["a", "c"]
    both = p | ParameterDict({"d": tensor([4.0])})
    assert list(both.keys()) == ["a", "c", "d"]
    assert len(p) == 2
    p |= both
    assert p.popitem()[0] == "d"
    assert [v.item() for v in p.values()] == [2.0, 3.0]
    assert p.copy()["a"] is p["a"]
    assert list(p.fromkeys(["u", "v"], 1).items()) == [("u", 1), ("v", 1)]
    p.clear()
    assert "a" not in p
    assert repr(p) == "ParameterDict()"
