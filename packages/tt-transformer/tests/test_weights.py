"""Checkpoints: what is saved comes back, and what does not fit or is damaged says so. (The comparison is in oracle/.)"""

import json
import struct
import tracemalloc

import numpy as np
import pytest
import tt_autograd as tt
from tt_tensor.io import DamagedFileError, load_file, save_file
from tt_transformer import GPT, GPTConfig, Llama, LlamaConfig

CONFIGS = {
    "gpt": GPTConfig(vocab_size=23, n_positions=16, n_embd=24, n_layer=2, n_head=4),
    "gpt, untied": GPTConfig(vocab_size=23, n_positions=16, n_embd=24, n_layer=2, n_head=4, tie_word_embeddings=False),
    "llama": LlamaConfig(
        vocab_size=23, hidden_size=24, intermediate_size=20, num_hidden_layers=2, num_attention_heads=4,
        num_key_value_heads=2, max_position_embeddings=16, mlp_bias=True, eos_token_id=[1, 2],
        rope_scaling={"rope_type": "linear", "factor": 2.0},
    ),
    "llama, tied": LlamaConfig(
        vocab_size=23, hidden_size=24, intermediate_size=20, num_hidden_layers=1, num_attention_heads=2,
        max_position_embeddings=16, attention_bias=True, tie_word_embeddings=True,
    ),
}  # fmt: skip


def model(config):
    tt.manual_seed(0)
    made = (GPT if isinstance(config, GPTConfig) else Llama)(config)
    for p in made.parameters():
        p.array[...] = np.random.default_rng(p.array.size).normal(0, 0.3, p.shape)
    return made.eval()


def same(a, b):
    state = b.state_dict()
    assert list(a.state_dict()) == list(state)
    return all(np.array_equal(x.numpy(), state[name].numpy()) for name, x in a.state_dict().items())


def edit(folder, change, file="config.json"):
    contents = json.loads((folder / file).read_text())
    change(contents)
    (folder / file).write_text(json.dumps(contents))


def edit_weights(folder, change):
    weights = {name: x.numpy() for name, x in load_file(folder / "model.safetensors").items()}
    change(weights)
    save_file(weights, folder / "model.safetensors")


@pytest.fixture
def gpt(tmp_path):
    model(CONFIGS["gpt"]).save_pretrained(tmp_path)
    return tmp_path


@pytest.fixture
def llama(tmp_path):
    model(CONFIGS["llama"]).save_pretrained(tmp_path)
    return tmp_path


@pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS)
@pytest.mark.parametrize("size", ["5GB", "4KB", 1])
def test_what_is_saved_comes_back(config, size, tmp_path):
    saved = model(config)
    saved.save_pretrained(tmp_path / "new" / "folder", size)
    back = type(saved).from_pretrained(tmp_path / "new" / "folder")
    assert same(saved, back)
    assert back.config == config
    assert not any(module.training for module in back.modules())
    shards = list((tmp_path / "new" / "folder").glob("*.safetensors"))
    assert len(shards) == {"5GB": 1, 1: len(saved._pieces())}.get(size, len(shards))
    assert (len(shards) > 1) == (tmp_path / "new" / "folder" / "model.safetensors.index.json").exists()


def test_sizes_of_numpy_are_saved(tmp_path):
    config = GPTConfig(vocab_size=np.int64(23), n_positions=16, n_embd=8, n_layer=np.int32(1), n_head=2)
    model(config).save_pretrained(tmp_path)
    assert GPT.from_pretrained(tmp_path).config == config


def test_whole_numbers_where_there_may_be_others_are_saved_as_such(tmp_path):
    config = GPTConfig(vocab_size=23, n_positions=16, n_embd=8, n_layer=1, n_head=2, resid_pdrop=0, initializer_range=1)
    model(config).save_pretrained(tmp_path)
    assert '"initializer_range": 1.0' in (tmp_path / "config.json").read_text()
    assert GPT.from_pretrained(tmp_path).config == config


def test_the_dtype_that_is_saved_is_named(tmp_path):
    model(CONFIGS["gpt"]).half().save_pretrained(tmp_path)
    assert json.loads((tmp_path / "config.json").read_text())["torch_dtype"] == "float16"


def test_saving_over_an_old_model(tmp_path):
    model(CONFIGS["gpt"]).save_pretrained(tmp_path, "4KB")
    other = model(CONFIGS["gpt, untied"])
    other.save_pretrained(tmp_path)
    assert same(GPT.from_pretrained(tmp_path), other)
    first = model(CONFIGS["gpt"])
    first.save_pretrained(tmp_path, "4KB")
    assert not (tmp_path / "model.safetensors").exists()  # which Hugging Face would read, too, rather than the parts
    assert same(GPT.from_pretrained(tmp_path), first)


def test_one_file_comes_before_an_index_that_was_left(tmp_path):
    whole = model(CONFIGS["gpt"])
    whole.save_pretrained(tmp_path)
    (tmp_path / "model.safetensors.index.json").write_text('{"weight_map": {"a": "model-00001-of-00002.safetensors"}}')
    assert same(GPT.from_pretrained(tmp_path), whole)


@pytest.mark.parametrize("size", ["", "big", "-1", 0, -5, 1.5, True, "GB", "5XB", "²GB"])
def test_sizes_that_are_none(size, tmp_path):
    with pytest.raises(ValueError, match=f"max_shard_size .* got {size!r}"):
        model(CONFIGS["gpt"]).save_pretrained(tmp_path, size)


def test_the_prefix_is_optional_and_old_buffers_are_ignored(gpt):
    def change(weights):
        for name in list(weights):
            weights[name.removeprefix("transformer.")] = weights.pop(name)
        weights["h.0.attn.bias"] = np.tri(16)[None, None]
        weights["h.1.attn.masked_bias"] = np.array(-1e4, np.float32)

    edit_weights(gpt, change)
    assert same(GPT.from_pretrained(gpt), model(CONFIGS["gpt"]))


def test_old_frequencies_are_ignored(llama):
    edit_weights(llama, lambda w: w.update({"model.layers.0.self_attn.rotary_emb.inv_freq": np.ones(3, np.float32)}))
    assert same(Llama.from_pretrained(llama), model(CONFIGS["llama"]))


def test_other_precisions_become_float32(gpt):
    edit_weights(gpt, lambda w: w.update({name: x.astype(np.float16) for name, x in w.items()}))
    back = GPT.from_pretrained(gpt)
    assert {p.dtype for p in back.parameters()} == {tt.float32}
    edit_weights(gpt, lambda w: w.update({name: x.astype(np.int64) for name, x in w.items()}))
    with pytest.raises(DamagedFileError, match="holds int64, expected floating"):
        GPT.from_pretrained(gpt)


def test_bfloat16_becomes_float32(gpt):
    path = gpt / "model.safetensors"
    weights = {name: x.numpy() for name, x in load_file(path).items()}
    header, data = {}, b""
    for name, x in weights.items():
        halves = (x.view(np.uint32) >> 16).astype("<u2").tobytes()
        header[name] = {"dtype": "BF16", "shape": x.shape, "data_offsets": [len(data), len(data) + len(halves)]}
        data += halves
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)
    wte = GPT.from_pretrained(gpt).tokens.weight.detach().numpy()
    np.testing.assert_allclose(wte, weights["transformer.wte.weight"], rtol=2**-7)
    assert not np.array_equal(wte, weights["transformer.wte.weight"])


def test_a_tied_output_may_be_there_instead_of_the_embedding(gpt):
    edit_weights(gpt, lambda w: w.update({"lm_head.weight": w.pop("transformer.wte.weight")}))
    assert same(GPT.from_pretrained(gpt), model(CONFIGS["gpt"]))
    edit_weights(gpt, lambda w: w.pop("lm_head.weight"))
    with pytest.raises(RuntimeError, match="missing: transformer.wte.weight"):
        GPT.from_pretrained(gpt)


def test_a_tied_output_may_be_there_if_it_is_the_same(gpt):
    edit_weights(gpt, lambda w: w.update({"lm_head.weight": w["transformer.wte.weight"].copy()}))
    assert same(GPT.from_pretrained(gpt), model(CONFIGS["gpt"]))
    edit_weights(gpt, lambda w: w.update({"lm_head.weight": w["transformer.wte.weight"] + 1}))
    with pytest.raises(RuntimeError, match="set tie_word_embeddings to false"):
        GPT.from_pretrained(gpt)


def test_all_that_does_not_fit_is_named(gpt):
    def change(weights):
        del weights["transformer.h.0.attn.c_attn.bias"]
        weights["transformer.ln_f.weight"] = np.ones(7, np.float32)
        weights["transformer.h.1.mlp.c_fc.weight"] = weights["transformer.h.1.mlp.c_fc.weight"].T.copy()
        weights["extra"] = np.ones(1, np.float32)

    edit_weights(gpt, change)
    with pytest.raises(RuntimeError) as error:
        GPT.from_pretrained(gpt)
    message = str(error.value)
    assert "missing: transformer.h.0.attn.c_attn.bias" in message
    assert "unexpected: extra" in message
    assert "misshapen: transformer.ln_f.weight is (7,), expected (24,)" in message
    assert "misshapen: transformer.h.1.mlp.c_fc.weight is (96, 24), expected (24, 96)" in message


def test_a_configuration_of_another_size(gpt):
    edit(gpt, lambda c: c.update(n_layer=9))
    with pytest.raises(RuntimeError, match="and 64 more"):
        GPT.from_pretrained(gpt)
    edit(gpt, lambda c: c.update(n_layer=2, tie_word_embeddings=False))
    with pytest.raises(RuntimeError, match="missing: lm_head.weight"):
        GPT.from_pretrained(gpt)


def test_so_many_layers_that_no_file_can_hold_them(gpt):
    edit(gpt, lambda config: config.update(n_layer=10**30))
    with pytest.raises(RuntimeError, match=r"10{30} layers .* are 28 with"):
        GPT.from_pretrained(gpt)


@pytest.mark.parametrize("name", ["vocab_size", "hidden_size", "intermediate_size", "head_dim"])
@pytest.mark.parametrize("size", [10**9, 10**30])
def test_sizes_that_no_file_can_hold(llama, name, size):
    edit(llama, lambda c: c.update({name: size}))
    with pytest.raises(RuntimeError, match="2 layers and more than .* parameters, but the weights in"):
        Llama.from_pretrained(llama)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (dict(model_type="llama"), "model_type is 'llama'; GPTConfig is for 'gpt2'"),
        (dict(activation_function="quick_gelu"), "activation_function 'quick_gelu' is not supported"),
        (dict(add_cross_attention=True), "add_cross_attention=True is not supported"),
        (dict(quantization_config={"bits": 4}), "quantization_config"),
        (dict(n_layer="two"), "n_layer='two' is not of the kind of 12"),
        (dict(resid_pdrop=None), "resid_pdrop=None is not of the kind of 0.1"),
        (dict(n_head=5), "is not a multiple of n_head=5"),
        (dict(tie_word_embeddings=1), "tie_word_embeddings=1"),
    ],
)
def test_configurations_that_are_not_supported(gpt, change, message):
    edit(gpt, lambda c: c.update(change))
    with pytest.raises(ValueError, match=message):
        GPT.from_pretrained(gpt)


def test_options_of_llama(llama):
    edit(llama, lambda c: c.update(rope_parameters={"rope_type": "default", "rope_theta": 77.0}, rope_scaling=None))
    assert Llama.from_pretrained(llama).config.rope_theta == 77.0
    edit(llama, lambda c: c.update(rope_parameters={"rope_type": "longrope", "factor": 2.0}))
    with pytest.raises(ValueError, match="'longrope' is not supported"):
        Llama.from_pretrained(llama)
    edit(llama, lambda c: c.update(rope_parameters={"rope_type": "default", "partial_rotary_factor": 0.5}))
    with pytest.raises(ValueError, match="partial_rotary_factor"):
        Llama.from_pretrained(llama)
    edit(llama, lambda c: c.update(rope_parameters=[10000.0]))
    with pytest.raises(ValueError, match="rope_parameters must be objects"):
        Llama.from_pretrained(llama)
    edit(llama, lambda c: c.update(rope_parameters={"type": "linear", "factor": 2.0, "rope_theta": 77.0}))
    assert Llama.from_pretrained(llama).config.rope_scaling == {"type": "linear", "factor": 2.0}
    edit(llama, lambda c: c.update(rope_scaling={"rope_type": "linear", "factor": 4.0}))  # goes first, as there
    config = Llama.from_pretrained(llama).config
    assert config.rope_scaling == {"rope_type": "linear", "factor": 4.0}
    assert config.rope_theta == 10000.0
    edit(llama, lambda c: c.update(rope_scaling="linear"))
    with pytest.raises(ValueError, match="must be objects with names and values, got 'linear'"):
        Llama.from_pretrained(llama)


def test_what_is_unknown_is_told_and_what_is_irrelevant_is_not(gpt):
    edit(gpt, lambda c: c.update(use_cache=True, summary_type="cls_index", _name_or_path="x", new_option=None))
    GPT.from_pretrained(gpt)
    edit(gpt, lambda c: c.update(new_option=3))
    with pytest.warns(UserWarning, match="new_option=3 is not known here"):
        GPT.from_pretrained(gpt)


def test_files_that_are_missing(tmp_path):
    with pytest.raises(FileNotFoundError, match="nothing is downloaded"):
        GPT.from_pretrained("openai-community/gpt2")
    with pytest.raises(FileNotFoundError, match=r"config\.json"):
        GPT.from_pretrained(tmp_path)
    model(CONFIGS["gpt"]).save_pretrained(tmp_path)
    (tmp_path / "model.safetensors").unlink()
    with pytest.raises(FileNotFoundError, match="has neither model.safetensors nor"):
        GPT.from_pretrained(tmp_path)
    (tmp_path / "pytorch_model.bin").touch()
    with pytest.raises(FileNotFoundError, match="pickles can run code"):
        GPT.from_pretrained(tmp_path)


def test_damaged_files(tmp_path):
    model(CONFIGS["gpt"]).save_pretrained(tmp_path, "4KB")
    index = tmp_path / "model.safetensors.index.json"
    whole = index.read_text()
    shard = sorted(tmp_path.glob("model-*.safetensors"))[1]
    content = shard.read_bytes()
    shard.write_bytes(content[:-1])
    with pytest.raises(DamagedFileError, match=shard.name):
        GPT.from_pretrained(tmp_path)
    shard.unlink()
    with pytest.raises(FileNotFoundError, match=shard.name):
        GPT.from_pretrained(tmp_path)
    shard.write_bytes(content)
    for text in (
        "",
        "[]",
        "{}",
        '{"weight_map": []}',
        '{"weight_map": {"a": "../x"}}',
        '{"weight_map": {"a": 1}}',
        '{"weight_map": {"a": ""}}',
        '{"weight_map": {"a": ".."}}',
    ):
        index.write_text(text)
        with pytest.raises(DamagedFileError, match=r"index\.json"):
            GPT.from_pretrained(tmp_path)
    index.write_text(whole)
    for text in ("", "{", "[]", "3", "[" * 100_000):
        (tmp_path / "config.json").write_text(text)
        with pytest.raises(ValueError, match=r"config\.json"):
            GPT.from_pretrained(tmp_path)


def test_no_random_number_is_drawn(gpt):
    tt.manual_seed(5)
    wanted = tt.rand(3).tolist()
    tt.manual_seed(5)
    GPT.from_pretrained(gpt)
    assert tt.rand(3).tolist() == wanted


def test_a_failed_load_says_so_before_anything_is_kept(gpt):
    edit_weights(gpt, lambda w: w.pop("transformer.wpe.weight"))
    target = model(CONFIGS["gpt, untied"])
    before = target.tokens.weight.detach().numpy().copy()
    with pytest.raises(RuntimeError):
        target._load([gpt / "model.safetensors"])
    np.testing.assert_array_equal(target.tokens.weight.detach().numpy(), before)


def test_loading_takes_little_more_memory_than_the_model(tmp_path):
    config = GPTConfig(vocab_size=2000, n_positions=64, n_embd=128, n_layer=8, n_head=4)
    model(config).save_pretrained(tmp_path, "1MB")
    GPT.from_pretrained(tmp_path)  # what is loaded once
    tracemalloc.start()
    try:
        back = GPT.from_pretrained(tmp_path)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    sizes = [p.array.nbytes for p in back.parameters()]
    assert peak < sum(sizes) + 2 * max(sizes)


def test_the_shards_of_a_model_that_was_there_before_are_removed(tmp_path):
    saved = model(CONFIGS["gpt"])
    keep = tmp_path / "model-notes-of-mine.safetensors"
    keep.write_bytes(b"")
    saved.save_pretrained(tmp_path, max_shard_size="2KB")
    many = len(list(tmp_path.glob("*.safetensors")))
    assert many > 4
    saved.save_pretrained(tmp_path, max_shard_size="20KB")
    few = sorted(tmp_path.glob("model-0*"))
    assert 1 < len(few) < many - 1
    assert all(f"-of-{len(few):05d}." in path.name for path in few)
    GPT.from_pretrained(tmp_path)
    saved.save_pretrained(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"config.json", "model.safetensors", keep.name}
