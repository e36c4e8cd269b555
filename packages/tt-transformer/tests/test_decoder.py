"""The decoder: what it computes, what it must not see, and what it refuses."""

import copy
import math
import pickle

import numpy as np
import pytest
import tt_autograd as tt
from tt_nn.functional import cross_entropy
from tt_transformer import GPT, Decoder, DecoderConfig, DynamicCache, GPTConfig, Llama, LlamaConfig, causal_leak
from tt_transformer.config import POSITIONS

SMALL = dict(vocab_size=23, context=16, width=24, layers=2, heads=4, init_std=0.3)
MODELS = {
    **{position: SMALL | dict(position=position) for position in POSITIONS},
    "shared": SMALL | dict(position="rope", kv_heads=2, norm="rms", activation="silu", gated=True, tied=False),
    "one head": SMALL | dict(position="alibi", kv_heads=1, head_width=8, attention_bias=False, mlp_bias=False),
    "by layer": SMALL | dict(scale_by_layer=True, attention_scale=0.1),
}


def decoder(**settings):
    tt.manual_seed(0)
    return Decoder(DecoderConfig(**settings))


def ids(*shape, seed=0):
    return tt.from_numpy(np.random.default_rng(seed).integers(0, 23, shape))


@pytest.mark.parametrize("settings", MODELS.values(), ids=MODELS)
def test_a_later_token_changes_no_earlier_logit(settings):
    assert causal_leak(decoder(**settings)) < 1e-5


def test_the_probe_notices_a_leak(monkeypatch):
    model = decoder(**SMALL)
    forward = model.forward
    monkeypatch.setattr(model, "forward", lambda ids, **more: forward(ids, **more) + 1e-3 * ids.float().mean())
    assert causal_leak(model) > 1e-4
    with pytest.raises(ValueError, match="at least two places"):
        causal_leak(model, 1)
    with pytest.raises(ValueError, match="batch must be at least 1"):
        causal_leak(model, batch=0)


def test_the_probe_passes_no_model_that_gives_nan(monkeypatch):
    model = decoder(**SMALL)
    forward = model.forward
    for value, passes in ((np.nan, False), (-np.inf, True)):
        monkeypatch.setattr(
            model, "forward", lambda ids, value=value, **more: forward(ids, **more).index_fill(2, tt.tensor([0]), value)
        )
        assert (causal_leak(model) < 1e-5) == passes
    with pytest.raises(TypeError, match="context and vocab_size, as GPT and Llama do, got function"):
        causal_leak(forward.__func__)


def test_the_probe_leaves_the_mode_alone():
    model = decoder(**SMALL, dropout=0.5)
    model.blocks[0].eval()
    assert causal_leak(model) < 1e-5
    assert model.training
    assert not model.blocks[0].norm1.training


@pytest.mark.parametrize("settings", MODELS.values(), ids=MODELS)
def test_in_pieces_with_a_cache_as_in_one(settings):
    model, x, cache = decoder(**settings), ids(3, 12), DynamicCache()
    whole = model(x)
    pieces = [model(x[:, a:b], cache=cache) for a, b in ((0, 5), (5, 6), (6, 7), (7, 12))]
    np.testing.assert_allclose(tt.cat(pieces, 1).detach().numpy(), whole.detach().numpy(), atol=2e-5)
    assert cache.length == 12
    np.testing.assert_allclose(model(x, logits_to_keep=2).detach(), whole[:, -2:].detach(), atol=1e-5)


@pytest.mark.parametrize("settings", MODELS.values(), ids=MODELS)
def test_padding_on_the_left_changes_nothing(settings):
    model, x = decoder(**settings), ids(2, 7)
    mask = np.ones((2, 10), np.int64)
    mask[:, :3] = 0
    padded = tt.cat([ids(2, 3, seed=9), x], 1)
    wanted = model(x).detach().numpy()
    for m in (tt.from_numpy(mask), tt.from_numpy(mask != 0)):
        got = model(padded, attention_mask=m).detach().numpy()
        assert np.isfinite(got).all()
        np.testing.assert_allclose(got[:, 3:], wanted, atol=2e-5)
    cache = DynamicCache()
    model(padded[:, :6], attention_mask=tt.from_numpy(mask[:, :6]), cache=cache)
    got = model(padded[:, 6:], attention_mask=tt.from_numpy(mask), cache=cache).detach().numpy()
    np.testing.assert_allclose(got, wanted[:, 3:], atol=2e-5)


@pytest.mark.parametrize("settings", MODELS.values(), ids=MODELS)
def test_documents_in_one_row_do_not_see_each_other(settings):
    model, x = decoder(**settings), ids(2, 9)
    numbers = np.array([[0, 0, 0, 0, 1, 1, 1, 1, 1], [0, 1, 1, 1, 1, 1, 1, 2, 2]])
    mask = tt.from_numpy(numbers[:, :, None] == numbers[:, None, :])
    places = np.array([[0, 1, 2, 3, 0, 1, 2, 3, 4], [0, 0, 1, 2, 3, 4, 5, 0, 1]])
    at = dict(position_ids=tt.from_numpy(places)) if settings.get("position") in ("learned", "sinusoidal", None) else {}
    got = model(x, attention_mask=mask, **at).detach().numpy()
    for row in range(2):
        for number in range(numbers[row].max() + 1):
            here = numbers[row] == number
            alone = model(x[row : row + 1, tt.from_numpy(here)]).detach().numpy()[0]
            np.testing.assert_allclose(got[row, here], alone, atol=2e-5)
    cache = DynamicCache()
    first = {k: v[:, :6] for k, v in at.items()}
    model(x[:, :6], attention_mask=mask[:, :6, :6], cache=cache, **first)
    rest = model(x[:, 6:], attention_mask=mask[:, 6:], cache=cache, **{k: v[:, 6:] for k, v in at.items()})
    np.testing.assert_allclose(rest.detach().numpy(), got[:, 6:], atol=2e-5)


@pytest.mark.parametrize("settings", MODELS.values(), ids=MODELS)
def test_every_parameter_learns_and_the_loss_is_the_cross_entropy(settings):
    model, x, y = decoder(**settings), ids(2, 8), ids(2, 8, seed=1)
    y[0, 3] = -100
    logits, loss = model(x, y)
    loss.backward()
    np.testing.assert_allclose(loss.item(), cross_entropy(logits.reshape(16, 23), y.reshape(16)).item(), rtol=1e-6)
    for name, p in model.named_parameters():
        assert p.grad is not None, name
        assert np.isfinite(p.grad.numpy()).all()
        if not name.endswith("qkv.bias"):  # that of the keys has no effect
            assert np.abs(p.grad.numpy()).max() > 0, name


@pytest.mark.parametrize("position", ["learned", "rope"])
def test_gradient_against_finite_differences(position):
    model, x, y = decoder(**SMALL | dict(position=position, kv_heads=2)).double(), ids(2, 6), ids(2, 6, seed=1)
    rng, step = np.random.default_rng(0), 1e-6
    _, loss = model(x, y)
    assert loss.dtype == tt.float64
    loss.backward()
    directions = [rng.standard_normal(p.shape) for p in model.parameters()]
    slope = sum((p.grad.numpy() * d).sum() for p, d in zip(model.parameters(), directions))

    def moved(by):
        for p, d in zip(model.parameters(), directions):
            p.array += by * d
        with tt.no_grad():
            return model(x, y)[1].item()

    up, down = moved(step), moved(-2 * step)
    np.testing.assert_allclose((up - down) / (2 * step), slope, rtol=1e-5)


def test_position_ids_move_a_text():
    for position, same in (("rope", True), ("learned", False), ("sinusoidal", False)):
        model, x = decoder(**SMALL | dict(position=position)), ids(1, 5)
        there = tt.arange(4, 9)[None]
        close = np.allclose(model(x).detach(), model(x, position_ids=there).detach(), atol=1e-4)
        assert close == same


def test_the_order_matters_unless_nothing_tells_it():
    for position in POSITIONS:
        model, x = decoder(**SMALL | dict(position=position, layers=1)), tt.tensor([[1, 2, 3, 4]])
        swapped = tt.tensor([[2, 1, 3, 4]])
        same = np.allclose(model(x)[:, -1].detach(), model(swapped)[:, -1].detach(), atol=1e-5)
        assert same == (position == "none")


def test_initial_weights():
    model = GPT(GPTConfig(vocab_size=500, n_positions=64, n_embd=64, n_layer=8, n_head=4))
    for name, p in model.named_parameters():
        a = p.numpy() if not p.requires_grad else p.detach().numpy()
        if name.endswith("bias"):
            assert (a == 0).all()
        elif "norm" in name:
            assert (a == 1).all()
        else:
            small = name.endswith(("attention.out.weight", "mlp.down.weight"))
            assert abs(a.std() / (0.02 / math.sqrt(16) if small else 0.02) - 1) < 0.05, name
    tt.manual_seed(3)
    _, loss = model.eval()(tt.randint(0, 500, (2, 64)), tt.randint(0, 500, (2, 64)))
    assert abs(loss.item() - math.log(500)) < 0.1


def test_gpt2_has_124_million_parameters():
    shape = GPTConfig().decoder()
    assert (shape.width, shape.hidden, shape.context) == (768, 3072, 1024)
    per_block = 12 * 768**2 + 13 * 768
    assert (50257 + 1024) * 768 + 12 * per_block + 2 * 768 == 124_439_808
    tiny = GPT(GPTConfig(vocab_size=11, n_positions=5, n_embd=8, n_layer=3, n_head=2))
    assert sum(p.numel() for p in tiny.parameters()) == (11 + 5) * 8 + 3 * (12 * 64 + 13 * 8) + 16


@pytest.mark.parametrize("settings", MODELS.values(), ids=MODELS)
def test_copies_and_pickles(settings):
    model, x = decoder(**settings), ids(1, 5)
    for again in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        np.testing.assert_array_equal(again(x).detach(), model(x).detach())


def test_dropout_only_in_training():
    model, x = decoder(**SMALL, dropout=0.5, embedding_dropout=0.5, attention_dropout=0.5), ids(2, 8)
    assert not np.allclose(model(x).detach(), model(x).detach())
    model.eval()
    np.testing.assert_array_equal(model(x).detach(), model(x).detach())


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (dict(width=25), "width=25 is not a multiple of heads=4"),
        (dict(kv_heads=3), "heads=4 is not a multiple of kv_heads=3"),
        (dict(layers=0), "layers must be a positive int, got 0"),
        (dict(context=2.5), "context must be a positive int"),
        (dict(heads=True), "heads must be a positive int"),
        (dict(hidden=-1), "hidden must be"),
        (dict(position="here"), "position 'here' is not supported"),
        (dict(attention_dropout=2.0), r"attention_dropout must be in \[0, 1\], got 2.0"),
        (dict(dropout="a"), r"dropout must be in \[0, 1\]"),
        (dict(init_std=-1.0), "init_std must be finite and at least 0"),
        (dict(norm_eps=None), "norm_eps must be finite"),
        (dict(attention_scale="a"), "attention_scale must be a number"),
        (dict(norm="batch"), "norm 'batch'"),
        (dict(activation="xielu"), "activation 'xielu'"),
        (dict(position="rope", head_width=7), "even head_width"),
        (dict(position="rope", rope_theta=0), "DecoderConfig: rope_theta must be a positive finite number, got 0"),
        (dict(position="rope", rope_scaling={"rope_type": "longrope"}), "'longrope' is not supported"),
        (dict(position="rope", rope_scaling={"rope_type": "yarn"}), "'yarn' needs a positive, finite number 'factor'"),
        (dict(position="rope", rope_scaling={"rope_type": "linear"}), "'factor', got None"),
        (dict(position="rope", rope_scaling={"type": "linear", "factor": math.inf}), "finite number 'factor', got inf"),
    ],
)
def test_settings_that_contradict_each_other(settings, message):
    with pytest.raises(ValueError, match=message):
        decoder(**SMALL | settings)


@pytest.mark.parametrize(
    ("config", "message"),
    [
        (GPTConfig(n_embd=10, n_head=3), "GPTConfig: n_embd=10 is not a multiple of n_head=3"),
        (GPTConfig(n_positions=0), "GPTConfig: n_positions must be a positive int, got 0"),
        (GPTConfig(activation_function="f"), "GPTConfig: activation_function 'f' is not supported; use gelu, "),
        (GPTConfig(attn_pdrop=2), r"GPTConfig: attn_pdrop must be in \[0, 1\], got 2"),
        (
            LlamaConfig(num_key_value_heads=3),
            "LlamaConfig: num_attention_heads=32 is not a multiple of num_key_value_heads=3",
        ),
        (LlamaConfig(head_dim=5), "LlamaConfig: rope needs an even head_dim, got 5"),
    ],
)
def test_errors_have_the_names_of_the_configuration(config, message):
    for model in (config.decoder, lambda: (GPT if isinstance(config, GPTConfig) else Llama)(config)):
        with pytest.raises(ValueError, match=message):
            model()


def test_bad_input():
    model = decoder(**SMALL)
    with pytest.raises(TypeError, match="ids must be a tensor, got list"):
        model([[1, 2]])
    with pytest.raises(RuntimeError, match="ids must be int64 or int32, got float32"):
        model(tt.ones(1, 2))
    with pytest.raises(TypeError, match="targets must be a tensor, got list"):
        model(ids(1, 2), [[1, 2]])
    for shape in ((3,), (1, 2, 3), (2, 0)):
        with pytest.raises(ValueError, match="T at least 1"):
            model(tt.zeros(shape, dtype=tt.int64))
    for bad in (-1, 23):
        with pytest.raises(IndexError, match=f"id {bad} is out of range"):
            model(tt.tensor([[0, bad]]))
    with pytest.raises(ValueError, match="17 tokens are more than the context of 16"):
        model(ids(1, 17))
    cache = DynamicCache()
    model(ids(1, 10), cache=cache)
    with pytest.raises(ValueError, match="17 tokens are more"):
        model(ids(1, 7), cache=cache)
    with pytest.raises(ValueError, match=r"attention_mask must be \[B, S\] = \[2, 3\]"):
        model(ids(2, 3), attention_mask=tt.ones(2, 4))
    with pytest.raises(ValueError, match="not numbers that are added to scores"):
        model(ids(1, 3), attention_mask=tt.tensor([[-np.inf, 0.0, 0.0]]))
    with pytest.raises(ValueError, match="position_ids must be whole numbers"):
        model(ids(2, 3), position_ids=tt.ones(2, 3))
    with pytest.raises(IndexError, match="less than the context, 16"):
        model(ids(1, 1), position_ids=tt.tensor([[16]]))
    with pytest.raises(ValueError, match="must have the shape of the ids"):
        model(ids(2, 3), ids(2, 4))
    for number in (-1, 1.0, "1"):
        with pytest.raises(ValueError, match=f"logits_to_keep must be an int of at least 0, got {number!r}"):
            model(ids(2, 3), logits_to_keep=number)
    with pytest.raises(ValueError, match="logits_to_keep must be 0"):
        model(ids(2, 3), ids(2, 3), logits_to_keep=1)
    with pytest.raises(TypeError, match="GPT: expected a GPTConfig, got LlamaConfig"):
        GPT(LlamaConfig())
    with pytest.raises(TypeError, match="Llama: expected a LlamaConfig, got DecoderConfig"):
        Llama(DecoderConfig(**SMALL))
    with pytest.raises(ValueError, match="LlamaConfig: rope_theta must be a positive finite number, got 'high'"):
        Llama(LlamaConfig(rope_theta="high"))


def test_an_empty_batch_has_a_loss_as_in_pytorch():
    logits, loss = decoder(**SMALL)(ids(0, 3), ids(0, 3))
    assert logits.shape == (0, 3, SMALL["vocab_size"])
    assert loss.isnan()
