"""generate: the same tokens whichever way they are computed, and clear errors. (The comparison is in oracle/.)"""

import numpy as np
import pytest
import tt_autograd as tt
from tt_nn import Linear
from tt_tensor import Generator
from tt_transformer import Decoder, DecoderConfig, DynamicCache, Token, generate
from tt_transformer.config import POSITIONS

V = 23
PROMPTS = [[1, 2, 3, 4, 5, 6, 7], [8], [9, 10, 11]]
MODES = {
    "greedy": {},
    "penalty": dict(repetition_penalty=1.3),
    "sampling": dict(do_sample=True, temperature=0.8, top_k=9, top_p=0.9, min_p=0.01),
    "beams": dict(num_beams=3, eos_token_id=[5, 6]),
}


def decoder(position="learned", context=40, **settings):
    tt.manual_seed(0)
    config = DecoderConfig(
        vocab_size=V, context=context, width=24, layers=2, heads=4, kv_heads=2, position=position, init_std=0.4, **settings
    )  # fmt: skip
    return Decoder(config)


def seeded(settings):
    return settings | (dict(generator=Generator().manual_seed(5)) if settings.get("do_sample") else {})


@pytest.fixture(scope="module")
def model():
    return decoder()


def letters(ids):
    return "".join(chr(97 + i) for i in ids)


@pytest.mark.parametrize("position", POSITIONS)
@pytest.mark.parametrize("mode", MODES)
def test_a_cache_changes_no_token(mode, position):
    model = decoder(position)
    without = generate(model, PROMPTS, 20, **seeded(MODES[mode]))
    with_cache = generate(model, PROMPTS, 20, cache=DynamicCache(), **seeded(MODES[mode]))
    assert without.ids == with_cache.ids
    np.testing.assert_allclose(np.concatenate(without.logprobs), np.concatenate(with_cache.logprobs), atol=1e-4)


@pytest.mark.parametrize("position", POSITIONS)
@pytest.mark.parametrize("mode", ["greedy", "penalty", "beams"])
@pytest.mark.parametrize("cached", [False, True])
def test_a_batch_changes_no_token(mode, position, cached):
    model = decoder(position)
    together = generate(model, PROMPTS, 20, cache=DynamicCache() if cached else None, **MODES[mode])
    alone = [generate(model, p, 20, **MODES[mode]) for p in PROMPTS]
    assert together.ids == [g.ids[0] for g in alone]
    assert together.ended == [g.ended[0] for g in alone]


@pytest.mark.parametrize("position", POSITIONS)
@pytest.mark.parametrize("mode", MODES)
def test_past_the_context_the_window_moves(mode, position):
    model = decoder(position, context=10)
    without = generate(model, PROMPTS, 20, window=True, **seeded(MODES[mode]))
    with_cache = generate(model, PROMPTS, 20, window=True, cache=DynamicCache(), **seeded(MODES[mode]))
    assert without.ids == with_cache.ids
    if mode in ("greedy", "penalty"):
        assert without.ids == [generate(model, p, 20, window=True, **MODES[mode]).ids[0] for p in PROMPTS]
    if mode == "greedy":
        text = PROMPTS[0] + without.ids[0]
        for n in range(7, 27):
            last = model(tt.tensor([text[max(0, n - 10) : n]]))[0, -1]
            assert last.argmax().item() == text[n]


def test_as_much_as_the_context_holds(model):
    assert len(generate(model, [1] * 30, 11).ids[0]) == 11
    assert len(generate(model, [1] * 40, 1).ids[0]) == 1
    for prompt, n in (([1] * 30, 12), ([1] * 41, 1)):
        with pytest.raises(ValueError, match=r"more than the context of 40; ask for fewer, or pass window=True"):
            generate(model, prompt, n)
        generate(model, prompt, n, window=True)


def test_greedy_is_the_best_token_of_a_full_pass_and_logprobs_are_its_own(model):
    out = generate(model, [3, 1], 15, repetition_penalty=1.2)
    logprobs = model(tt.tensor([[3, 1, *out.ids[0]]]))[0].log_softmax(-1).detach().numpy()
    np.testing.assert_allclose(out.logprobs[0], logprobs[range(1, 16), out.ids[0]], atol=1e-5)
    greedy = generate(model, [3, 1], 15).ids[0]
    best = model(tt.tensor([[3, 1, *greedy]]))[0].argmax(-1)
    assert best[1:-1].tolist() == greedy


def test_tokens_come_one_by_one(model):
    calls = []
    run = generate(lambda_model(model, calls), PROMPTS, 4, decode=letters)
    first = [next(run) for _ in range(3)]
    assert [t.row for t in first] == [0, 1, 2]
    assert len(calls) == 1
    rest = list(run)
    assert len(calls) == 4
    for k in range(3):
        mine = [t for t in first + rest if t.row == k]
        assert [t.id for t in mine] == run.ids[k]
        assert "".join(t.text for t in mine) == run.texts[k] == letters(run.ids[k])
        assert [t.logprob for t in mine] == run.logprobs[k]
    assert all(isinstance(t, Token) for t in rest)


class lambda_model:
    """A model that counts how often it runs."""

    def __init__(self, model, calls):
        self.model, self.calls, self.context, self.vocab_size = model, calls, model.context, model.vocab_size

    def __call__(self, ids, **more):
        self.calls.append(ids.shape)
        return self.model(ids, **more)


def test_a_cache_is_used(model):
    calls = []
    generate(lambda_model(model, calls), [1, 2, 3], 4, cache=DynamicCache()).ids
    assert calls == [(1, 3), (1, 1), (1, 1), (1, 1)]


def test_closing_ends_it(model):
    run = generate(model, [1], 10)
    two = [next(run), next(run)]
    run.close()
    assert run.ids == [[t.id for t in two]]
    assert run.ended == [""]
    assert list(run) == []


def test_prompts_of_every_kind(model):
    wanted = generate(model, [1, 2], 3).ids
    for prompt in (
        (1, 2),
        np.array([1, 2]),
        tt.tensor([1, 2]),
        tt.tensor([[1, 2]]),
        [[1, 2]],
        [np.int64(1), np.int32(2)],
    ):
        assert generate(model, prompt, 3).ids == wanted
    two = generate(model, [[1, 2], [3]], 3).ids
    assert generate(model, [tt.tensor([1, 2]), np.array([3])], 3).ids == two


def test_stop_tokens(model):
    free = generate(model, PROMPTS, 12)
    stop = free.ids[0][3]
    ended = generate(model, PROMPTS, 12, eos_token_id=stop, decode=letters)
    for k in range(3):
        whole = free.ids[k]
        n = whole.index(stop) + 1 if stop in whole else 12
        assert ended.ids[k] == whole[:n]
        assert ended.ended[k] == ("stop" if stop in whole else "length")
        assert ended.texts[k] == letters(whole[: n - 1] if stop in whole else whole)


def test_stop_strings(model):
    text = letters(generate(model, [1], 12).ids[0])
    out = generate(model, [1], 12, stop_strings=[text[4:7], "not there"], decode=letters)
    assert out.texts == [text[: text.index(text[4:7])]]
    assert out.ended == ["stop"]
    assert generate(model, [1], 12, stop_strings="not there", decode=letters).texts == [text]


def test_settings_that_are_off_do_not_need_sampling(model):
    off = dict(temperature=1.0, top_k=0, top_p=1.0, min_p=0.0, repetition_penalty=1.0)
    assert generate(model, [1], 9, **off).ids == generate(model, [1], 9).ids
    assert generate(model, [1], 9, num_beams=2, **off).ids == generate(model, [1], 9, num_beams=2).ids


def test_the_seed_decides(model):
    def ids(seed, **more):
        return generate(model, [1], 20, do_sample=True, generator=Generator().manual_seed(seed), **more).ids

    assert ids(1) == ids(1)
    assert ids(1) != ids(2)
    assert ids(1, top_k=1) == generate(model, [1], 20).ids == ids(2, top_p=1e-9) == ids(3, min_p=1.0)
    assert ids(1) == ids(1, top_k=0) == ids(1, top_p=1.0) == ids(1, min_p=0.0)
    tt.manual_seed(3)
    first = generate(model, [1], 20, do_sample=True).ids
    tt.manual_seed(3)
    assert generate(model, [1], 20, do_sample=True).ids == first


def test_neither_mode_nor_tape_is_touched():
    model = decoder(dropout=0.5)
    model.blocks[1].eval()
    run = generate(model, [1], 5)
    next(run)
    assert model.training
    assert not model.blocks[1].mlp.training
    assert model.blocks[0].mlp.training
    assert tt.is_grad_enabled()
    assert generate(model.eval(), [1], 5).ids == generate(model.train(), [1], 5).ids


def test_no_interrupt_comes_between_the_modes_of_the_parts_of_a_model(monkeypatch):
    model = decoder(dropout=0.5)

    def interrupted(module, name, value):  # what runs here can be interrupted
        raise KeyboardInterrupt

    monkeypatch.setattr(Linear, "__setattr__", interrupted)
    next(generate(model, [1], 5))
    assert all(module.training for module in model.modules())


def test_stop_strings_end_beams_as_stop_tokens_do(model):
    for token in range(V):
        settings = dict(num_beams=3, decode=letters, early_stopping=True)
        by_token = generate(model, PROMPTS, 9, eos_token_id=token, **settings)
        by_text = generate(model, PROMPTS, 9, stop_strings=letters([token]), **settings)
        assert by_text.ids == by_token.ids
        assert by_text.texts == by_token.texts
        assert by_text.ended == by_token.ended
    text = generate(model, [1], 9, num_beams=4, decode=letters).texts[0]
    cut = generate(model, [1], 9, num_beams=4, decode=letters, stop_strings=text[2:4], early_stopping=True)
    assert text[2:4] not in cut.texts[0]


def test_numbers_of_numpy_are_numbers(model):
    plain = dict(do_sample=True, temperature=0.5, top_k=4, top_p=0.5, min_p=0.25, repetition_penalty=1.5)
    kinds = {name: np.int64 if name == "top_k" else np.float32 for name in plain if name != "do_sample"}
    with_numpy = plain | {name: kind(plain[name]) for name, kind in kinds.items()}
    runs = [
        generate(model, [np.int32(1), 2], n, eos_token_id=eos, generator=Generator().manual_seed(1), **settings).ids
        for n, eos, settings in ((9, 5, plain), (np.int64(9), np.int64(5), with_numpy), (9, tt.tensor([5]), plain))
    ]
    assert runs[0] == runs[1] == runs[2]


def test_beams_are_at_least_as_probable_as_greedy(model):
    for prompt in PROMPTS:
        greedy = sum(generate(model, prompt, 8).logprobs[0])
        beams = [sum(generate(model, prompt, 8, num_beams=n).logprobs[0]) for n in (2, 8, 64)]
        assert greedy <= beams[-1] + 1e-5


def test_wide_beams_find_the_best_continuation():
    tt.manual_seed(1)
    model = Decoder(DecoderConfig(vocab_size=4, context=8, width=8, layers=1, heads=2, init_std=0.7))
    texts = np.array(np.meshgrid(*[range(4)] * 3)).reshape(3, -1).T
    logprobs = model(tt.tensor([[2, *t] for t in texts.tolist()])).log_softmax(-1).detach().numpy()
    total = logprobs[np.arange(64)[:, None], np.arange(3), texts].sum(1)
    assert generate(model, [2], 3, num_beams=16).ids[0] == texts[total.argmax()].tolist()


BAD = [
    ([], {}, ValueError, "a prompt is empty"),
    ([[1], []], {}, ValueError, "a prompt is empty"),
    ("text", {}, TypeError, "encode the text first"),
    (["text"], {}, TypeError, "a list of token ids"),
    (3, {}, TypeError, "must be token ids, got int"),
    ([1.5], {}, TypeError, r"\(ints\), got float"),
    ([True], {}, TypeError, "list of token ids"),
    (np.ones(3), {}, TypeError, "whole numbers, 1-D or 2-D, got float64"),
    (np.ones((1, 1, 1), int), {}, TypeError, r"shape \(1, 1, 1\)"),
    ([1, V], {}, IndexError, f"the id {V} is not in the vocabulary of {V}"),
    ([-1], {}, IndexError, "the id -1"),
    ([1], dict(max_new_tokens=0), ValueError, "max_new_tokens must be a positive int, got 0"),
    ([1], dict(max_new_tokens=2.0), ValueError, "max_new_tokens"),
    ([1], dict(do_sample=True, temperature=0), ValueError, "leave do_sample=False for the most probable"),
    ([1], dict(do_sample=True, temperature=-1.0), ValueError, "temperature must be positive"),
    ([1], dict(do_sample=True, temperature=float("nan")), ValueError, "temperature must be positive"),
    ([1], dict(do_sample=True, top_k=-1), ValueError, "top_k must be a positive int"),
    ([1], dict(do_sample=True, top_k=1.5), ValueError, "top_k"),
    ([1], dict(do_sample=True, top_p=0.0), ValueError, r"top_p must be in \(0, 1\]"),
    ([1], dict(do_sample=True, top_p=1.1), ValueError, "top_p"),
    ([1], dict(do_sample=True, min_p=-0.1), ValueError, "min_p must be in"),
    ([1], dict(repetition_penalty=0), ValueError, "repetition_penalty must be positive"),
    ([1], dict(top_k=5), ValueError, "top_k has no effect without do_sample"),
    ([1], dict(temperature=0.5), ValueError, "temperature has no effect"),
    ([1], dict(num_beams=0), ValueError, "num_beams must be a positive int"),
    ([1], dict(num_beams=2, do_sample=True), ValueError, "beam search does not sample"),
    ([1], dict(num_beams=2, early_stopping="soon"), ValueError, "early_stopping must be"),
    ([1], dict(length_penalty=2.0), ValueError, "no effect without num_beams"),
    ([1], dict(early_stopping=True), ValueError, "no effect without num_beams"),
    ([1], dict(num_beams=2, length_penalty=float("nan")), ValueError, "length_penalty must be a finite number"),
    ([1], dict(num_beams=2, length_penalty=1000.0), ValueError, "length_penalty=1000.0 is out of range for 3 tokens"),
    ([1], dict(num_beams=2, length_penalty=-1000.0), ValueError, "is out of range for 3 tokens"),
    ([1], dict(num_beams=2, length_penalty="x"), ValueError, "length_penalty must be a finite number"),
    ([1], dict(decode=3), TypeError, "decode must be a function from token ids to text, got int"),
    ([1], dict(eos_token_id=np.array([3, 99])), ValueError, "eos_token_id 99 is not in the vocabulary"),
    ([1], dict(eos_token_id=V), ValueError, "eos_token_id"),
    ([1], dict(eos_token_id="a"), ValueError, "eos_token_id"),
    ([1], dict(num_beams=2, early_stopping=1), ValueError, "early_stopping must be"),
    ([1], dict(stop_strings="a"), ValueError, "need decode"),
    ([1], dict(stop_strings=3, decode=str), TypeError, "stop_strings must be a string, or a list of strings, got int"),
    ([1], dict(cache=DynamicCache), TypeError, r"got the class; pass DynamicCache\(\)"),
    ([1], dict(stop_strings=["a", ""], decode=letters), ValueError, "at least one character"),
    ([1], dict(generator=3), TypeError, "generator: expected a Generator"),
    ([1], dict(generator=np.random.default_rng(0)), TypeError, "a Generator of tt_tensor or None, got one of NumPy's"),
]


@pytest.mark.parametrize(("prompt", "settings", "error", "message"), BAD)
def test_bad_input_raises_before_the_model_runs(model, prompt, settings, error, message):
    settings = {"max_new_tokens": 3} | settings
    with pytest.raises(error, match=message):
        generate(model, prompt, **settings)


def test_what_is_no_model_no_cache_and_no_text(model):
    with pytest.raises(TypeError, match="must have context and vocab_size, as GPT and Llama do, got Linear"):
        generate(Linear(2, 2), [1], 3)
    with pytest.raises(TypeError, match="must keep the protocol Cache, got dict"):
        generate(model, [1], 3, cache={})
    with pytest.raises(ValueError, match="given no decode"):
        generate(model, [1], 3).texts
    with pytest.raises(TypeError, match=r"decode must return text \(str\), got bytes"):
        next(generate(model, [1], 3, decode=bytes))


def test_a_used_cache_and_a_broken_model(model):
    cache = DynamicCache()
    generate(model, [1, 2], 3, cache=cache).ids
    with pytest.raises(ValueError, match=r"holds 4 tokens already; reset\(\) it"):
        generate(model, [1, 2], 3, cache=cache)
    cache.reset()
    first, second = (generate(model, [1, 2], 3, cache=cache) for _ in range(2))
    next(first)
    with pytest.raises(
        ValueError, match=r"holds 2 tokens, but 0 are from here; give each generation a cache of its own"
    ):
        next(second)
    assert first.ids == generate(model, [1, 2], 3).ids
    broken = decoder()
    broken.norm.weight.array[0] = np.nan
    with pytest.raises(ValueError, match="gives NaN or infinity as logits"):
        generate(broken, [1], 3).ids
    broken.norm.weight.array[:] = np.inf
    with pytest.raises(ValueError, match="gives NaN or infinity as logits"):
        generate(broken, [1], 3, do_sample=True).ids


@pytest.mark.parametrize("make", [decoder, lambda: decoder().half()])
def test_a_temperature_next_to_zero_takes_the_most_probable_token(make):
    model = make()
    for temperature in (1e-5, 1e-40, 5e-324):
        drawn = generate(model, [[1, 2], [3]], 5, do_sample=True, temperature=temperature)
        assert drawn.ids == generate(model, [[1, 2], [3]], 5).ids
