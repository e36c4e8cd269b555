"""generate gives the tokens that transformers gives, and its processors the same distributions."""

import numpy as np
import pytest
import tt_tensor
from tt_transformer import GPT, DynamicCache, Llama, generate
from tt_transformer.generation.scores import Sampling, softmax

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")
transformers.logging.set_verbosity_error()
transformers.utils.logging.disable_progress_bar()
from transformers.generation import logits_process as theirs  # noqa: E402

V = 37


@pytest.fixture(scope="module", params=["gpt", "llama"])
def pair(request, tmp_path_factory):
    """The same model in both libraries, with logits far enough apart that rounding decides nothing."""
    torch.manual_seed(1)
    if request.param == "gpt":
        config = transformers.GPT2Config(vocab_size=V, n_positions=64, n_embd=32, n_layer=2, n_head=4)
        reference, cls = transformers.GPT2LMHeadModel(config), GPT
    else:
        config = transformers.LlamaConfig(
            vocab_size=V, hidden_size=32, intermediate_size=48, num_hidden_layers=2, num_attention_heads=4,
            num_key_value_heads=2, max_position_embeddings=64,
        )  # fmt: skip
        reference, cls = transformers.LlamaForCausalLM(config), Llama
    for parameter in reference.parameters():
        if parameter.ndim > 1:
            torch.nn.init.normal_(parameter, std=0.3)
    reference.generation_config = transformers.GenerationConfig(pad_token_id=0)
    folder = tmp_path_factory.mktemp(request.param)
    reference.save_pretrained(folder)
    return reference.eval(), cls.from_pretrained(folder)


def prompts(seed, rows=3):
    rng = np.random.default_rng(seed)
    return [rng.integers(1, V, n).tolist() for n in rng.integers(1, 12, rows)]


def reference_ids(model, prompts, n, **settings):
    """What transformers adds to prompts, padded on the left, without what it adds after the end."""
    longest = max(map(len, prompts))
    ids = torch.tensor([[0] * (longest - len(p)) + p for p in prompts])
    mask = torch.tensor([[0] * (longest - len(p)) + [1] * len(p) for p in prompts])
    out = model.generate(ids, attention_mask=mask, max_new_tokens=n, **settings)[:, longest:].tolist()
    stop = settings.get("eos_token_id", ())
    stop = (stop,) if isinstance(stop, int) else stop
    ends = [next((k + 1 for k, token in enumerate(row) if token in stop), len(row)) for row in out]
    return [row[:end] for row, end in zip(out, ends)]


@pytest.mark.parametrize("cached", [False, True])
@pytest.mark.parametrize(
    "settings",
    [{}, {"eos_token_id": 5}, {"eos_token_id": [3, 8, 20]}, {"repetition_penalty": 1.7}, {"repetition_penalty": 0.6}],
    ids=str,
)
def test_greedy(pair, settings, cached):
    reference, ours = pair
    for seed in range(2):
        wanted = reference_ids(reference, prompts(seed), 20, **settings)
        got = generate(ours, prompts(seed), 20, cache=DynamicCache() if cached else None, **settings)
        assert got.ids == wanted


@pytest.mark.parametrize("cached", [False, True])
@pytest.mark.parametrize(
    "settings",
    [
        {"num_beams": 2},
        {"num_beams": 4, "eos_token_id": 5},
        {"num_beams": 3, "eos_token_id": [3, 8, 20], "early_stopping": True},
        {"num_beams": 3, "eos_token_id": [3, 8, 20], "early_stopping": "never"},
        {"num_beams": 4, "eos_token_id": [3, 8], "length_penalty": 2.5, "early_stopping": "never"},
        {"num_beams": 4, "eos_token_id": [3, 8], "length_penalty": -1.0},
        {"num_beams": 4, "eos_token_id": list(range(3, 20)), "length_penalty": 0.0},
        {"num_beams": 3, "eos_token_id": [3, 8], "repetition_penalty": 1.4},
    ],
    ids=str,
)
def test_beam_search(pair, settings, cached):
    reference, ours = pair
    for seed in range(2):
        for length in (1, 15):
            wanted = reference_ids(reference, prompts(seed), length, **settings)
            got = generate(ours, prompts(seed), length, cache=DynamicCache() if cached else None, **settings)
            assert got.ids == wanted


PROCESSORS = {
    "temperature": (lambda p: theirs.TemperatureLogitsWarper(p), [0.1, 0.7, 3.0]),
    "top_k": (lambda p: theirs.TopKLogitsWarper(p), [1, 5, V, 1000]),
    "top_p": (lambda p: theirs.TopPLogitsWarper(p), [0.01, 0.5, 0.9, 0.999]),
    "min_p": (lambda p: theirs.MinPLogitsWarper(p), [0.0, 0.05, 0.5, 1.0]),
    "repetition_penalty": (lambda p: theirs.RepetitionPenaltyLogitsProcessor(p), [0.5, 1.3]),
}


def compare(chain, logits, sequences, **settings):
    """The distributions of both libraries are the same, and so is what they exclude."""
    scores = torch.from_numpy(logits)
    for process in chain:
        scores = process(torch.tensor(sequences), scores)
    ours = Sampling(do_sample=True, **settings).scores(logits, sequences)
    np.testing.assert_allclose(softmax(ours), scores.softmax(-1).numpy(), atol=1e-6)
    assert (np.isneginf(ours) == np.isneginf(scores.numpy())).all()


@pytest.mark.parametrize("name", PROCESSORS)
def test_processors(name):
    make, values = PROCESSORS[name]
    rng = np.random.default_rng(0)
    for value in values:
        logits = rng.normal(0, 3, (8, V)).astype(np.float32)
        sequences = rng.integers(0, V, (8, 6)).tolist()
        compare([make(value)], logits, sequences, **{name: value})


def test_all_processors_together():
    rng = np.random.default_rng(1)
    settings = dict(repetition_penalty=1.2, temperature=0.8, top_k=20, top_p=0.95, min_p=0.02)
    logits = rng.normal(0, 3, (64, V)).astype(np.float32)
    sequences = rng.integers(0, V, (64, 6)).tolist()
    chain = [PROCESSORS[name][0](value) for name, value in settings.items()]
    compare(chain, logits, sequences, **settings)


def test_sampled_tokens_have_the_frequencies_of_the_distribution(pair):
    reference, ours = pair
    with torch.no_grad():
        wanted = reference(torch.tensor([[4, 2]])).logits[0, -1].div(2.0).softmax(-1).numpy()
    out = generate(
        ours, [[4, 2]] * 4000, 1, do_sample=True, temperature=2.0, generator=tt_tensor.Generator().manual_seed(0)
    )
    counts = np.bincount(np.ravel(out.ids), minlength=V) / 4000
    np.testing.assert_allclose(counts, wanted, atol=4 * np.sqrt(0.25 / 4000))


def test_log_probabilities(pair):
    reference, ours = pair
    out = generate(ours, [4, 2, 9], 12, repetition_penalty=1.5)
    text = torch.tensor([[4, 2, 9, *out.ids[0]]])
    with torch.no_grad():
        wanted = reference(text).logits.log_softmax(-1)[0, 2:-1]
    np.testing.assert_allclose(out.logprobs[0], wanted[range(12), out.ids[0]].numpy(), atol=1e-4)
