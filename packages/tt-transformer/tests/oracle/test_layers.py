"""The layers against PyTorch's with the same state: outputs, weights, gradients, names, initial values, errors."""

import warnings

import numpy as np
import pytest
from tt_autograd import Tensor
from tt_transformer import layers
from tt_transformer.functional import multi_head_attention_forward

torch = pytest.importorskip("torch")


def floats(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape).astype("float32")


def both(name, *args, **settings):
    """The same module of both libraries, with the same state."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about nested tensors
        theirs = getattr(torch.nn, name)(*args, **settings)
    ours = getattr(layers, name)(*args, **settings)
    state = theirs.state_dict()
    assert list(ours.state_dict()) == list(state)
    generator = np.random.default_rng(3)
    arrays = {k: generator.standard_normal(tuple(p.shape)).astype("float32") * 0.3 for k, p in state.items()}
    theirs.load_state_dict({k: torch.from_numpy(a.copy()) for k, a in arrays.items()})
    ours.load_state_dict({k: Tensor(a) for k, a in arrays.items()})
    return ours, theirs


def agree(ours, theirs, arrays, **kwargs):
    """Outputs and all gradients; None among `arrays` stands for the array before it, the same tensor once more."""

    def run(module, make, array):
        xs, grads = [], []
        for a in arrays:
            if a is not None:
                grads.append(make(a.copy()).requires_grad_())
            xs.append(grads[-1])
        given = {k: make(v.copy()) if isinstance(v, np.ndarray) else v for k, v in kwargs.items()}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            outputs = module(*xs, **given)
        outputs = [y for y in (outputs if isinstance(outputs, tuple) else (outputs,)) if y is not None]
        loss = sum((y.nan_to_num(0.0) * make(floats(*y.shape, seed=7))).sum() for y in outputs)
        loss.backward()
        grads = [x.grad for x in grads] + [p.grad for p in module.parameters()]
        module.zero_grad()
        return [array(y.detach()) for y in outputs], [None if g is None else array(g) for g in grads]

    a, da = run(ours, Tensor, lambda t: t.array)
    b, db = run(theirs, torch.from_numpy, lambda t: t.numpy())
    assert len(a) == len(b)
    for x, y in zip(a, b):
        assert x.dtype == y.dtype
        np.testing.assert_allclose(x, y, 1e-4, 2e-5)
    for x, y in zip(da, db, strict=True):
        assert (x is None) == (y is None)
        if y is not None and np.isfinite(y).all():  # PyTorch's gradient past a row of NaN is NaN everywhere
            np.testing.assert_allclose(x, y, 1e-3, 3e-5 * (1 + np.abs(y).max()))


L, S, N, E, H = 5, 7, 3, 8, 2
SETTINGS = [
    {}, dict(bias=False), dict(add_bias_kv=True), dict(add_zero_attn=True), dict(add_bias_kv=True, add_zero_attn=True, bias=False),
    dict(kdim=6, vdim=10), dict(kdim=6, vdim=6, add_bias_kv=True, add_zero_attn=True), dict(vdim=4, bias=False),
]  # fmt: skip


def padding(n=N, s=S, dtype=bool):
    hidden = np.zeros((n, s), bool)
    hidden[0, -2:] = hidden[-1, -1:] = True
    return hidden if dtype is bool else np.where(hidden, -np.inf, floats(n, s, seed=4)).astype("float32")


HIDDEN = np.random.default_rng(1).random((L, S)) < 0.3
HIDDEN3 = np.random.default_rng(2).random((N * H, L, S)) < 0.3
MASKS = {
    "none": {}, "bool": dict(attn_mask=HIDDEN), "bool 3-d": dict(attn_mask=HIDDEN3), "float": dict(attn_mask=floats(L, S)),
    "float 3-d": dict(attn_mask=floats(N * H, L, S)), "padding": dict(key_padding_mask=padding()),
    "padding float": dict(key_padding_mask=padding(dtype=float)), "both": dict(attn_mask=HIDDEN, key_padding_mask=padding()),
    "both float": dict(attn_mask=floats(L, S), key_padding_mask=padding(dtype=float)),
    "mixed": dict(attn_mask=floats(N * H, L, S), key_padding_mask=padding()), "mixed 2": dict(attn_mask=HIDDEN, key_padding_mask=padding(dtype=float)),
    "causal": dict(attn_mask=np.triu(np.ones((L, S), bool), 1), is_causal=True),
    "causal, padding": dict(attn_mask=np.triu(np.ones((L, S), bool), 1), key_padding_mask=padding(), is_causal=True),
    "nothing seen": dict(attn_mask=np.arange(L)[:, None] + np.zeros((L, S)) == 2),
}  # fmt: skip


@pytest.mark.parametrize("settings", SETTINGS, ids=str)
@pytest.mark.parametrize("mask", MASKS)
def test_multihead(settings, mask):
    for batch_first in (False, True):
        ours, theirs = both("MultiheadAttention", E, H, batch_first=batch_first, **settings)
        shape = (lambda n, w: (N, n, w)) if batch_first else (lambda n, w: (n, N, w))
        arrays = [
            floats(*shape(L, E)),
            floats(*shape(S, settings.get("kdim", E)), seed=1),
            floats(*shape(S, settings.get("vdim", E)), seed=2),
        ]
        for extra in (dict(need_weights=False), {}, dict(average_attn_weights=False)):
            agree(ours, theirs, arrays, **MASKS[mask], **extra)
        if not settings.get("vdim"):
            agree(ours, theirs, [*arrays[:2], None], **MASKS[mask], need_weights=False)


@pytest.mark.parametrize("settings", SETTINGS[:5], ids=str)
def test_self_attention(settings):
    for batch_first in (False, True):
        ours, theirs = both("MultiheadAttention", E, H, batch_first=batch_first, **settings)
        x = floats(N, S, E) if batch_first else floats(S, N, E)
        agree(ours, theirs, [x, None, None])
        agree(ours, theirs, [x, None, None], key_padding_mask=padding(), need_weights=False)
        agree(
            ours,
            theirs,
            [x, None, None],
            attn_mask=np.triu(np.ones((S, S), bool), 1),
            is_causal=True,
            need_weights=False,
        )


def test_no_batch():
    for settings in (SETTINGS[0], SETTINGS[4], SETTINGS[5]):
        ours, theirs = both("MultiheadAttention", E, H, batch_first=True, **settings)
        arrays = [floats(L, E), floats(S, settings.get("kdim", E), seed=1), floats(S, settings.get("vdim", E), seed=2)]
        for mask in ({}, dict(key_padding_mask=padding()[0]), dict(attn_mask=HIDDEN), dict(attn_mask=HIDDEN3[:H])):
            for extra in (dict(need_weights=False), {}, dict(average_attn_weights=False)):
                agree(ours, theirs, arrays, **mask, **extra)


@pytest.mark.parametrize("length", [S, S + 2])
def test_static(length):
    ours, theirs = both("MultiheadAttention", E, H)
    q, k, v, fixed = (
        floats(L, N, E),
        floats(S, N, E, seed=1),
        floats(S, N, E, seed=2),
        floats(N * H, length, E // H, seed=3),
    )
    hidden = np.arange(length) >= length - np.arange(N)[:, None]

    def call(f, make, m):
        given = (m.in_proj_weight, m.in_proj_bias, None, None, False, 0.0, m.out_proj.weight, m.out_proj.bias)
        static = dict(static_k=make(fixed), static_v=make(fixed), key_padding_mask=make(hidden))
        return f(make(q), make(k), make(v), E, H, *given, **static)

    a, b = (
        call(multi_head_attention_forward, Tensor, ours),
        call(torch.nn.functional.multi_head_attention_forward, torch.from_numpy, theirs),
    )
    for x, y in zip(a, b):
        np.testing.assert_allclose(x.detach().array, y.detach().numpy(), 1e-4, 1e-5)


ERRORS = {
    "4-d": lambda m, x: m(x[None], x[None], x[None]),
    "1-d": lambda m, x: m(x[0, 0], x[0, 0], x[0, 0]),
    "mixed": lambda m, x: m(x, x[0], x[0]),
    "width": lambda m, x: m(x[..., :4], x, x),
    "key and value": lambda m, x: m(x, x, x[:3]),
    "padding 1-d": lambda m, x: m(x, x, x, key_padding_mask=x[0, 0] > 0),
    "padding shape": lambda m, x: m(x, x, x, key_padding_mask=x[:2, :, 0] > 0),
    "padding integers": lambda m, x: m(x, x, x, key_padding_mask=x[:, :, 0].t().long()),
    "mask 4-d": lambda m, x: m(x, x, x, attn_mask=x[None] > 0),
    "mask 2-d shape": lambda m, x: m(x, x, x, attn_mask=x[0] > 0),
    "mask 3-d shape": lambda m, x: m(x, x, x, attn_mask=x > 0),
    "mask integers": lambda m, x: m(x, x, x, attn_mask=x[:, :, 0].long()),
    "hint without a mask": lambda m, x: m(x, x, x, is_causal=True),
}  # fmt: skip


@pytest.mark.parametrize("name", ERRORS)
def test_errors(name):
    ours, theirs = both("MultiheadAttention", E, H)
    x = floats(5, 3, E)
    with pytest.raises((RuntimeError, AssertionError)) as wanted:
        ERRORS[name](theirs, torch.from_numpy(x))
    with pytest.raises(wanted.type):
        ERRORS[name](ours, Tensor(x))


@pytest.mark.parametrize("settings", [{}, {"kdim": E + 1}, {"vdim": E + 1}], ids=str)
def test_keys_and_values_of_another_width(settings):
    ours, theirs = both("MultiheadAttention", E, H, **settings)
    x, kv = floats(5, 3, E), floats(5, 3, E if settings else E + 1)
    with pytest.raises((RuntimeError, AssertionError)) as wanted:
        theirs(torch.from_numpy(x), torch.from_numpy(kv), torch.from_numpy(kv))
    with pytest.raises(wanted.type):
        ours(Tensor(x), Tensor(kv), Tensor(kv))


@pytest.mark.parametrize(
    ("name", "args", "settings"),
    [("MultiheadAttention", (0, 1), {}), ("MultiheadAttention", (8, 0), {}), ("MultiheadAttention", (8, 3), {}),
     ("TransformerEncoderLayer", (8, 2), dict(activation="tanh")), ("TransformerDecoderLayer", (8, 3), {}), ("TransformerEncoderLayer", (8, 2), dict(dropout=2.0))],
)  # fmt: skip
def test_constructor_errors(name, args, settings):
    with pytest.raises(Exception) as wanted:
        getattr(torch.nn, name)(*args, **settings)
    with pytest.raises(wanted.type):
        getattr(layers, name)(*args, **settings)


LAYERS = [{}, dict(norm_first=True), dict(activation="gelu", batch_first=True, layer_norm_eps=0.1), dict(bias=False, batch_first=True, norm_first=True)]  # fmt: skip
TRIANGLE = np.triu(np.full((L, L), -np.inf, "float32"), 1)


def sequences(settings, *lengths):
    order = (lambda n: (N, n, E)) if settings.get("batch_first") else (lambda n: (n, N, E))
    return [floats(*order(n), seed=n) for n in lengths]


@pytest.mark.parametrize("settings", LAYERS, ids=str)
def test_layers(settings):
    settings = dict(dim_feedforward=12, dropout=0.0) | settings
    x, memory = sequences(settings, L, S)
    one, other = padding(N, L), padding(N, S)
    for a, b, mask in ((*both("TransformerEncoderLayer", E, H, **settings), "src_mask"),
                       (*both("TransformerDecoderLayer", E, H, **settings), "tgt_mask")):  # fmt: skip
        arrays = [x] if mask == "src_mask" else [x, memory]
        agree(a, b, arrays)
        agree(a, b, arrays, **{mask: TRIANGLE < 0})
        agree(
            a,
            b,
            arrays,
            **{mask: TRIANGLE, mask.replace("mask", "is_causal"): True}
            if mask == "tgt_mask"
            else {mask: TRIANGLE, "is_causal": True},
        )
        agree(a, b, arrays, **{mask.replace("mask", "key_padding_mask"): one})
    agree(a, b, arrays, memory_mask=HIDDEN, memory_key_padding_mask=other)


@pytest.mark.parametrize("settings", LAYERS, ids=str)
@pytest.mark.parametrize("training", [True, False])
def test_stacks(settings, training):
    settings = dict(dim_feedforward=12, dropout=0.0) | settings
    ours, theirs = both("Transformer", E, H, 2, 3, **settings)
    ours.train(training)
    theirs.train(training)
    x, y = sequences(settings, S, L)
    agree(ours, theirs, [x, y])
    agree(
        ours,
        theirs,
        [x, y],
        tgt_mask=TRIANGLE,
        memory_mask=HIDDEN,
        src_key_padding_mask=padding(),
        memory_key_padding_mask=padding(),
    )
    agree(ours, theirs, [x, y], tgt_mask=TRIANGLE < 0, src_mask=np.eye(S) < 0, tgt_key_padding_mask=padding(N, L))
    agree(ours, theirs, [x, y], tgt_mask=TRIANGLE, tgt_is_causal=True, memory_is_causal=False, src_is_causal=False)


def test_transformer_errors():
    ours, theirs = both("Transformer", E, H, 1, 1, 12)
    x = floats(L, N, E)
    for call in (lambda m, x: m(x, x[:, :2]), lambda m, x: m(x[..., :4], x), lambda m, x: m(x, x[..., :4])):
        with pytest.raises(RuntimeError):
            call(theirs, torch.from_numpy(x))
        with pytest.raises(RuntimeError):
            call(ours, Tensor(x))


def test_subsequent_mask():
    a, b = (
        layers.Transformer.generate_square_subsequent_mask(4),
        torch.nn.Transformer.generate_square_subsequent_mask(4),
    )
    np.testing.assert_array_equal(a.array, b.numpy())
    assert a.array.dtype == np.float32
    assert layers.Transformer.generate_square_subsequent_mask(4, dtype=np.float64).array.dtype == np.float64


@pytest.mark.parametrize("name", ["MultiheadAttention", "TransformerEncoderLayer", "TransformerDecoderLayer"])
def test_initial_values(name):
    """The same distributions: standard deviations and zeros."""
    ours, theirs = getattr(layers, name)(96, 4, bias=True), getattr(torch.nn, name)(96, 4, bias=True)
    for (key, p), q in zip(ours.state_dict().items(), theirs.state_dict().values(), strict=True):
        assert p.array.shape == tuple(q.shape)
        assert abs(p.array.std() - q.numpy().std()) < 0.1 * q.numpy().std() + 1e-9 or p.array.size < 3000, key
        assert (p.array == 0).all() == bool((q == 0).all()), key
