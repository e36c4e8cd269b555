"""Hooks around forward and backward."""

import numpy as np
import pytest
from tt_autograd import no_grad, tensor
from tt_nn import Identity, Linear, Module, Sequential


class Add(Module):
    def forward(self, x, y=1.0):
        return x + y


class Two(Module):
    def forward(self, x, y):
        return x * y, x + y


def ones(*shape, requires_grad=False):
    return tensor(np.ones(shape, np.float32), requires_grad=requires_grad)


class TestMisuse:
    def test_unsupported(self):
        with pytest.raises(NotImplementedError, match="always_call"):
            Add().register_forward_hook(print, always_call=True)
        with pytest.raises(TypeError):
            Add().register_forward_hook(print, loud=True)

    def test_pre_hook_with_kwargs_must_return_a_pair(self):
        m = Add()
        m.register_forward_pre_hook(lambda m, args, kwargs: 3, with_kwargs=True)
        with pytest.raises(RuntimeError, match="new_args, new_kwargs"):
            m(ones(1))

    def test_backward_hooks_must_return_as_many_gradients(self):
        m = Two()
        m.register_full_backward_hook(lambda m, gi, go: gi[:1])
        with pytest.raises(RuntimeError, match="got 1, but expected 2"):
            sum(m(ones(1, requires_grad=True), ones(1, requires_grad=True))).sum().backward()
        m = Two()
        m.register_full_backward_pre_hook(lambda m, go: go * 2)
        with pytest.raises(RuntimeError, match="got 4, but expected 2"):
            sum(m(ones(1, requires_grad=True), ones(1))).sum().backward()

    def test_output_that_is_no_tensor_warns(self):
        class Boxed(Module):
            def forward(self, x):
                return {"y": x * 2}

        m = Boxed()
        m.register_full_backward_hook(lambda m, gi, go: None)
        with pytest.warns(UserWarning, match="tensor or a tuple"):
            m(ones(1, requires_grad=True))


class TestForward:
    def test_order_prepend_and_remove(self):
        m, seen = Add(), []
        m.register_forward_pre_hook(lambda m, args: seen.append("a"))
        last = m.register_forward_pre_hook(lambda m, args: seen.append("b"))
        m.register_forward_pre_hook(lambda m, args: seen.append("c"), prepend=True)
        m.register_forward_hook(lambda m, args, out: seen.append("after"))
        m(ones(1))
        assert seen == ["c", "a", "b", "after"]
        last.remove()
        last.remove()
        seen.clear()
        m(ones(1))
        assert seen == ["c", "a", "after"]

    def test_handles_are_contexts(self):
        m, seen = Add(), []
        with m.register_forward_hook(lambda m, args, out: seen.append(1)):
            m(ones(1))
        m(ones(1))
        assert seen == [1]

    def test_replacing_arguments_and_results(self):
        m = Add()
        m.register_forward_pre_hook(lambda m, args: args[0] * 10)
        m.register_forward_hook(lambda m, args, out: out + args[0])
        assert m(ones(1)).item() == 21.0

    def test_keyword_arguments(self):
        m = Add()
        m.register_forward_pre_hook(lambda m, args, kwargs: (args, {"y": kwargs["y"] * 2}), with_kwargs=True)
        m.register_forward_hook(lambda m, args, kwargs, out: out * kwargs["y"], with_kwargs=True)
        assert m(ones(1), y=3.0).item() == 42.0

    def test_a_hook_may_remove_itself(self):
        m, seen = Add(), []
        handle = m.register_forward_hook(lambda *a: (seen.append(1), handle.remove())[1])
        m(ones(1))
        m(ones(1))
        assert seen == [1]


class TestBackward:
    def test_gradients_of_inputs_and_outputs(self):
        m, seen = Linear(2, 1, bias=False), []
        m.weight.data = tensor([[3.0, 5.0]])
        m.register_full_backward_hook(lambda m, gi, go: seen.append((gi[0].tolist(), go[0].tolist())))
        x = ones(1, 2, requires_grad=True)
        (m(x) * 2).sum().backward()
        assert seen == [([[6.0, 10.0]], [[2.0]])]
        assert x.grad.tolist() == [[6.0, 10.0]]
        assert m.weight.grad.tolist() == [[2.0, 2.0]]

    def test_replacing_gradients(self):
        m = Identity()
        m.register_full_backward_pre_hook(lambda m, go: (go[0] * 10,))
        m.register_full_backward_hook(lambda m, gi, go: (gi[0] + go[0],))
        x = ones(2, requires_grad=True)
        (m(x) * 3).sum().backward()
        assert x.grad.tolist() == [60.0, 60.0]

    def test_several_inputs_and_outputs(self):
        m, seen = Two(), []
        m.register_full_backward_hook(lambda m, gi, go: seen.append((gi, go)))
        x = ones(2, requires_grad=True)
        a, b = m(x, ones(2) * 4)
        (a + b * 2).sum().backward()
        ((gx, gy), (ga, gb)) = seen[0]
        assert gx.tolist() == [6.0, 6.0]
        assert gy is None
        assert (ga.tolist(), gb.tolist()) == ([1.0, 1.0], [2.0, 2.0])

    def test_inputs_that_require_nothing(self):
        m, seen = Linear(2, 2), []
        m.register_full_backward_hook(lambda m, gi, go: seen.append((gi, go[0].shape)))
        with pytest.warns(UserWarning, match="Linear.*none of its inputs requires a gradient"):
            m(ones(3, 2)).sum().backward()
        assert seen == [((None,), (3, 2))]
        m.register_full_backward_hook(lambda m, gi, go: go)
        with (
            pytest.warns(UserWarning, match="none of its inputs"),
            pytest.raises(RuntimeError, match="no input requires"),
        ):
            m(ones(3, 2)).sum().backward()

    def test_nothing_happens_without_recording(self):
        m = Linear(2, 2)
        m.register_full_backward_hook(lambda m, gi, go: pytest.fail("no backward"))
        with no_grad():
            assert not m(ones(1, 2)).requires_grad

    def test_in_a_sequence_with_create_graph(self):
        m, seen = Sequential(Identity(), Identity()), []
        for child in m:
            child.register_full_backward_hook(lambda m, gi, go: seen.append(go[0].tolist()))
        x = ones(1, requires_grad=True)
        (m(x) * 5).sum().backward(create_graph=True)
        assert seen == [[5.0], [5.0]]
        assert x.grad.tolist() == [5.0]
