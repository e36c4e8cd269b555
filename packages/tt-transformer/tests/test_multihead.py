"""MultiheadAttention and the layers above it: laws that need no other library. (Against PyTorch: oracle/test_layers.py.)"""

import numpy as np
import pytest
from tt_autograd import Tensor, no_grad
from tt_tensor import manual_seed
from tt_transformer.layers import (
    MultiheadAttention,
    Transformer,
    TransformerDecoder,
    TransformerDecoderLayer,
    TransformerEncoder,
    TransformerEncoderLayer,
)
from tt_transformer.multihead_functional import multi_head_attention_forward


def floats(*shape, seed=0):
    return Tensor(np.random.default_rng(seed).standard_normal(shape).astype(np.float32))


X = floats(3, 5, 8)
LATER = Tensor(np.triu(np.ones((5, 5), bool), 1))


@pytest.fixture
def attention():
    manual_seed(0)
    return MultiheadAttention(8, 2, batch_first=True)


def test_true_hides(attention):
    """A key that is hidden may be anything."""
    padding = np.zeros((3, 5), bool)
    padding[:, 3:] = True
    y = X.clone()
    y[:, 3:] = 100.0
    for need_weights in (True, False):
        a, w = attention(X, X, X, key_padding_mask=Tensor(padding), need_weights=need_weights)
        b, _ = attention(X, y, y, key_padding_mask=Tensor(padding), need_weights=need_weights)
        np.testing.assert_allclose(a.array, b.array, 1e-5, 1e-6)
        if need_weights:
            assert not w.array[..., 3:].any()
            np.testing.assert_allclose(w.array.sum(-1), 1, 1e-5)


def test_one_result_with_and_without_weights(attention):
    for mask in (None, LATER):
        a, weights = attention(X, X, X, attn_mask=mask)
        b, none = attention(X, X, X, attn_mask=mask, need_weights=False)
        np.testing.assert_allclose(a.array, b.array, 1e-5, 1e-6)
        assert weights.shape == (3, 5, 5)
        assert none is None


def test_a_mask_for_each_head_of_empty_sequences(attention):
    for need_weights in (True, False):
        y, _ = attention(X[:, :0], X, X, attn_mask=Tensor(np.zeros((6, 0, 5), bool)), need_weights=need_weights)
        assert y.shape == (3, 0, 8)


def test_order_of_the_batch(attention):
    other = MultiheadAttention(8, 2)
    other.load_state_dict(attention.state_dict())
    a, _ = attention(X, X, X)
    b, _ = other(*[X.transpose(0, 1)] * 3)
    np.testing.assert_allclose(a.array, b.transpose(0, 1).array, 1e-5, 1e-6)
    c, w = attention(X[1], X[1], X[1])
    np.testing.assert_allclose(a.array[1], c.array, 1e-5, 1e-6)
    assert w.shape == (5, 5)


def test_misuse(attention):
    with pytest.raises(TypeError, match="query must be a tensor, got list"):
        attention([1.0], X, X)
    with pytest.raises(AssertionError, match="^multi_head_attention_forward: .*4-D query"):
        attention(X[None], X[None], X[None])
    with pytest.raises(AssertionError, match="^multi_head_attention_forward: .*embedding dimension of 8, but got 4"):
        attention(X[..., :4], X, X)
    with pytest.raises(AssertionError, match=r"expecting value weights shape of \(8, 8\), but got \(8, 3\)"):
        MultiheadAttention(8, 2, vdim=3, batch_first=True)(X, X, X)
    with pytest.raises(RuntimeError, match="batches of different sizes, 3 and 2"):
        attention(X, X[:2], X[:2])
    with pytest.raises(RuntimeError, match=r"2D attn_mask is \(4, 4\), but should be \(5, 5\)"):
        attention(X, X, X, attn_mask=LATER[1:, 1:])
    with pytest.raises(
        AssertionError, match="^multi_head_attention_forward: .*only bool and floating types of key_padding_mask"
    ):
        attention(X, X, X, key_padding_mask=Tensor(np.zeros((3, 5), np.int64)))
    with pytest.raises(RuntimeError, match="^multi_head_attention_forward: .*Need attn_mask"):
        attention(X, X, X, is_causal=True)
    with pytest.raises(AssertionError, match="^MultiheadAttention: .*divisible by num_heads, got 8 and 3"):
        MultiheadAttention(8, 3)
    with pytest.raises(ValueError, match="^MultiheadAttention: .*greater than 0"):
        MultiheadAttention(8, 0)
    with pytest.raises(RuntimeError, match="^TransformerEncoderLayer: .*relu/gelu, not 'tanh'"):
        TransformerEncoderLayer(8, 2, activation="tanh")
    with pytest.warns(UserWarning, match="mismatched"):
        attention(X, X, X, attn_mask=LATER, key_padding_mask=floats(3, 5))


@pytest.mark.parametrize("norm_first", [False, True])
@pytest.mark.parametrize("hint", [None, True, False])
def test_later_tokens_change_nothing(norm_first, hint):
    manual_seed(0)
    settings = dict(dim_feedforward=16, dropout=0.0, batch_first=True, norm_first=norm_first)
    encoder = TransformerEncoder(TransformerEncoderLayer(8, 2, **settings), 2)
    decoder = TransformerDecoder(TransformerDecoderLayer(8, 2, **settings), 2)
    y = X.clone()
    y[:, 3, :4] += 1.0
    memory = floats(3, 7, 8, seed=1)
    for mask in (LATER, Transformer.generate_square_subsequent_mask(5)):
        for run in (lambda x: encoder(x, mask, is_causal=hint), lambda x: decoder(x, memory, mask, tgt_is_causal=hint)):  # noqa: B023
            a, b = run(X).array, run(y).array
            np.testing.assert_allclose(a[:, :3], b[:, :3], 1e-4, 1e-5)
            assert abs(a[:, 3:] - b[:, 3:]).max(-1).min() > 1e-4


def test_the_layers_of_a_stack_are_their_own():
    layer = TransformerEncoderLayer(8, 2, 16)
    stack = TransformerEncoder(layer, 2)
    parameters = [*layer.parameters(), *stack.parameters()]
    assert len({id(p) for p in parameters}) == len({id(p.array) for p in parameters}) == 3 * len([*layer.parameters()])
    np.testing.assert_array_equal(stack.layers[0].linear1.weight.array, stack.layers[1].linear1.weight.array)


def test_dropout_only_in_training():
    manual_seed(0)
    model = Transformer(8, 2, 1, 1, 16, dropout=0.5, batch_first=True)
    with no_grad():
        assert abs((model(X, X) - model(X, X)).array).max() > 0.1
        model.eval()
        np.testing.assert_array_equal(model(X, X).array, model(X, X).array)


def test_every_parameter_learns():
    model = Transformer(8, 2, 1, 1, 16, dropout=0.0)
    model(X, X).square().sum().backward()
    for name, p in model.named_parameters():
        assert p.grad is not None, name
        assert p.grad.dtype == np.float32


def test_no_float64():
    for module in (MultiheadAttention(8, 2, add_bias_kv=True, add_zero_attn=True), Transformer(8, 2, 1, 1, 16)):
        assert {str(p.dtype) for p in module.parameters()} == {"float32"}
    y, w = MultiheadAttention(8, 2, add_bias_kv=True, add_zero_attn=True)(
        X, X, X, key_padding_mask=Tensor(np.zeros((5, 3), bool))
    )
    assert y.dtype == w.dtype == np.float32
    assert MultiheadAttention(8, 2, dtype=np.float64)(*[X.double()] * 3)[0].dtype == np.float64


@pytest.mark.parametrize("batch_first", [False, True])
def test_source_and_target_come_in_batches_of_one_size(batch_first):
    model = Transformer(8, 2, 1, 1, 16, batch_first=batch_first)
    x, fewer = (floats(3, 5, 8), floats(2, 5, 8)) if batch_first else (floats(5, 3, 8), floats(5, 2, 8))
    with pytest.raises(RuntimeError, match="^Transformer: the batch number of src and tgt must be equal"):
        model(x, fewer)
    with pytest.raises(
        RuntimeError, match="^Transformer: the feature number of src and tgt must be equal to d_model = 8"
    ):
        model(x, x[..., :4])
    assert model(floats(4, 8), floats(3, 8)).shape == (3, 8), "without a batch lengths may differ"


def test_a_mask_of_negative_length():
    with pytest.raises(RuntimeError, match="sz must be at least 0, got -1"):
        Transformer.generate_square_subsequent_mask(-1)


def test_masks_are_for_static_keys(attention):
    """They take the place of others, and so may be more: none of them is left without a number in the mask."""
    m, keys = attention, floats(6, 7, 4, seed=1)
    given = (m.in_proj_weight, m.in_proj_bias, None, None, False, 0.0, m.out_proj.weight, m.out_proj.bias)
    settings = dict(static_k=keys, static_v=keys, batch_first=True)
    padding = Tensor(np.arange(7) > np.array([[6], [4], [2]]))
    _, weights = multi_head_attention_forward(X, X, X, 8, 2, *given, key_padding_mask=padding, **settings)
    np.testing.assert_array_equal(weights.array[:, 0] == 0, padding.array)
    with pytest.raises(AssertionError, match=r"key_padding_mask of shape \(3, 7\), but got \(3, 5\)"):
        multi_head_attention_forward(X, X, X, 8, 2, *given, key_padding_mask=padding[:, :5], **settings)
    with pytest.raises(RuntimeError, match=r"attn_mask is \(5, 5\), but should be \(5, 7\)"):
        multi_head_attention_forward(X, X, X, 8, 2, *given, attn_mask=LATER, **settings)
