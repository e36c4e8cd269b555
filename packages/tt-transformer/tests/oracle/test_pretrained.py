"""Checkpoints that transformers writes give the same logits here, and those written here the same logits there."""

import numpy as np
import pytest
import tt_autograd as tt
from tt_transformer import GPT, Llama

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")
transformers.logging.set_verbosity_error()
transformers.utils.logging.disable_progress_bar()

G = dict(vocab_size=67, n_positions=64, n_embd=32, n_layer=3, n_head=4)
L = dict(
    vocab_size=67, hidden_size=32, intermediate_size=48, num_hidden_layers=3, num_attention_heads=4,
    max_position_embeddings=64,
)  # fmt: skip
LLAMA3 = {
    "rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
    "original_max_position_embeddings": 32,
}  # fmt: skip
CASES = {
    "gpt": (GPT, G),
    "gpt, untied, inner": (GPT, G | dict(tie_word_embeddings=False, n_inner=40)),
    "gpt, relu, by layer": (GPT, G | dict(activation_function="relu", scale_attn_by_inverse_layer_idx=True)),
    "gpt, unscaled, erf": (GPT, G | dict(activation_function="gelu", scale_attn_weights=False)),
    "gpt, upcast, epsilon": (GPT, G | dict(reorder_and_upcast_attn=True, layer_norm_epsilon=0.1)),
    "llama": (Llama, L),
    "llama, shared": (Llama, L | dict(num_key_value_heads=2, tie_word_embeddings=True, rms_norm_eps=0.1)),
    "llama, one head": (Llama, L | dict(num_key_value_heads=1, head_dim=12, hidden_act="gelu")),
    "llama, biases": (Llama, L | dict(attention_bias=True, mlp_bias=True)),
    "llama, theta": (Llama, L | dict(rope_theta=500.0)),
    "llama, linear": (Llama, L | dict(rope_parameters={"rope_type": "linear", "factor": 4.0, "rope_theta": 100.0})),
    "llama, llama3": (Llama, L | dict(rope_scaling=LLAMA3)),
    "llama, yarn": (Llama, L | dict(rope_parameters={"rope_type": "yarn", "factor": 4.0, "rope_theta": 100.0})),
    "llama, dynamic": (Llama, L | dict(rope_parameters={"rope_type": "dynamic", "factor": 4.0, "rope_theta": 100.0})),
}
IDS = np.random.default_rng(0).integers(0, 67, (2, 40))


def theirs(cls, options):
    """A model of transformers with weights large enough that every part of it is felt."""
    torch.manual_seed(0)
    if cls is GPT:
        model = transformers.GPT2LMHeadModel(transformers.GPT2Config(**options))
    else:
        model = transformers.LlamaForCausalLM(transformers.LlamaConfig(**options))
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    return model.eval()


def logits(model, ids=IDS, **more):
    if isinstance(model, torch.nn.Module):
        with torch.no_grad():
            return model(torch.from_numpy(ids), **{k: torch.from_numpy(v) for k, v in more.items()}).logits.numpy()
    with tt.no_grad():
        return model.eval()(tt.from_numpy(ids), **{k: tt.from_numpy(v) for k, v in more.items()}).numpy()


@pytest.mark.parametrize(("cls", "options"), CASES.values(), ids=CASES)
@pytest.mark.parametrize("shard", ["1GB", "20KB"])
def test_same_logits_both_ways(cls, options, shard, tmp_path):
    reference = theirs(cls, options)
    wanted = logits(reference)
    assert np.abs(wanted).max() > 1
    reference.save_pretrained(tmp_path / "theirs", max_shard_size=shard)
    assert (len(list((tmp_path / "theirs").glob("*.safetensors"))) > 1) == (shard == "20KB")
    ours = cls.from_pretrained(tmp_path / "theirs")
    np.testing.assert_allclose(logits(ours), wanted, atol=1e-4)
    ours.save_pretrained(tmp_path / "ours", max_shard_size=shard)
    assert (len(list((tmp_path / "ours").glob("*.safetensors"))) > 1) == (shard == "20KB")
    back, info = type(reference).from_pretrained(tmp_path / "ours", output_loading_info=True)
    assert not info["missing_keys"]
    assert not info["unexpected_keys"]
    np.testing.assert_allclose(logits(back.eval()), wanted, atol=1e-4)
    assert transformers.AutoConfig.from_pretrained(tmp_path / "ours").model_type == reference.config.model_type


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
@pytest.mark.parametrize("case", ["gpt", "llama, shared"])
def test_half_precision_becomes_float32(case, dtype, tmp_path):
    cls, options = CASES[case]
    reference = theirs(cls, options).to(dtype)
    reference.save_pretrained(tmp_path)
    ours = cls.from_pretrained(tmp_path)
    assert {p.dtype for p in ours.parameters()} == {tt.float32}
    full = type(reference).from_pretrained(tmp_path, dtype=torch.float32).eval()
    np.testing.assert_allclose(logits(ours), logits(full), atol=1e-4)


@pytest.mark.parametrize("sizes", [("1GB", "8KB"), ("8KB", "1GB")])
def test_saving_over_another_model(sizes, tmp_path):
    old, new = (theirs(GPT, G | dict(n_layer=2)) for _ in range(2))
    with torch.no_grad():
        new.transformer.wte.weight.mul_(2)
    old.save_pretrained(tmp_path / "a", max_shard_size=sizes[0])
    if sizes[0] == "8KB":  # transformers leaves the index there
        new.save_pretrained(tmp_path / "a", max_shard_size=sizes[1])
        np.testing.assert_allclose(logits(GPT.from_pretrained(tmp_path / "a")), logits(new), atol=1e-3)
    new.save_pretrained(tmp_path / "b")
    ours = GPT.from_pretrained(tmp_path / "b")
    ours.save_pretrained(tmp_path / "a", max_shard_size=sizes[1])
    back = transformers.GPT2LMHeadModel.from_pretrained(tmp_path / "a").eval()
    np.testing.assert_allclose(logits(back), logits(new), atol=1e-3)


@pytest.mark.parametrize("case", ["gpt", "llama, shared"])
def test_padding_and_positions(case, tmp_path):
    cls, options = CASES[case]
    reference = theirs(cls, options)
    reference.save_pretrained(tmp_path)
    ours = cls.from_pretrained(tmp_path)
    mask = np.ones(IDS.shape, np.int64)
    mask[0, :7] = 0
    places = np.maximum(np.cumsum(mask, 1) - 1, 0)
    wanted = logits(reference, attention_mask=mask, position_ids=places)
    np.testing.assert_allclose(logits(ours, attention_mask=mask)[mask == 1], wanted[mask == 1], atol=1e-4)
    got = logits(ours, attention_mask=mask, position_ids=places)
    np.testing.assert_allclose(got[mask == 1], wanted[mask == 1], atol=1e-4)


@pytest.mark.parametrize("case", ["gpt", "llama, shared"])
def test_loss_and_gradients(case, tmp_path):
    cls, options = CASES[case]
    reference = theirs(
        cls, options | ({"resid_pdrop": 0.0, "embd_pdrop": 0.0, "attn_pdrop": 0.0} if cls is GPT else {})
    )
    reference.save_pretrained(tmp_path)
    ours = cls.from_pretrained(tmp_path).train()
    labels = IDS.copy()
    labels[0, 5] = -100
    out = reference(torch.from_numpy(IDS), labels=torch.from_numpy(labels))
    out.loss.backward()
    targets = np.concatenate((labels[:, 1:], np.full((2, 1), -100)), 1)
    _, loss = ours(tt.from_numpy(IDS), tt.from_numpy(targets))
    loss.backward()
    assert abs(loss.item() - out.loss.item()) < 1e-5
    gradients = {name: p.grad.numpy() for name, p in reference.named_parameters()}
    parameters = dict(ours.named_parameters())
    for name, piece in ours._pieces().items():
        grad = parameters[piece.name].grad.numpy()
        grad = grad if piece.rows is None else grad[piece.rows]
        wanted = gradients[ours._full(name)]
        np.testing.assert_allclose(grad.T if piece.flipped else grad, wanted, rtol=1e-3, atol=1e-5)


def test_the_base_model_without_its_prefix(tmp_path):
    reference = theirs(GPT, G)
    reference.transformer.save_pretrained(tmp_path)
    np.testing.assert_allclose(logits(GPT.from_pretrained(tmp_path)), logits(reference), atol=1e-4)
