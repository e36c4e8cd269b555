"""The seam asks guests first, then handlers, then the kernel; and says clearly what is wrong with its input."""

import pickle
import threading
import warnings

import numpy as np
import pytest
import tt_tensor as tt
from tt_tensor.errors import DTypeError, InPlaceError, ShapeError
from tt_tensor.primitive import ARRAYS, Primitive, handling, primitive, quietly
from tt_tensor.tensor import Tensor

add = Primitive(lambda x, y: np.add(x, y), "add")
exp = Primitive(lambda x: np.exp(x), "exp")


def tensor(values, dtype=np.float32):
    return Tensor(np.asarray(values, dtype))


class Guest:
    """A value that is more than an array, and not a tensor."""

    more = True

    def __init__(self, answer="answered"):
        self.answer, self.asked = answer, []

    def __tt_dispatch__(self, op, inputs, params):
        self.asked.append((op.name, len(inputs), dict(params)))
        return self.answer


class LoudTensor(Tensor):
    plain = None


LoudTensor.plain = LoudTensor


def test_tensors_in_tensor_out_and_arrays_in_array_out():
    x = tensor([1.0, 2.0])
    assert type(add(x, x)) is Tensor
    assert type(add(x.array, x.array)) is np.ndarray
    assert type(add(x, x.array)) is Tensor
    assert type(add(2.0, x)) is Tensor


def test_a_scalar_result_is_stored_as_an_array():
    total = Primitive(lambda x: x.sum(), "total")
    out = total(tensor([1.0, 2.0]))
    assert type(out.array) is np.ndarray
    assert out.array.shape == ()


def test_several_results_come_as_a_tuple_of_tensors():
    both = Primitive(lambda x: (x, [x + 1, x + 2]), "both")
    a, (b, c) = both(tensor([1.0]))
    assert [type(t) for t in (a, b, c)] == [Tensor] * 3
    assert c.array == 3


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_the_most_derived_class_is_the_class_of_the_result(order):
    pair = [tensor([1.0]), LoudTensor(np.ones(1, np.float32))]
    assert type(add(*[pair[k] for k in order])) is LoudTensor


def test_a_guest_answers_before_handlers_and_kernel():
    guest, seen = Guest(), []
    with handling(lambda op, arrays, params: seen.append(op)):
        assert add(tensor([1.0]), guest) == "answered"
    assert guest.asked == [("add", 2, {})]
    assert not seen


def test_settings_and_out_reach_the_guest():
    guest = Guest()
    Primitive(lambda x, *, k: x, "op")(guest, k=3)
    add(tensor([1.0]), tensor([1.0]), out=guest)
    assert guest.asked == [("op", 1, {"k": 3}), ("add", 2, {"out": guest})]


def test_not_implemented_passes_to_the_next_guest_and_nobody_is_asked_twice():
    first, second = Guest(NotImplemented), type("Other", (Guest,), {})("second")
    unrelated = type("Unrelated", (), {"more": 1, "__tt_dispatch__": lambda s, op, inputs, params: "third"})()
    assert add(first, unrelated) == "third"
    assert add(first, second) == "second"
    assert len(first.asked) == 2


def test_a_subclass_is_asked_before_its_base_once_the_first_declines():
    order = []

    class Base(Guest):
        def __tt_dispatch__(self, op, inputs, params):
            order.append(type(self).__name__)
            return NotImplemented if self.answer is None else self.answer

    class Derived(Base):
        pass

    starter = type("Starter", (Guest,), {})(NotImplemented)
    assert Primitive(lambda *xs: 0, "op")(starter, Base("base"), Derived("derived")) == "derived"
    assert order == ["Derived"]


def test_nobody_answering_is_a_type_error():
    with pytest.raises(TypeError, match="add: none of the inputs"):
        add(Guest(NotImplemented), 1.0)


def test_handlers_nest_and_the_innermost_may_call_the_next():
    order = []

    def named(name):
        def handler(op, arrays, params):
            order.append(name)
            return op(*arrays, **params)

        return handler

    with handling(named("outer")), handling(named("inner")):
        y = add(tensor([1.0]), tensor([2.0]))
    assert order == ["inner", "outer"]
    assert type(y) is Tensor
    assert y.array == 3
    add(y, y)
    assert len(order) == 2


def test_a_handler_sees_plain_arrays_and_may_answer_by_itself():
    kinds = []

    def handler(op, arrays, params):
        kinds.extend(type(a) for a in arrays)
        return np.zeros(1, np.float32)

    with handling(handler):
        assert add(tensor([1.0]), 2.0).array == 0
    assert kinds == [np.ndarray, float]


def test_a_handler_that_raises_leaves_the_scope_in_order():
    def bad(op, arrays, params):
        raise RuntimeError("no")

    with handling(bad):
        for _ in range(2):
            with pytest.raises(RuntimeError, match="no"):
                exp(tensor([0.0]))
    assert exp(tensor([0.0])).array == 1


def test_handlers_are_in_scope_in_their_thread_only():
    seen, results = [], []
    with handling(lambda op, arrays, params: seen.append(op) or op(*arrays, **params)):
        worker = threading.Thread(target=lambda: results.append(exp(tensor([0.0])).array))
        worker.start()
        worker.join()
    assert results == [1]
    assert not seen


def test_floating_point_warnings_are_off_inside_and_on_outside():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert np.isinf(Primitive(lambda x: x / 0.0, "div")(tensor([1.0])).array)
        assert quietly(lambda: np.log(np.float32(0))) == -np.inf
        with pytest.raises(RuntimeWarning):
            np.log(np.float32(0))


def test_a_kernel_may_call_an_operation():
    twice = Primitive(lambda x: add(x, add(x, 0.0)), "twice")
    assert twice(tensor([2.0])).array == 4
    assert quietly(lambda: exp(twice(np.zeros(1)))) == 1


def test_out_is_written_and_returned():
    x, out = tensor([1.0, 2.0]), tensor([0.0, 0.0])
    assert add(x, x, out=out) is out
    assert out.array.tolist() == [2, 4]
    assert add(x, 1.0, out=x) is x
    assert x.array.tolist() == [2, 3]


def test_out_of_another_shape_dtype_or_kind_is_refused_and_untouched():
    x = tensor([1.5, 2.5])
    wrong = tensor([0.0])
    with pytest.raises(ShapeError, match=r"add: .*\(2,\).*\(1,\)"):
        add(x, x, out=wrong)
    whole = tensor([7, 7], np.int64)
    with pytest.raises(DTypeError, match="add: .*float32.*int64"):
        add(x, x, out=whole)
    assert whole.array.tolist() == [7, 7]
    with pytest.raises(InPlaceError, match="expanded"):
        add(x, x, out=Tensor(np.broadcast_to(np.float32(0), (2,))))
    with pytest.raises(TypeError, match="has 2 results"):
        Primitive(lambda x: (x, x), "pair")(x, out=x)


def test_shapes_that_do_not_fit_are_named_with_the_operation():
    for kind in (ShapeError, RuntimeError, ValueError):
        with pytest.raises(kind, match=r"add: shapes \(2,\) and \(3,\) cannot be broadcast"):
            add(tensor([1.0, 2.0]), tensor([1.0, 2.0, 3.0]))


def test_an_error_names_the_operation_once():
    with pytest.raises(ShapeError, match=r"^linalg.inv: A must be batches of square matrices"):
        tt.linalg.inv(tt.ones(2, 3))


def test_what_does_not_fit_a_new_shape_says_how_many_elements_there_are():
    with pytest.raises(
        ShapeError, match=r"reshape: shape \(4, 2\) is invalid for input of shape \(2, 3\): it has 6 elements"
    ):
        tt.ones(2, 3).reshape(4, 2)


@pytest.mark.parametrize("bad", ["text", [1, 2], None, {}])
def test_what_is_not_a_tensor_is_named(bad):
    with pytest.raises(TypeError, match=f"add: expected Tensor or number, got {type(bad).__name__}"):
        add(tensor([1.0]), bad)


def test_an_unknown_setting_is_a_type_error():
    with pytest.raises(TypeError, match="unexpected keyword argument 'axis'"):
        exp(tensor([1.0]), axis=0)


def test_the_decorator_takes_the_name_from_the_kernel():
    @primitive(view=True)
    def half_p(x):
        """x / 2"""
        return x / 2

    assert (half_p.name, half_p.view, half_p.__doc__) == ("half", True, "x / 2")
    assert repr(half_p) == "<primitive half>"


def test_another_array_type_passes_as_it_is():
    class Foreign(np.ndarray):
        pass

    ARRAYS.add(Foreign)
    try:
        out = add(np.ones(2).view(Foreign), 1.0)
        assert type(out) is Foreign
    finally:
        ARRAYS.remove(Foreign)


IN_PLACE = {
    "add_": (lambda x, y: x.add_(y), lambda x, y: x + y),
    "sub_": (lambda x, y: x.sub_(y), lambda x, y: x - y),
    "mul_": (lambda x, y: x.mul_(y), lambda x, y: x * y),
    "div_": (lambda x, y: x.div_(y), lambda x, y: x / y),
    "eq_": (lambda x, y: x.eq_(y), lambda x, y: x == y),
    "copy_": (lambda x, y: x.copy_(tt.as_tensor(y)), lambda x, y: tt.as_tensor(y).expand(x.shape)),
    "fill_": (lambda x, y: x.fill_(2), lambda x, y: tt.full_like(x, 2)),
    "clamp_": (lambda x, y: x.clamp_(0, 1), lambda x, y: x.clamp(0, 1)),
    "relu_": (lambda x, y: x.relu_(), lambda x, y: x.relu()),
    "out": (lambda x, y: tt.add(x, y, out=x), lambda x, y: x + y),
}


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("dtype", [tt.float32, tt.float16, tt.float64, tt.int64, tt.uint8])
@pytest.mark.parametrize("name", IN_PLACE)
def test_in_place_is_what_it_is_out_of_place(name, dtype, turned):
    """What is written into the memory of the tensor at once, and what is copied there."""
    inside, outside = IN_PLACE[name]
    start = np.resize(np.arange(1, 9), (70, 90)).astype(dtype)
    row, column, single = start[:1, :70] + 1, start[:, :1] + 1, np.array(2.5)
    others = [2, 3.5, *(tt.tensor(a) for a in (row, column, single, row.astype(np.float32))), "itself", "shifted"]
    for y in others:
        memory = tt.tensor(start)
        x = memory[:, :70].t() if turned else memory[:, :70]
        if type(y) is str:
            y = x if y == "itself" else memory[:, 20:].t() if turned else memory[:, 20:]
        plain = outside(x, y).array.copy()
        if plain.dtype.kind == "f" and dtype.kind != "f" and name != "copy_":
            with pytest.raises(tt.DTypeError):
                inside(x, y)
            np.testing.assert_array_equal(memory.array, start)
        else:
            before = x._version
            assert inside(x, y) is x
            np.testing.assert_array_equal(x.array, plain.astype(dtype))
            assert memory._version == before + 1


@pytest.mark.parametrize("name", IN_PLACE)
def test_in_place_refuses_memory_that_cannot_be_written(name):
    fixed = np.zeros((3, 4), np.float32)
    fixed.flags.writeable = False
    for x in (tt.Tensor(fixed), tt.zeros(4).expand(3, 4)):
        with pytest.raises(RuntimeError, match=r"read-only|expanded"):
            IN_PLACE[name][0](x, 2.0)
    with pytest.raises(tt.ShapeError):
        tt.zeros(3).add_(tt.zeros(2, 3))


@pytest.mark.parametrize("name", [name for name in tt.__all__ if isinstance(getattr(tt, name), tt.Primitive)])
def test_a_public_primitive_can_be_pickled(name):
    op = getattr(tt, name)
    assert pickle.loads(pickle.dumps(op)) is op
