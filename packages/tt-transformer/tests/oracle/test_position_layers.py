"""RoPE against transformers' Llama, ALiBi against its Bloom."""

import numpy as np
import pytest
import tt_autograd as tt
from tt_transformer import ALiBi, RotaryEmbedding

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")
from transformers import LlamaConfig  # noqa: E402
from transformers.models.bloom.modeling_bloom import build_alibi_tensor  # noqa: E402
from transformers.models.llama.modeling_llama import LlamaRotaryEmbedding, apply_rotary_pos_emb  # noqa: E402

SCALINGS = {
    "none": None,
    "linear": {"rope_type": "linear", "factor": 3.0},
    "llama3": {
        "rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
        "original_max_position_embeddings": 64,
    },
    "yarn": {"rope_type": "yarn", "factor": 8.0, "original_max_position_embeddings": 64},
    "yarn, fractions": {
        "rope_type": "yarn", "factor": 3.0, "original_max_position_embeddings": 40, "beta_fast": 8.0, "beta_slow": 0.5,
        "truncate": False, "attention_factor": 1.3,
    },
    "yarn, mscale": {
        "rope_type": "yarn", "factor": 8.0, "original_max_position_embeddings": 64, "mscale": 0.7, "mscale_all_dim": 1.2,
    },
}  # fmt: skip


@pytest.mark.parametrize("scaling", SCALINGS.values(), ids=SCALINGS)
@pytest.mark.parametrize(("width", "base"), [(2, 10000.0), (8, 500.0), (64, 500000.0)])
@pytest.mark.parametrize("dtype", ["float32", "float16"])
def test_rotary_embedding_is_that_of_llama(scaling, width, base, dtype):
    rng = np.random.default_rng(0)
    x, g = (rng.standard_normal((2, 3, 40, width)).astype(dtype) for _ in "xg")
    places = rng.integers(0, 200, (2, 40))
    rope = {"rope_type": "default", **(scaling or {}), "rope_theta": base}
    config = LlamaConfig(
        hidden_size=4 * width, num_attention_heads=4, max_position_embeddings=512, rope_parameters=rope
    )
    theirs_x = torch.from_numpy(x.copy()).requires_grad_()
    angles = LlamaRotaryEmbedding(config)(theirs_x, torch.from_numpy(places))
    theirs, _ = apply_rotary_pos_emb(theirs_x, theirs_x, *angles)
    theirs.backward(torch.from_numpy(g))
    ours_x = tt.from_numpy(x.copy()).requires_grad_()
    ours = RotaryEmbedding(width, base, scaling=scaling)(ours_x, tt.from_numpy(places))
    ours.backward(tt.from_numpy(g))
    assert ours.dtype == np.dtype(dtype)
    atol = 1e-4 if dtype == "float32" else 1e-2  # their angles are float32
    np.testing.assert_allclose(ours.detach().numpy(), theirs.detach().numpy(), atol=atol)
    np.testing.assert_allclose(ours_x.grad.numpy(), theirs_x.grad.numpy(), atol=atol)


@pytest.mark.parametrize("heads", [1, 2, 3, 5, 6, 7, 8, 12, 16, 24, 33])
def test_alibi_is_that_of_bloom(heads):
    theirs = build_alibi_tensor(torch.ones(1, 9, dtype=torch.int64), heads, torch.float32).numpy()  # [heads, 1, 9]
    ours = ALiBi(heads, is_causal=False)(9).numpy()
    # Theirs counts from the first token; softmax does not see the difference, which is the same for all keys of a query.
    np.testing.assert_allclose(ours[:, -1:], theirs - theirs[:, :, -1:], rtol=1e-5, atol=1e-6)
