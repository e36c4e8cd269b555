"""nn.utils: vectors of parameters, weight and spectral normalization."""

import numpy as np
import pytest
from tt_autograd import gradcheck, manual_seed, rand, tensor
from tt_nn import Embedding, LayerNorm, Linear, Parameter, PReLU, Sequential, init
from tt_nn.utils import (
    parameters_to_vector,
    remove_spectral_norm,
    remove_weight_norm,
    skip_init,
    spectral_norm,
    vector_to_parameters,
    weight_norm,
)
from tt_nn.utils.rnn import pad_sequence, unpad_sequence


@pytest.fixture(autouse=True)
def seeded():
    manual_seed(0)


X = tensor(np.random.default_rng(0).standard_normal((5, 3)).astype(np.float32))


class TestMisuse:
    def test_vectors(self):
        model = Linear(2, 2)
        before = parameters_to_vector(model.parameters()).tolist()
        with pytest.raises(TypeError, match="expected a tensor"):
            vector_to_parameters(np.zeros(6), model.parameters())
        for shape in ((5,), (7,), (1, 6)):
            with pytest.raises(ValueError, match="6 values"):
                vector_to_parameters(tensor(np.zeros(shape, np.float32)), model.parameters())
        assert parameters_to_vector(model.parameters()).tolist() == before

    @pytest.mark.parametrize(
        ("add", "remove"), [(weight_norm, remove_weight_norm), (spectral_norm, remove_spectral_norm)]
    )
    def test_twice_or_never(self, add, remove):
        layer = add(Linear(2, 2))
        with pytest.raises(RuntimeError, match="Cannot register two"):
            add(layer)
        with pytest.raises(ValueError, match="not found"):
            remove(Linear(2, 2))

    def test_spectral(self):
        with pytest.raises(ValueError, match="positive"):
            spectral_norm(Linear(2, 2), n_power_iterations=0)
        with pytest.raises(ValueError, match="is None"):
            spectral_norm(Linear(2, 2, bias=False), "bias")
        with pytest.raises(AttributeError):
            weight_norm(Linear(2, 2), "wait")


def test_vectors_there_and_back():
    a, b = Sequential(Linear(3, 2), Linear(2, 1)), Sequential(Linear(3, 2), Linear(2, 1))
    vector = parameters_to_vector(a.parameters())
    assert vector.shape == (11,)
    vector_to_parameters(vector, b.parameters())
    assert all(x.tolist() == y.tolist() for x, y in zip(a.parameters(), b.parameters()))
    (vector * vector).sum().backward()
    np.testing.assert_allclose(a[0].weight.grad.array, 2 * a[0].weight.array)


@pytest.mark.parametrize(("dim", "shape"), [(0, (4, 1)), (-2, (4, 1)), (1, (1, 3)), (None, ()), (-1, ())])
def test_weight_norm(dim, shape):
    layer = Linear(3, 4)
    before, y = layer.weight.array.copy(), layer(X).array
    assert weight_norm(layer, dim=dim) is layer
    assert [n for n, _ in layer.named_parameters()] == ["bias", "weight_g", "weight_v"]
    assert layer.weight_g.shape == shape
    np.testing.assert_allclose(layer(X).array, y, rtol=1e-5, atol=1e-6)
    layer.weight_g.data = layer.weight_g.data * 2
    np.testing.assert_allclose(layer(X).array - layer.bias.array, 2 * (y - layer.bias.array), rtol=1e-4, atol=1e-6)
    layer(X).sum().backward()
    assert layer.weight_g.grad is not None
    assert abs((layer.weight_v.grad.array * layer.weight_v.array).sum()) < 1e-4, "only the direction of v matters"
    remove_weight_norm(layer)
    assert [n for n, _ in layer.named_parameters()] == ["bias", "weight"]
    np.testing.assert_allclose(layer.weight.array, 2 * before, rtol=1e-5)
    assert type(layer.weight) is Parameter
    assert layer(X).requires_grad


def test_weight_norm_of_no_dimension():
    layer = Linear(3, 4)
    with pytest.raises(IndexError, match="weight_norm.*2"):
        weight_norm(layer, dim=2)
    assert list(layer.state_dict()) == ["weight", "bias"]


def test_weight_norm_derivative():
    layer = weight_norm(Linear(3, 2).double())
    x = tensor(X.array.astype(np.float64))

    def run(g, v):
        layer.__dict__.update(weight_g=g, weight_v=v)
        return layer(x)

    values = [tensor(layer.get_parameter(n).array.copy(), requires_grad=True) for n in ("weight_g", "weight_v")]
    assert gradcheck(run, values)


def test_spectral_norm():
    layer = spectral_norm(Linear(3, 4), n_power_iterations=5)
    assert [n for n, _ in layer.named_parameters()] == ["bias", "weight_orig"]
    assert list(layer.state_dict()) == ["bias", "weight_orig", "weight_u", "weight_v"]
    for _ in range(5):
        layer(X)
    assert abs(np.linalg.svd(layer.weight.array)[1][0] - 1) < 1e-3
    u = layer.weight_u.array.copy()
    layer.eval()(X)
    assert layer.weight_u.array.tolist() == u.tolist(), "evaluation changes nothing"
    layer.train()
    (layer(X).sum() - layer(X * 2).sum()).backward()  # two forwards, as in the loss of a GAN
    assert layer.weight_orig.grad is not None
    weight = layer.weight.array.copy()
    remove_spectral_norm(layer)
    np.testing.assert_allclose(layer.weight.array, weight, rtol=1e-5)
    assert [n for n, _ in layer.named_parameters()] == ["bias", "weight"]
    assert list(layer.buffers()) == []


def test_spectral_norm_along_another_dimension():
    layer = spectral_norm(Linear(3, 4), dim=1)
    assert layer.weight_u.shape == (3,)
    assert layer.weight_v.shape == (4,)


class TestSkipInit:
    def test_nothing_is_drawn_and_nothing_written(self, monkeypatch):
        written = []
        monkeypatch.setattr("tt_nn.init._fill", lambda tensor, values: written.append(tensor))
        manual_seed(3)
        module = skip_init(lambda: Sequential(Linear(3, 2), LayerNorm(2), Embedding(4, 2, padding_idx=1), PReLU()))
        assert [tuple(p.shape) for p in module.parameters()][:3] == [(2, 3), (2,), (2,)]
        assert not written
        drawn = rand(3).tolist()
        manual_seed(3)
        assert drawn == rand(3).tolist()

    def test_only_while_the_module_is_made(self):
        with pytest.raises(TypeError):
            skip_init(Linear, 3)
        assert init.ones_(tensor([0.0, 0.0])).tolist() == [1.0, 1.0]
        assert init.normal_(tensor=tensor([0.0])).item() != 0
        layer = skip_init(Linear, in_features=3, out_features=2)
        layer.reset_parameters()
        assert layer.weight.abs().max().item() <= 3**-0.5


class TestSequences:
    def test_misuse(self):
        for wrong, error, match in [
            (5, RuntimeError, "iterable"),
            ([], RuntimeError, "empty"),
            ([tensor([1]), [2]], TypeError, "element 1"),
            ([tensor(1.0)], ValueError, "first dimension"),
            ([X, X[:, :2]], ValueError, r"\(5, 3\) and \(5, 2\)"),
        ]:
            with pytest.raises(error, match=match):
                pad_sequence(wrong)
        with pytest.raises(RuntimeError, match="left or right"):
            pad_sequence([X], padding_side="top")
        with pytest.raises(ValueError, match="zip"):
            unpad_sequence(X, tensor([1, 2]))

    @pytest.mark.parametrize("batch_first", [False, True])
    def test_there_and_back(self, batch_first):
        parts = [X[:2].clone().requires_grad_(), X[:0], X[:4].clone().requires_grad_()]
        padded = pad_sequence(iter(parts), batch_first, padding_value=2.0)
        assert padded.shape == ((3, 4, 3) if batch_first else (4, 3, 3))
        for part, back in zip(parts, unpad_sequence(padded, tensor([2, 0, 4]), batch_first)):
            assert np.array_equal(part.detach().numpy(), back.detach().numpy())
        (padded * padded).sum().backward()
        assert np.array_equal(parts[0].grad.numpy(), 2 * X[:2].numpy())
        left = pad_sequence(parts, True, -1.0, "left")
        assert np.array_equal(left[0, 2:].detach().numpy(), X[:2].numpy())
        assert left[1].tolist() == [[-1] * 3] * 4
