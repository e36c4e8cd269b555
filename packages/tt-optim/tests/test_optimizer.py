import copy
import pickle

import numpy as np
import pytest
import tt_optim
from hypothesis import given, settings
from hypothesis import strategies as st
from tt_autograd import Tensor, no_grad, tensor
from tt_optim import SGD, Adagrad, Adam, AdamW, NAdam, Optimizer, RMSprop
from tt_optim.lr_scheduler import StepLR
from tt_optim.optimizer import required
from tt_tensor import set_default_dtype, versions, zeros

EVERY = ["SGD", "Adam", "AdamW", "Adamax", "NAdam", "RAdam", "RMSprop", "Adagrad", "Adadelta", "Lion"]
ADAMS = ["Adam", "AdamW", "Adamax", "NAdam", "RAdam", "Lion"]


def weights(*shapes, dtype=np.float32, order="C"):
    rng = np.random.default_rng(0)
    ps = [Tensor(np.array(rng.standard_normal(s), dtype, order=order), requires_grad=True) for s in shapes or [(3,)]]
    for p in ps:
        p.grad = Tensor(np.asarray(rng.standard_normal(p.array.shape), dtype))
    return ps


def build(name, params, **options):
    return getattr(tt_optim, name)(params, **{"lr": 0.1} | options)


@pytest.mark.parametrize("name", EVERY)
class TestMisuse:
    def test_negative_lr(self, name):
        with pytest.raises(ValueError, match="Invalid learning rate: -1"):
            build(name, weights(), lr=-1)

    def test_nan_lr(self, name):
        with pytest.raises(ValueError, match="Invalid learning rate"):
            build(name, weights(), lr=float("nan"))

    def test_tensor_lr_of_two(self, name):
        with pytest.raises(ValueError, match="Tensor lr must be 1-element"):
            build(name, weights(), lr=tensor([0.1, 0.2]))

    def test_no_parameters(self, name):
        with pytest.raises(ValueError, match="empty parameter list"):
            build(name, [])

    def test_one_tensor(self, name):
        with pytest.raises(TypeError, match="iterable"):
            build(name, weights()[0])

    def test_a_module(self, name):
        class Model:
            def parameters(self):
                return weights()

        with pytest.raises(TypeError, match=r"got Model; pass its parameters\(\)"):
            build(name, Model())

    def test_no_tensor(self, name):
        with pytest.raises(TypeError, match="can only optimize Tensors.*ndarray"):
            build(name, [np.ones(3)])

    def test_tensor_without_gradients(self, name):
        with pytest.raises(TypeError, match="Tensors of tt_autograd.*is tt_tensor.Tensor"):
            build(name, [zeros(3)])

    def test_expanded(self, name):
        with pytest.raises(RuntimeError, match="expanded"):
            build(name, [tensor([1.0]).expand(2, 3).requires_grad_()])
        build(name, [tensor([1.0, 2.0])[None].requires_grad_()])

    def test_no_leaf(self, name):
        with pytest.raises(ValueError, match="non-leaf"):
            build(name, [weights()[0] * 2])

    def test_twice_in_a_group(self, name):
        (p,) = weights()
        with pytest.warns(UserWarning, match="duplicate"):
            build(name, [p, p])

    def test_in_two_groups(self, name):
        (p,) = weights()
        with pytest.raises(ValueError, match="more than one parameter group"):
            build(name, [{"params": [p]}, {"params": p}])

    def test_other_implementations(self, name):
        with pytest.raises(NotImplementedError, match="differentiable=True"):
            build(name, weights(), differentiable=True)
        plain = build(name, weights(), foreach=False, differentiable=False)
        assert build(name, weights(), foreach=True).param_groups[0]["foreach"] is True
        if "fused" in plain.defaults:
            assert build(name, weights(), fused=True).param_groups[0]["fused"] is True
            with pytest.raises(RuntimeError, match="together"):
                build(name, weights(), fused=True, foreach=True)

    def test_unknown_option(self, name):
        with pytest.raises(TypeError, match="momentun"):
            build(name, weights(), momentun=0.9)

    def test_negative_decay(self, name):
        with pytest.raises(ValueError, match="weight_decay"):
            build(name, weights(), weight_decay=-0.1)

    def test_gradient_of_another_shape(self, name):
        (p,) = weights()
        optimizer = build(name, [p])
        p.grad.array = np.ones(1, np.float32)
        with pytest.raises(RuntimeError, match=r"shape \(1,\) for a parameter of shape \(3,\)"):
            optimizer.step()


@pytest.mark.parametrize("name", ADAMS)
@pytest.mark.parametrize("betas", [(1.0, 0.9), (0.9, -0.1), (float("nan"), 0.9)])
def test_betas(name, betas):
    with pytest.raises(ValueError, match="Invalid beta parameter at index"):
        build(name, weights(), betas=betas)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda p: Adam(p, betas=(0.9,)), r"two numbers, got \(0.9,\)"),
        (lambda p: SGD(p, momentum=-1), "momentum"),
        (lambda p: SGD(p, nesterov=True), "Nesterov"),
        (lambda p: SGD(p, momentum=0.9, dampening=0.1, nesterov=True), "Nesterov"),
        (lambda p: Adam(p, eps=-1), "epsilon"),
        (lambda p: RMSprop(p, alpha=-1), "alpha"),
        (lambda p: Adagrad(p, lr_decay=-1), "lr_decay"),
        (lambda p: Adagrad(p, initial_accumulator_value=-1), "initial_accumulator_value"),
        (lambda p: NAdam(p, momentum_decay=-1), "momentum_decay"),
        (lambda p: tt_optim.Adadelta(p, rho=1.5), "rho"),
    ],
)
def test_hyperparameters(make, message):
    with pytest.raises(ValueError, match=message):
        make(weights())


@pytest.mark.parametrize("name", EVERY)
class TestStep:
    def test_goes_downhill(self, name):
        w = tensor([3.0, -2.0], requires_grad=True)
        optimizer = build(name, [w], lr=1.0 if name == "Adadelta" else 0.01)
        before = float((w * w).sum().item())
        for _ in range(100):
            optimizer.zero_grad()
            (w * w).sum().backward()
            optimizer.step()
        assert float((w * w).sum().item()) < before

    def test_maximize_is_the_other_way(self, name):
        (p,), (q,) = weights(), weights()
        q.grad = -q.grad
        a, b = build(name, [p]), build(name, [q], maximize=True)
        for _ in range(3):
            a.step(), b.step()
        np.testing.assert_array_equal(p.array, q.array)

    @pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
    def test_dtype_stays(self, name, dtype):
        ps = weights((3,), (), (0, 2), (300, 70), dtype=dtype)
        optimizer = build(name, ps, lr=np.float64(1e-3), weight_decay=np.float64(0.01))
        for _ in range(2):
            optimizer.step()
        for p in ps:
            assert p.array.dtype == dtype
            for value in optimizer.state[p].values():
                assert value.array.dtype == (
                    dtype if value.array.shape == p.array.shape and p.array.ndim else value.array.dtype
                )

    def test_memory_stays(self, name):
        (p,) = weights((5, 4))
        array = p.array
        build(name, [p]).step()
        assert p.array is array

    def test_without_gradient(self, name):
        p, q = weights((3,), (3,))
        q.grad = None
        before = q.array.copy()
        optimizer = build(name, [p, q])
        optimizer.step()
        np.testing.assert_array_equal(q.array, before)

    def test_gradient_stays(self, name):
        p, q = weights((5,), (200, 100))
        before = p.grad.array.copy(), q.grad.array.copy()
        build(name, [p, q], weight_decay=0.1, maximize=True).step()
        np.testing.assert_array_equal(p.grad.array, before[0])
        np.testing.assert_array_equal(q.grad.array, before[1])

    def test_stale_graph_raises(self, name):
        (w,) = weights()
        loss = (w * w).sum()
        build(name, [w]).step()
        with pytest.raises(RuntimeError):
            loss.backward()

    def test_counts_as_a_change(self, name):
        (p,) = weights()
        now = versions.now()
        build(name, [p]).step()
        assert versions.touched_since(p.array, now)

    def test_tensor_lr(self, name):
        (p,), (q,) = weights(), weights()
        build(name, [p], lr=0.5).step()
        build(name, [q], lr=tensor(0.5)).step()
        np.testing.assert_array_equal(p.array, q.array)

    def test_infinite_gradient_is_no_warning(self, name):
        (p,) = weights()
        p.grad.array[:] = [np.inf, np.nan, 1e38]
        optimizer = build(name, [p])
        optimizer.step()
        optimizer.step()

    @pytest.mark.parametrize("order", ["C", "F"])
    @pytest.mark.parametrize("grad_order", ["C", "F", "strided"])
    def test_large_like_small(self, name, order, grad_order):
        """Piece by piece, in whatever layout, is the same as one element at a time."""
        (large,) = weights((401, 403), order=order)
        values, g = large.array.copy(), large.grad.array
        if grad_order == "strided":
            large.grad = Tensor(np.repeat(g, 2, 1)[:, ::2])
        elif grad_order == "F":
            large.grad = Tensor(np.asfortranarray(g))
        rows = [Tensor(np.ascontiguousarray(row), requires_grad=True) for row in values]
        for row, grad in zip(rows, g):
            row.grad = Tensor(grad.copy())
        options = {"weight_decay": 0.1, "maximize": True} | ({"momentum": 0.9} if name in ("SGD", "RMSprop") else {})
        a, b = build(name, [large], **options), build(name, rows, **options)
        for _ in range(3):
            a.step(), b.step()
        np.testing.assert_allclose(large.array, np.stack([row.array for row in rows]), rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("name", EVERY)
class TestState:
    def run(self, optimizer, params, steps):
        rng = np.random.default_rng(steps)
        for _ in range(steps):
            for p in params:
                p.grad = Tensor(rng.standard_normal(p.array.shape).astype(p.array.dtype))
            optimizer.step()

    def test_goes_on_where_it_stopped(self, name):
        ps = weights((3, 4), ())
        a = build(name, ps)
        self.run(a, ps, 4)
        qs = [Tensor(p.array.copy(), requires_grad=True) for p in ps]
        b = build(name, qs, lr=7.0)
        b.load_state_dict(a.state_dict())
        assert b.param_groups[0]["lr"] == 0.1
        self.run(a, ps, 5), self.run(b, qs, 5)
        for p, q in zip(ps, qs):
            np.testing.assert_array_equal(p.array, q.array)

    @pytest.mark.parametrize(
        "told",
        [
            lambda name, x: x.item() if name == "step" else x,
            lambda name, x: np.int64(x.item()) if name == "step" else x,
            lambda name, x: np.float32(x.item()) if name in ("step", "mu_product") else x,
            lambda name, x: x.numpy(),
            lambda name, x: x.numpy().astype(np.float64),
        ],
    )
    def test_numbers_and_arrays_are_loaded(self, name, told):
        ps, qs = weights((3,)), weights((3,))
        a, b = build(name, ps), build(name, qs)
        self.run(a, ps, 1), self.run(b, qs, 1)
        saved = a.state_dict()
        saved["state"] = {0: {k: told(k, x) for k, x in saved["state"].get(0, {}).items()}}
        b.load_state_dict(saved)
        self.run(a, ps, 2), self.run(b, qs, 2)
        np.testing.assert_allclose(qs[0].array, ps[0].array, rtol=1e-6)

    def test_whole_numbers_get_the_dtype_of_the_parameter(self, name):
        (p,) = ps = weights((3,))
        optimizer = build(name, ps, **({"momentum": 0.9} if name == "SGD" else {}))
        self.run(optimizer, ps, 1)
        saved = optimizer.state_dict()
        saved["state"] = {0: {k: np.zeros(x.shape, np.int64) for k, x in saved["state"][0].items()}}
        optimizer.load_state_dict(saved)
        assert {x.dtype for x in optimizer.state[p].values()} == {np.dtype(np.float32)}
        self.run(optimizer, ps, 1)

    def test_loading_copies(self, name):
        ps, qs = weights((2,)), weights((2,))
        a, b = build(name, ps), build(name, qs)
        self.run(a, ps, 1)
        b.load_state_dict(a.state_dict())
        saved = copy.deepcopy(b.state_dict()["state"])
        self.run(a, ps, 1)
        for key, value in b.state_dict()["state"].get(0, {}).items():
            np.testing.assert_array_equal(value.array, saved[0][key].array)

    @pytest.mark.parametrize(
        "copied",
        [
            copy.deepcopy,
            *(lambda x, v=version: pickle.loads(pickle.dumps(x, v)) for version in (0, pickle.DEFAULT_PROTOCOL)),
        ],
    )
    def test_copies(self, name, copied):
        ps = weights((3,))
        a = build(name, ps)
        self.run(a, ps, 2)
        b = copied(a)
        self.run(a, ps, 3), self.run(b, b.param_groups[0]["params"], 3)
        np.testing.assert_array_equal(ps[0].array, b.param_groups[0]["params"][0].array)

    def test_other_groups(self, name):
        saved = build(name, weights((3,), (2,))).state_dict()
        with pytest.raises(ValueError, match="size of optimizer's group"):
            build(name, weights((3,))).load_state_dict(saved)
        with pytest.raises(ValueError, match="number of parameter groups"):
            build(name, [{"params": [p]} for p in weights((3,), (2,))]).load_state_dict(saved)

    def test_other_shapes(self, name):
        ps = weights((3,))
        options = {"momentum": 0.9} if name == "SGD" else {}
        a = build(name, ps, **options)
        self.run(a, ps, 1)
        b = build(name, weights((4,)), **options)
        before = copy.deepcopy(b.state_dict()["state"])
        with pytest.raises(ValueError, match=r"shape \(3,\) for parameter 0, whose shape is \(4,\)"):
            b.load_state_dict(a.state_dict())
        assert b.state_dict()["state"].keys() == before.keys()


class TestGroups:
    def test_each_its_own(self):
        p, q = weights((2,), (2,))
        before = p.array.copy(), q.array.copy()
        SGD([{"params": [p], "lr": 0.5}, {"params": q}], lr=0.0).step()
        np.testing.assert_allclose(p.array, before[0] - 0.5 * p.grad.array)
        np.testing.assert_array_equal(q.array, before[1])

    def test_added_later(self):
        p, q = weights((2,), (2,))
        optimizer = SGD([p], lr=0.1, momentum=0.9)
        optimizer.add_param_group({"params": [q], "lr": 0.2})
        assert [g["lr"] for g in optimizer.param_groups] == [0.1, 0.2]
        assert optimizer.param_groups[1]["momentum"] == 0.9
        for wrong, kind in [([q], TypeError), ({"params": {q}}, TypeError), ({"params": [q]}, ValueError)]:
            with pytest.raises(kind):
                optimizer.add_param_group(wrong)

    def test_names(self):
        p, q = weights((2,), (2,))
        optimizer = SGD([("p", p), ("q", q)], lr=0.1)
        assert optimizer.state_dict()["param_groups"][0]["param_names"] == ["p", "q"]
        with pytest.raises(ValueError, match="missing"):
            SGD([("p", p), q], lr=0.1)
        with pytest.raises(ValueError, match="with names or none"):
            optimizer.add_param_group({"params": weights()})

    def test_change_of_lr(self):
        (p,) = weights()
        optimizer = SGD([p], lr=0.1)
        optimizer.param_groups[0]["lr"] = 0.0
        before = p.array.copy()
        optimizer.step()
        np.testing.assert_array_equal(p.array, before)

    def test_repr(self):
        text = repr(SGD([{"params": [p]} for p in weights((2,), (2,))], lr=0.1))
        assert text.startswith("SGD (\nParameter Group 0\n    dampening: 0\n")
        assert "\n    weight_decay: 0\n\nParameter Group 1\n" in text


class TestHooks:
    def test_order_and_removal(self):
        (p,) = weights()
        optimizer, seen = Adam([p]), []
        before = optimizer.register_step_pre_hook(lambda o, args, kwargs: seen.append("before"))
        optimizer.register_step_post_hook(lambda o, args, kwargs: seen.append(int(o.state[p]["step"].item())))
        optimizer.step()
        before.remove()
        optimizer.step()
        assert seen == ["before", 1, 2]

    def test_arguments(self):
        (p,) = weights()
        optimizer, seen = SGD([p]), []
        optimizer.register_step_pre_hook(lambda *given: seen.append(given))
        optimizer.register_step_post_hook(lambda *given: seen.append(given))
        closure = lambda: 7.0
        optimizer.step(closure)
        optimizer.step(closure=closure)
        assert (
            seen == [(optimizer, (optimizer, closure), {})] * 2 + [(optimizer, (optimizer,), {"closure": closure})] * 2
        )

    def test_changed_arguments(self):
        (p,) = weights()
        optimizer = SGD([p], lr=0.1)
        optimizer.register_step_pre_hook(lambda o, args, kwargs: ((o, lambda: 7.0), {}))
        assert optimizer.step() == 7.0
        optimizer.register_step_pre_hook(lambda o, args, kwargs: 3)
        with pytest.raises(RuntimeError, match="new_args"):
            optimizer.step()

    def test_own_optimizer(self):
        class Sign(Optimizer):
            def step(self, closure=None):
                for group in self.param_groups:
                    for p in group["params"]:
                        p.array -= group["lr"] * np.sign(p.grad.array)
                        versions.touch(p.array)

        (p,) = weights()
        optimizer, seen = Sign([p], {"lr": 0.5}), []
        optimizer.register_step_post_hook(lambda *_: seen.append(1))
        before = p.array.copy()
        optimizer.step()
        np.testing.assert_allclose(p.array, before - 0.5 * np.sign(p.grad.array))
        assert seen == [1]

    def test_own_state_is_saved_whatever_it_is(self):
        class Own(Optimizer):
            def step(self, closure=None):
                for p in self.param_groups[0]["params"]:
                    self.state[p] = {
                        "n": 3,
                        "step": 2,
                        "rows": Tensor(np.ones(1)),
                        "ids": [Tensor(np.arange(2)), None],
                        "s": "x",
                    }

        a, b = Own(weights((3, 2)), {}), Own(weights((3, 2)), {})
        a.step()
        b.load_state_dict(a.state_dict())
        (state,) = b.state.values()
        assert (state["n"], state["s"], state["ids"][1]) == (3, "x", None)
        assert state["step"].item() == 2
        assert (state["rows"].array.shape, state["rows"].dtype, state["ids"][0].dtype) == ((1,), np.float32, np.int64)
        a.state_dict()["state"][0]["rows"].array.fill(7)
        assert state["rows"].tolist() == [1]

    def test_what_a_subclass_keeps_besides_is_saved(self):
        class Own(Adam):
            def step(self, closure=None):
                super().step(closure)
                for p in self.param_groups[0]["params"]:
                    self.state[p] |= {"norm": Tensor(np.array(1.5, np.float32)), "ids": Tensor(np.arange(2)), "n": 3}

        a, b = Own(weights((3,)), amsgrad=True), Own(weights((3,)))
        a.step()
        b.load_state_dict(a.state_dict())
        (state,) = b.state.values()
        assert (state["norm"].item(), state["ids"].tolist(), state["n"]) == (1.5, [0, 1], 3)
        saved, other = a.state_dict(), Own(weights((4,)))
        del saved["state"][0]["exp_avg"], saved["state"][0]["exp_avg_sq"]
        with pytest.raises(ValueError, match=r"max_exp_avg_sq of shape \(3,\) for parameter 0, whose shape is \(4,\)"):
            other.load_state_dict(saved)

    def test_nothing_defined(self):
        with pytest.raises(NotImplementedError, match="override step"):
            Optimizer(weights(), {}).step()


class Lookahead(Optimizer):
    """As it is found in many repositories: it wraps another optimizer, and calls no `__init__`."""

    def __init__(self, base, k=2):
        self.base, self.k, self.steps = base, k, 0
        self.param_groups = base.param_groups
        self.slow = [p.detach().clone() for group in self.param_groups for p in group["params"]]

    def step(self, closure=None):
        loss = self.base.step(closure)
        self.steps += 1
        if self.steps % self.k == 0:
            for slow, p in zip(self.slow, self.param_groups[0]["params"], strict=True):
                p.data.copy_(slow.lerp_(p.detach(), 0.5))
        return loss


def test_a_hyperparameter_without_a_default():
    class Plain(Optimizer):
        def __init__(self, params, lr=required):
            super().__init__(params, {"lr": lr})

    p, q = weights((2,), (3,))
    groups = [{"params": [p], "lr": 0.1}, {"params": [q]}]
    with pytest.raises(ValueError, match="required optimization parameter lr"):
        Plain(groups)
    assert [group["lr"] for group in Plain(groups, lr=0.2).param_groups] == [0.1, 0.2]
    assert repr(required) == "<required parameter>"
    assert copy.deepcopy(required) is pickle.loads(pickle.dumps(required)) is required


def test_a_subclass_that_calls_no_init():
    (p,) = weights((2,))
    start, grad = p.detach().clone(), p.grad.clone()
    optimizer, seen = Lookahead(SGD([p], lr=0.1)), []
    schedule = StepLR(optimizer, 1, gamma=0.5)
    optimizer.register_step_post_hook(lambda *given: seen.append(given))
    for _ in range(2):
        optimizer.step()
        schedule.step()
    np.testing.assert_allclose(p.detach().array, (start - 0.15 * grad / 2).array, rtol=1e-6)
    assert optimizer.param_groups[0]["lr"] == 0.025
    assert len(seen) == 2
    assert "SGD" not in repr(optimizer)
    assert "lr: 0.025" in repr(optimizer)
    optimizer.zero_grad()
    assert p.grad is None


def test_closure_is_recorded():
    w = tensor([1.0], requires_grad=True)
    optimizer = SGD([w], lr=0.25)

    def closure():
        optimizer.zero_grad()
        loss = (w * w).sum()
        loss.backward()
        return loss

    with no_grad():
        assert optimizer.step(closure).item() == 1.0
    assert w.item() == 0.5


def test_zero_grad():
    (p,) = weights()
    optimizer, g = SGD([p], lr=0.1), p.grad
    optimizer.zero_grad(set_to_none=False)
    assert p.grad is g
    assert not g.array.any()
    optimizer.zero_grad()
    assert p.grad is None


def test_no_state_without_need():
    (p,) = weights()
    optimizer = SGD([p], lr=0.1)
    optimizer.step()
    assert optimizer.state_dict()["state"] == {}


def test_adamw_stays_decoupled():
    (p,) = weights()
    assert AdamW([p]).param_groups[0]["decoupled_weight_decay"] is True


@pytest.mark.parametrize("name", ADAMS)
def test_steps_are_counted_beyond_what_halves_can(name):
    ps = weights()
    try:
        set_default_dtype(np.float16)
        opt = build(name, ps)
        opt.step()
    finally:
        set_default_dtype(np.float32)
    if opt.counts:
        step = opt.state[ps[0]]["step"]
        step.fill_(2048)
        opt.step()
        assert (step.item(), step.dtype) == (2049.0, np.float32)


def test_memory():
    """A step takes far less memory than the parameters do."""
    import tracemalloc

    (p,) = weights((1000, 3000))
    optimizer = Adam([p], weight_decay=0.1)
    optimizer.step()
    tracemalloc.start()
    optimizer.step()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < p.array.nbytes / 4


@settings(max_examples=30, deadline=None)
@given(st.floats(1e-4, 1.0), st.floats(0, 0.99), st.floats(0, 0.5), st.integers(1, 5))
def test_momentum_is_a_sum(lr, momentum, decay, steps):
    """Against the formula, in float64."""
    p = Tensor(np.array([1.0, -2.0]), requires_grad=True)
    optimizer = SGD([p], lr=lr, momentum=momentum, weight_decay=decay)
    x, b = p.array.copy(), 0.0
    for t in range(steps):
        p.grad = Tensor(np.array([1.0, t]))
        optimizer.step()
        b = momentum * b + np.array([1.0, t]) + decay * x
        x = x - lr * b
    np.testing.assert_allclose(p.array, x, rtol=1e-12, atol=1e-12)


def test_a_learning_rate_in_words_raises():
    with pytest.raises(TypeError, match="learning rate: 'fast' is text"):
        SGD([tensor([1.0], requires_grad=True)], lr="fast")
