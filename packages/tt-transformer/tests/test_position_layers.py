"""Positions as layers: what they add or turn, with a cache as without, what they refuse."""

import math

import numpy as np
import pytest
import tt_autograd as tt
from hypothesis import given
from hypothesis import strategies as st
from tt_autograd import gradcheck, gradgradcheck
from tt_transformer import (
    ALiBi,
    Decoder,
    DecoderConfig,
    DynamicCache,
    LearnedPositions,
    RotaryEmbedding,
    SinusoidalPositions,
    generate,
)
from tt_transformer.config import POSITIONS
from tt_transformer.functional import scaled_dot_product_attention

LLAMA3 = {
    "rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
    "original_max_position_embeddings": 32,
}  # fmt: skip
MADE = {
    "learned": lambda: LearnedPositions(32, 6),
    "sinusoidal": lambda: SinusoidalPositions(6),
    "rope": lambda: RotaryEmbedding(6),
    "rope, scaled": lambda: RotaryEmbedding(6, 100.0, scaling=LLAMA3),
}


def floats(*shape, dtype="float32"):
    return tt.from_numpy(np.random.default_rng(len(shape)).standard_normal(shape).astype(dtype))


@pytest.mark.parametrize("make", MADE.values(), ids=MADE)
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_positions_are_counted_from_zero_and_the_dtype_stays(make, dtype):
    layer, x = make().to(np.dtype(dtype)).requires_grad_(False), floats(2, 5, 6, dtype=dtype)
    y = layer(x)
    assert y.dtype == x.dtype
    np.testing.assert_array_equal(y.numpy(), layer(x, tt.arange(5)).numpy())


@pytest.mark.parametrize("make", MADE.values(), ids=MADE)
def test_in_pieces_and_in_batches_as_in_one(make):
    layer = make()
    x = floats(2, 3, 8, 6) if isinstance(layer, RotaryEmbedding) else floats(2, 8, 6)
    whole = layer(x).detach().numpy()
    pieces = [layer(x[..., a:b, :], tt.arange(a, b)) for a, b in ((0, 5), (5, 6), (6, 8))]
    np.testing.assert_array_equal(tt.cat(pieces, -2).detach().numpy(), whole)
    places = tt.tensor([[0, 1, 2, 3, 4, 5, 6, 7], [7, 5, 5, 0, 31, 1, 2, 3]])
    batch = layer(x, places).detach().numpy()
    np.testing.assert_array_equal(batch[:1], whole[:1])
    np.testing.assert_array_equal(batch[1], layer(x[1], places[1]).detach().numpy())
    np.testing.assert_array_equal(layer(x, places[1:]).detach().numpy()[1], batch[1])  # [1, T] is for all


@pytest.mark.parametrize("make", MADE.values(), ids=MADE)
def test_derivatives_of_both_orders(make):
    layer = make().double()
    x = floats(2, 2, 3, 6, dtype="float64") if isinstance(layer, RotaryEmbedding) else floats(2, 3, 6, dtype="float64")
    inputs = (x.requires_grad_(), *layer.parameters())
    if len(inputs) == 2:
        inputs = (inputs[0], inputs[1].detach()[:3].requires_grad_())

    def run(x, *weight):
        if not weight:
            return layer(x, tt.tensor([4, 2, 2]))
        table = LearnedPositions(3, 6)
        del table.weight
        table.weight = weight[0]
        return table(x, tt.tensor([1, 2, 2]))

    assert gradcheck(run, inputs)
    assert gradgradcheck(lambda *args: run(*args) ** 2, inputs)


@given(st.integers(1, 40), st.integers(0, 9999))
def test_sinusoids_are_those_of_the_paper(width, place):
    got = SinusoidalPositions(width)(tt.zeros(1, width, dtype=tt.float64), tt.tensor([place])).numpy()[0]
    for i in range(width):
        angle = place / 10000 ** (2 * (i // 2) / width)
        assert math.isclose(got[i], math.cos(angle) if i % 2 else math.sin(angle), abs_tol=1e-9)


@given(st.integers(1, 8), st.integers(0, 500), st.integers(0, 500))
def test_rotary_products_tell_the_distance_and_lengths_stay(n, first, second):
    rope, rng = RotaryEmbedding(2 * n), np.random.default_rng(n)
    q, k = (tt.from_numpy(rng.standard_normal((1, 2 * n))) for _ in "qk")

    def product(i, j):
        return (rope(q, tt.tensor([i])) * rope(k, tt.tensor([j]))).sum().item()

    assert math.isclose(product(first, second), product(first + 77, second + 77), abs_tol=1e-9)
    turned = rope(q, tt.tensor([first])).numpy()[0]
    np.testing.assert_allclose(np.linalg.norm(turned), np.linalg.norm(q.numpy()), rtol=1e-12)
    plane = (q.numpy()[0, :n] + 1j * q.numpy()[0, n:]) * np.exp(1j * first * 10000.0 ** (-np.arange(n) / n))
    np.testing.assert_allclose(turned, np.concatenate((plane.real, plane.imag)), atol=1e-9)


def test_linear_scaling_divides_positions():
    x = floats(1, 1, 8, 6)
    stretched = RotaryEmbedding(6, scaling={"rope_type": "linear", "factor": 4})(x, 4 * tt.arange(8))
    np.testing.assert_allclose(stretched.numpy(), RotaryEmbedding(6)(x).numpy(), atol=1e-6)


def test_llama3_scaling_divides_long_wavelengths_only():
    """As Meta's code has it: in turns within the original context, what makes few is slowed down, what makes many is not."""
    original, low, high, factor = 64, 1.0, 4.0, 8.0
    settings = {"low_freq_factor": low, "high_freq_factor": high, "factor": factor}
    scaling = {"rope_type": "llama3", "original_max_position_embeddings": original, **settings}
    plain, found = RotaryEmbedding(16).frequencies, RotaryEmbedding(16, scaling=scaling).frequencies
    seen = set()
    for frequency, scaled in zip(plain, found):
        wavelength = 2 * math.pi / frequency
        if wavelength < original / high:
            kind, wanted = "short", frequency
        elif wavelength > original / low:
            kind, wanted = "long", frequency / factor
        else:
            share = (original / wavelength - low) / (high - low)
            kind, wanted = "between", (1 - share) * frequency / factor + share * frequency
        seen.add(kind)
        np.testing.assert_allclose(scaled, wanted, 1e-12)
    assert seen == {"short", "long", "between"}


def test_yarn_keeps_what_turns_often_and_makes_queries_longer():
    original, fast, slow, factor, width = 64, 4.0, 0.5, 8.0, 16
    scaling = {
        "rope_type": "yarn", "original_max_position_embeddings": original, "factor": factor, "beta_fast": fast,
        "beta_slow": slow, "truncate": False,
    }  # fmt: skip
    rope = RotaryEmbedding(width, scaling=scaling)
    plain = RotaryEmbedding(width).frequencies
    turns = original * plain / (2 * math.pi)
    # from one end to the other the share that is kept is a line in the number of the pair: in the logarithm of the turns
    kept = np.clip((np.log(turns) - math.log(slow)) / (math.log(fast) - math.log(slow)), 0, 1)
    assert len({0, 1} & set(kept)) == 2 < len(set(kept))
    np.testing.assert_allclose(rope.frequencies, plain * (kept + (1 - kept) / factor), 1e-12)
    x = floats(1, 1, 8, width)
    length = np.linalg.norm(rope(x).numpy(), axis=-1) / np.linalg.norm(x.numpy(), axis=-1)
    np.testing.assert_allclose(length, 0.1 * math.log(factor) + 1, 1e-6)
    for settings, wanted in (
        ({"attention_factor": 1.5}, 1.5),
        ({"mscale": 2.0, "mscale_all_dim": 1.0}, (0.2 * math.log(factor) + 1) / (0.1 * math.log(factor) + 1)),
        ({"factor": 0.5}, 1.0),
    ):
        np.testing.assert_allclose(RotaryEmbedding(width, scaling=scaling | settings).length, wanted)
    for settings, message in (
        ({"beta_slow": 4.0}, "less than beta_fast"), ({"beta_fast": -1}, "'beta_fast'"), ({"factor": None}, "'factor'"),
        ({"attention_factor": 0}, "'attention_factor'"),
    ):  # fmt: skip
        with pytest.raises(ValueError, match=message):
            RotaryEmbedding(width, scaling=scaling | settings)
    with pytest.raises(ValueError, match="above 1"):
        RotaryEmbedding(width, 1.0, scaling=scaling)


@pytest.mark.parametrize("heads", [1, 2, 3, 5, 8, 12, 20])
@pytest.mark.parametrize("is_causal", [True, False])
def test_alibi_is_a_line_for_each_head(heads, is_causal):
    alibi = ALiBi(heads, is_causal=is_causal)
    assert (np.diff(np.sort(alibi.slopes)) > 0).all()
    bias = alibi(5).numpy()
    assert (bias.shape, bias.dtype) == ((heads, 5, 5), np.float32)
    for i in range(5):
        for j in range(5):
            wanted = -alibi.slopes * abs(i - j) if j <= i or not is_causal else np.full(heads, -np.inf)
            np.testing.assert_allclose(bias[:, i, j], wanted, rtol=1e-6)
    np.testing.assert_array_equal(alibi(2, 5).numpy(), bias[:, 3:])  # the last two, with a cache
    for dtype in (tt.float16, tt.float64):
        assert alibi(3, dtype=dtype).dtype == dtype


def test_the_slopes_of_eight_heads_are_those_of_the_paper():
    np.testing.assert_allclose(ALiBi(8).slopes, 0.5 ** np.arange(1, 9))


def test_alibi_and_attention():
    q, k, v = (floats(2, 3, 4, 6) + i for i in range(3))
    alibi = ALiBi(3)
    got = scaled_dot_product_attention(q, k, v, attn_mask=alibi(4)).numpy()
    scores = q.numpy() @ k.numpy().swapaxes(-1, -2) / math.sqrt(6) + alibi(4).numpy()
    p = np.exp(scores - scores.max(-1, keepdims=True))
    np.testing.assert_allclose(got, p / p.sum(-1, keepdims=True) @ v.numpy(), atol=1e-5)


@pytest.mark.parametrize("position", POSITIONS)
def test_the_same_tokens_with_a_cache_and_without(position):
    tt.manual_seed(1)
    model = Decoder(
        DecoderConfig(vocab_size=31, context=24, width=16, layers=2, heads=2, position=position, init_std=0.4)
    )
    for prompt in ([3, 1, 4], [[1, 2, 3, 4, 5], [6], [7, 8, 9]]):
        runs = [list(generate(model, prompt, 12, cache=cache)) for cache in (None, DynamicCache())]
        assert [t.id for t in runs[0]] == [t.id for t in runs[1]]
        np.testing.assert_allclose(*[[t.logprob for t in run] for run in runs], atol=1e-4)


def test_a_decoder_of_doubles_computes_its_positions_in_doubles():
    for position in ("sinusoidal", "rope", "alibi"):
        config = DecoderConfig(vocab_size=5, context=16, width=8, layers=1, heads=2, position=position, init_std=0.5)
        model, ids = Decoder(config), tt.arange(16)[None] % 5
        single = model(ids).detach().numpy()
        double = model.double()(ids).detach().numpy()
        assert double.dtype == np.float64
        np.testing.assert_allclose(single, double, atol=1e-5)


def test_names_in_the_state():
    assert list(LearnedPositions(4, 2).state_dict()) == ["weight"]
    for layer in (SinusoidalPositions(4), RotaryEmbedding(4), ALiBi(4)):
        assert not layer.state_dict()
    assert repr(LearnedPositions(4, 2)) == "LearnedPositions(4, 2)"
    assert repr(SinusoidalPositions(4)) == "SinusoidalPositions(4, base=10000.0)"
    assert repr(RotaryEmbedding(4, 500.0)) == "RotaryEmbedding(4, base=500.0)"
    assert repr(ALiBi(4)) == "ALiBi(4, is_causal=True)"


@pytest.mark.parametrize(
    ("error", "message", "make"),
    [
        (ValueError, "max_length must be a positive int, got 0", lambda: LearnedPositions(0, 4)),
        (ValueError, "width must be a positive int, got 2.0", lambda: LearnedPositions(4, 2.0)),
        (ValueError, "width must be a positive int", lambda: SinusoidalPositions(-1)),
        (ValueError, "base must be a positive finite number", lambda: SinusoidalPositions(4, base=0)),
        (ValueError, "head_width must be even, got 5", lambda: RotaryEmbedding(5)),
        (ValueError, "base must be a positive finite number, got 'x'", lambda: RotaryEmbedding(4, "x")),
        (ValueError, "base must be a positive finite number, got inf", lambda: RotaryEmbedding(4, math.inf)),
        (ValueError, "'longrope' is not supported", lambda: RotaryEmbedding(4, scaling={"rope_type": "longrope"})),
        (ValueError, "positive, finite number 'factor'", lambda: RotaryEmbedding(4, scaling={"rope_type": "linear"})),
        (ValueError, "needs a rope_type", lambda: RotaryEmbedding(4, scaling={"factor": 2.0})),
        (TypeError, "must be a mapping", lambda: RotaryEmbedding(4, scaling=2.0)),
        (
            ValueError, "positive, finite number 'original_max_position_embeddings'",
            lambda: RotaryEmbedding(4, scaling={k: v for k, v in LLAMA3.items() if "original" not in k}),
        ),
        (
            ValueError, "low_freq_factor 4.0 must be less than high_freq_factor 4.0",
            lambda: RotaryEmbedding(4, scaling=LLAMA3 | {"low_freq_factor": 4.0}),
        ),
        (ValueError, "heads must be a positive int, got 0", lambda: ALiBi(0)),
        (ValueError, "heads must be a positive int, got True", lambda: ALiBi(True)),
        (ValueError, "at least one query and as many keys, got 0 and 0", lambda: ALiBi(2)(0)),
        (ValueError, "at least one query and as many keys, got 3 and 2", lambda: ALiBi(2)(3, 2)),
        (ValueError, "at least one query", lambda: ALiBi(2)(2.0)),
        (IndexError, "position 32 is not one of the 32", lambda: LearnedPositions(32, 6)(tt.zeros(33, 6))),
        (IndexError, "position -1 is not", lambda: LearnedPositions(32, 6)(tt.zeros(1, 6), tt.tensor([-1]))),
    ],
)  # fmt: skip
def test_what_is_refused(error, message, make):
    with pytest.raises(error, match=message):
        make()


@pytest.mark.parametrize("make", MADE.values(), ids=MADE)
def test_bad_input(make):
    layer, x = make(), tt.zeros(2, 4, 6)
    for bad, error, message in (
        (np.zeros((4, 6)), TypeError, "x must be a tensor, got ndarray"),
        (tt.zeros(4, 6).long(), RuntimeError, "x must be floating, got int64"),
        (tt.zeros(4, 5), ValueError, r"x must be \[..., T, 6\], got shape \(4, 5\)"),
        (tt.zeros(6), ValueError, r"x must be \[..., T, 6\]"),
    ):
        with pytest.raises(error, match=message):
            layer(bad)
    for bad, error, message in (
        (3, TypeError, "positions must be a tensor of whole numbers, got int"),
        (tt.zeros(4), TypeError, "positions must be a tensor of whole numbers, got float32"),
        (tt.arange(3), ValueError, r"positions must be \[T\] or \[B, T\] for x \(2, 4, 6\), got shape \(3,\)"),
        (tt.zeros(3, 4).long(), ValueError, "got shape"),
        (tt.zeros(1, 1, 4).long(), ValueError, "got shape"),
    ):
        with pytest.raises(error, match=message):
            layer(x, bad)
    if isinstance(layer, RotaryEmbedding):
        with pytest.raises(ValueError, match=r"need x \[B, heads, T, head_width\]"):
            layer(x, tt.zeros(2, 4).long())


def test_position_ids_where_they_have_no_effect():
    for position in ("alibi", "none"):
        model = Decoder(DecoderConfig(vocab_size=5, context=8, width=4, layers=1, heads=2, position=position))
        with pytest.raises(ValueError, match=f"no effect with position='{position}'"):
            model(tt.tensor([[1, 2]]), position_ids=tt.tensor([[0, 1]]))
