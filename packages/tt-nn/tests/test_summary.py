"""The summary of a model."""

import numpy as np
import pytest
from tt_autograd import matmul, tensor
from tt_nn import Dropout, Embedding, Flatten, Linear, Module, Sequential, summary


class Block(Module):
    def __init__(self):
        super().__init__()
        self.inner = Linear(4, 4)
        self.register_buffer("mean", tensor([0.0, 1.0]))

    def forward(self, x):
        return self.inner(x) + self.inner(x)


class Pair(Module):
    def forward(self, a, b):
        return {"sum": a + b, "parts": [a * 1, b * 1]}


class TestMisuse:
    def test_one_kind_of_input(self):
        for arguments in ({}, {"input_size": (1, 4), "input_data": tensor([[1.0] * 4])}):
            with pytest.raises(TypeError, match="input_size"):
                summary(Linear(4, 2), **arguments)

    def test_a_failing_model_is_left_as_it_was(self):
        model = Sequential(Linear(4, 2), Dropout())
        model[1].eval()
        with pytest.raises(RuntimeError, match="linear"):
            summary(model, (1, 5))
        assert model.training
        assert not model[1].training
        assert all(not hooks for m in model.modules() for hooks in (m._hooks or {}).values())


def test_rows_and_totals():
    model = Sequential(Flatten(), Linear(4, 8), Dropout(), Linear(8, 2, bias=False)).train()
    state = {k: v.tolist() for k, v in model.state_dict().items()}
    found = summary(model, (3, 2, 2))
    assert [(r.name, r.kind, r.depth, r.shapes) for r in found.rows] == [
        ("", "Sequential", 0, [(3, 2)]),
        ("0", "Flatten", 1, [(3, 4)]),
        ("1", "Linear", 1, [(3, 8)]),
        ("2", "Dropout", 1, [(3, 8)]),
        ("3", "Linear", 1, [(3, 2)]),
    ]
    assert [r.parameters for r in found.rows] == [0, 0, 40, 0, 16]
    assert [r.flops for r in found.rows] == [0, 0, 2 * 3 * 4 * 8 + 3 * 8, 0, 2 * 3 * 8 * 2]
    assert [r.memory for r in found.rows] == [0, 0, 40 * 4 + 3 * 8 * 4, 0, 16 * 4 + 3 * 2 * 4]
    assert (found.total_params, found.trainable_params, found.param_bytes) == (56, 56, 224)
    assert found.output_bytes == (3 * 8 + 3 * 2) * 4
    assert found.flops == sum(r.flops for r in found.rows)
    assert model.training
    assert {k: v.tolist() for k, v in model.state_dict().items()} == state


def test_a_module_called_twice_counts_its_parameters_once_and_its_work_twice():
    block = Block()
    block.inner.bias.requires_grad_(False)
    found = summary(block, (1, 4))
    assert [(r.name, r.depth, r.parameters, r.shared) for r in found.rows] == [
        ("", 0, 0, False),
        ("inner", 1, 20, False),
        ("inner", 1, 0, True),
    ]
    assert (found.total_params, found.trainable_params) == (20, 16)
    assert found.rows[0].flops == 4
    assert found.flops == 4 + 2 * (2 * 16 + 4)
    assert found.param_bytes == 22 * 4


def test_inputs_and_outputs():
    found = summary(Pair(), [(2, 3), (1, 3)])
    assert found.rows[0].shapes == [(2, 3), (2, 3), (1, 3)]
    ids = summary(Embedding(10, 3), (2, 5), dtypes=np.int64)
    assert (ids.rows[0].shapes, ids.flops) == ([(2, 5, 3)], 0)
    assert summary(Linear(4, 2), input_data=tensor([[1.0] * 4])).flops == 2 * 8 + 2


def test_work_of_products():
    class Product(Module):
        def forward(self, x):
            return matmul(x, x.mT)

    assert summary(Product(), (5, 2, 3)).flops == 2 * 5 * 2 * 2 * 3


def test_text():
    text = str(summary(Sequential(Linear(4, 8), Sequential(Linear(8, 1))), (16, 4)))
    lines = text.splitlines()
    assert lines[0].split() == ["Layer", "Output", "shape", "Parameters", "Memory", "FLOPs"]
    assert any(line.startswith("    0: Linear    [16, 1]") for line in lines)
    assert "Parameters: 49 (49 trainable), 196 B" in text
    assert repr(summary(Linear(1, 1), (1, 1))).startswith("Layer")
