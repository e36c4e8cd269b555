"""Tokenizer files: what is written is read again as it was, and a damaged file is an error that says where."""

import base64
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tt_text import AddedToken, BPETokenizer, TokenizerFileError, saving
from tt_text.alphabet import ALPHABET, to_bytes, to_characters

TEXT = "the cat sat on the mat; the dog's log isn't his own. 2021 naïve 你好 😀 " * 3
TRAINED = BPETokenizer.train(TEXT, 256 + 60, special_tokens=["<|end|>"])
RANKS = BPETokenizer(TRAINED.vocab, special_tokens={"<|end|>": 0})


def same(a, b):
    texts = [TEXT, "  it's\n\nx<|end|>y ", "😀 ünknown"]
    for text in texts:
        assert a.encode(text, disallowed_special=()) == b.encode(text, disallowed_special=())
        assert a.encode(text, allowed_special="all") == b.encode(text, allowed_special="all")
    assert a.special_tokens == b.special_tokens
    assert a.vocab_size == b.vocab_size


def save_all(tokenizer, folder):
    tokenizer.save(folder / "tokenizer.json")
    tokenizer.save_gpt2(folder / "encoder.json", folder / "vocab.bpe")
    tokenizer.save_tiktoken(folder / "ranks.tiktoken")


@pytest.mark.parametrize("tokenizer", [TRAINED, RANKS], ids=["merges", "ranks"])
def test_every_format_gives_back_what_was_written(tokenizer, tmp_path):
    save_all(tokenizer, tmp_path)
    same(tokenizer, BPETokenizer.load(tmp_path / "tokenizer.json"))
    same(tokenizer, BPETokenizer.from_gpt2(tmp_path / "encoder.json", tmp_path / "vocab.bpe"))
    same(tokenizer, BPETokenizer.from_tiktoken(tmp_path / "ranks.tiktoken", special_tokens={"<|end|>": 0}))
    (tmp_path / "again").mkdir()
    save_all(BPETokenizer.load(tmp_path / "tokenizer.json"), tmp_path / "again")
    for name in ("tokenizer.json", "encoder.json", "vocab.bpe", "ranks.tiktoken"):
        assert (tmp_path / name).read_bytes() == (tmp_path / "again" / name).read_bytes()


def test_what_is_said_of_unknown_characters_has_no_effect(tmp_path):
    path = tmp_path / "tokenizer.json"
    TRAINED.save(path)
    file = json.loads(path.read_text(encoding="utf-8"))
    file["model"] |= {"unk_token": "<unk>", "fuse_unk": True, "byte_fallback": True}
    path.write_text(json.dumps(file), encoding="utf-8")
    same(TRAINED, BPETokenizer.load(path))
    file["model"]["byte_fallback"] = "yes"
    path.write_text(json.dumps(file), encoding="utf-8")
    with pytest.raises(TokenizerFileError, match="key 'model.byte_fallback': expected bool"):
        BPETokenizer.load(path)


def test_normalizers_in_a_sequence(tmp_path):
    path = tmp_path / "tokenizer.json"
    TRAINED.save(path)
    file, nfc = json.loads(path.read_text(encoding="utf-8")), {"type": "NFC"}
    for steps, wanted in ([], None), ([nfc], "NFC"), ([nfc, nfc], "NFC"):
        path.write_text(json.dumps(file | {"normalizer": {"type": "Sequence", "normalizers": steps}}), encoding="utf-8")
        assert BPETokenizer.load(path).normalizer == wanted
    for step in ({"type": "Sequence"}, {"type": "Sequence", "normalizers": [nfc, {"type": "Lowercase"}]}, "NFC"):
        path.write_text(json.dumps(file | {"normalizer": step}), encoding="utf-8")
        with pytest.raises(TokenizerFileError, match="key 'normalizer"):
            BPETokenizer.load(path)


def test_an_added_token_is_not_found_in_ordinary_text_where_merges_are_ignored(tmp_path):
    vocab = {bytes([byte]): byte for byte in range(256)} | {b"ab": 256}
    for special in ({"pad": 257, "<e>": 258}, {"<e>": 300}):
        tokenizer = BPETokenizer(vocab, [], special_tokens=special, ignore_merges=True)
        tokenizer.save(tmp_path / "tokenizer.json")
        loaded = BPETokenizer.load(tmp_path / "tokenizer.json")
        assert loaded.special_tokens == special
        for text in ("pad ab<e>", "ab"):
            assert loaded.encode(text, disallowed_special=()) == tokenizer.encode(text, disallowed_special=())
    for content in ("pad", "Ġab"):
        with pytest.raises(ValueError, match=f"'{content}' would be found in ordinary text"):
            BPETokenizer(vocab, [], special_tokens={content: 300}, ignore_merges=True).save(tmp_path / "tokenizer.json")
    tokenizer = BPETokenizer(vocab, [], special_tokens={"Ġab": 257}, ignore_merges=True)
    tokenizer.save(tmp_path / "tokenizer.json")
    file = json.loads((tmp_path / "tokenizer.json").read_text(encoding="utf-8"))
    file["model"]["vocab"]["Ġab"] = 257
    (tmp_path / "tokenizer.json").write_text(json.dumps(file), encoding="utf-8")
    with pytest.raises(TokenizerFileError, match="with ignore_merges the word ' ab' would have its id"):
        BPETokenizer.load(tmp_path / "tokenizer.json")


def test_a_prefix_and_a_suffix_may_be_any_tokens(tmp_path):
    vocab = {bytes([byte]): byte for byte in range(256)} | {b" ab": 256}
    tokenizer = BPETokenizer(vocab, [], special_tokens={"中": 257}, prefix=[0xE9, 257], suffix=[256])
    tokenizer.save(tmp_path / "tokenizer.json")
    loaded = BPETokenizer.load(tmp_path / "tokenizer.json")
    assert loaded.encode("a", add_special_tokens=True) == [0xE9, 257, 97, 256]


def test_a_tokenizer_without_merges_comes_back(tmp_path):
    bytewise = BPETokenizer.train("", 257, special_tokens=["<|end|>"])
    save_all(bytewise, tmp_path)
    same(bytewise, BPETokenizer.load(tmp_path / "tokenizer.json"))
    same(bytewise, BPETokenizer.from_gpt2(tmp_path / "encoder.json", tmp_path / "vocab.bpe"))
    same(bytewise, BPETokenizer.from_tiktoken(tmp_path / "ranks.tiktoken", special_tokens={"<|end|>": 0}))


def test_settings_come_back(tmp_path):
    added = [
        AddedToken("<s>", 300),
        AddedToken("</s>", 301, lstrip=True, normalized=True),
        AddedToken("  ", 302, special=False, single_word=True, rstrip=True),
    ]
    vocab = {bytes([byte]): byte for byte in range(256)} | {b"ab": 256}
    settings = {"special_tokens": added, "ignore_merges": True, "prefix": [300], "suffix": [301, 301]}
    for more in (
        {"pattern": "llama3"},
        {"pattern": [r"\p{N}", "gpt2"], "normalizer": "NFC"},
        {"add_prefix_space": True},
    ):
        tokenizer = BPETokenizer(vocab, [], **settings, **more)
        tokenizer.save(tmp_path / "tokenizer.json")
        loaded = BPETokenizer.load(tmp_path / "tokenizer.json")
        assert loaded.added.tokens == tuple(added)
        for name in ("vocab", "merges", "ignore_merges", "normalizer", "prefix", "suffix", "add_prefix_space"):
            kept = getattr(tokenizer, name)
            assert getattr(loaded, name) == (kept if name != "vocab" else kept | {b"<s>": 300, b"</s>": 301} | {})
        assert loaded.splitter.patterns == tokenizer.splitter.patterns


def test_what_a_format_cannot_hold_is_an_error(tmp_path):
    vocab = {bytes([byte]): byte for byte in range(256)} | {b"ab": 256, b"abc": 257, b"bc": 258}
    unfollowed = BPETokenizer(vocab, [(b"b", b"c"), (b"a", b"bc"), (b"a", b"b")])
    with pytest.raises(ValueError, match="do not follow its merges"):
        unfollowed.save_tiktoken(tmp_path / "x")
    unreached = BPETokenizer(vocab, [(b"a", b"b")])
    with pytest.raises(ValueError, match="do not follow its merges"):
        unreached.save_tiktoken(tmp_path / "x")
    jumps = BPETokenizer({bytes([byte]): byte for byte in range(256)} | {b"abc": 256})
    with pytest.raises(ValueError, match="ignore_merges"):
        jumps.save_gpt2(tmp_path / "x", tmp_path / "y")
    composed = BPETokenizer({bytes([byte]): byte for byte in range(256)}, [], normalizer="NFC")
    for save in (composed.save_tiktoken, lambda path: composed.save_gpt2(path, tmp_path / "y")):
        with pytest.raises(ValueError, match="normalizer"):
            save(tmp_path / "x")
    jumps.save(tmp_path / "jumps.json")
    assert BPETokenizer.load(tmp_path / "jumps.json").encode("abc") == [256]
    with pytest.raises(ValueError, match="GPT-2's pattern"):
        BPETokenizer(vocab, [], pattern="llama3").save_gpt2(tmp_path / "x", tmp_path / "y")
    odd = BPETokenizer(vocab, [], special_tokens=[AddedToken("<s>", 300, lstrip=True)])
    for save in (lambda: odd.save_gpt2(tmp_path / "x", tmp_path / "y"), lambda: odd.save_tiktoken(tmp_path / "x")):
        with pytest.raises(ValueError, match="added token '<s>'"):
            save()
    with pytest.raises(ValueError, match="add_prefix_space"):
        BPETokenizer(vocab, add_prefix_space=True).save_tiktoken(tmp_path / "x")
    with pytest.raises(ValueError, match="cannot tell them apart"):
        BPETokenizer(vocab, [], special_tokens={"ab": 300}).save(tmp_path / "x")
    with pytest.raises(ValueError, match="may mean something else"):
        BPETokenizer(vocab, [], pattern=r"\s+$|.").save(tmp_path / "x")
    assert not (tmp_path / "x").exists()
    assert not (tmp_path / "y").exists()


def change(key, value):
    def edit(file):
        *path, last = key.split(".")
        for step in path:
            file = file[int(step)] if isinstance(file, list) else file[step]
        if value is None and last.endswith("!"):
            del file[last[:-1]]
        elif isinstance(file, list):
            file[int(last)] = value
        else:
            file[last] = value

    return edit


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (change("model!", None), "key 'model': missing"),
        (change("model.vocab!", None), "key 'model.vocab': missing"),
        (change("model.merges", {}), "key 'model.merges': expected list"),
        (change("model.type", "WordPiece"), "key 'model.type': \"WordPiece\" is not supported"),
        (change("model.dropout", 0.1), "key 'model.dropout': 0.1 is not supported"),
        (change("model.news", 1), "key 'model.news'"),
        (change("model.merges.3", "abc"), r"key 'model.merges\[3\]': expected two tokens"),
        (change("model.merges.3", ["a", "b", "c"]), r"key 'model.merges\[3\]': expected two tokens"),
        (change("model.merges.3", "a \u4e2d"), r"key 'model.merges\[3\]': '中' stands for no byte"),
        (change("model.merges.3", "z z"), "merge 3 of b'z' and b'z' does not fit the vocabulary"),
        (change("model.vocab.a", "1"), "the id of 'a' should be an int"),
        (change("model.vocab.a", 5), "have the id 5"),
        (change("model.vocab.a!", None), "does not fit|lacks 1 of the 256 bytes"),
        (change("model.vocab.\u4e2d", 900), "token '中'.*is this a byte-level vocabulary"),
        (change("added_tokens.0.id", 9), r"key 'added_tokens\[0\].id': '<\|end\|>' has the id 9 here, .* makes it 0"),
        (change("added_tokens.0.content", 9), "expected str"),
        (change("added_tokens.0.content!", None), r"key 'added_tokens\[0\].content': missing"),
        (change("added_tokens.0.more", 9), "not supported"),
        (change("added_tokens.0", 9), "expected dict"),
        (change("added_tokens", 9), "expected list"),
        (change("normalizer", {"type": "NFKC"}), "key 'normalizer': .*NFKC.* is not supported; only NFC is"),
        (change("truncation", {"max_length": 5}), "key 'truncation'"),
        (change("padding", {}), "key 'padding'"),
        (change("surprise", 1), "key 'surprise'"),
        (change("decoder", None), "key 'decoder': expected dict"),
        (change("decoder.type", "WordPiece"), "key 'decoder.type'"),
        (change("pre_tokenizer", None), "key 'pre_tokenizer'"),
        (change("pre_tokenizer.type", "Whitespace"), "key 'pre_tokenizer': .* is not supported"),
        (change("pre_tokenizer", {"type": "Sequence", "pretokenizers": []}), "should end with ByteLevel"),
        (change("pre_tokenizer", {"type": "Sequence", "pretokenizers": [3]}), "expected dict"),
        (change("post_processor", 3), "key 'post_processor': expected dict"),
        (change("post_processor.type", "OtherProcessing"), "key 'post_processor'"),
        (change("post_processor.type", "BertProcessing"), "key 'post_processor.cls': missing"),
        (
            change("post_processor", {"type": "RobertaProcessing", "cls": ["a"], "sep": ["b", 1]}),
            "expected a token and",
        ),
        (
            change("post_processor", {"type": "RobertaProcessing", "cls": ["a", 1], "sep": ["b", 9999]}),
            "9999 in prefix",
        ),
    ],
)
def test_damaged_and_foreign_tokenizer_json(edit, message, tmp_path):
    path = tmp_path / "tokenizer.json"
    TRAINED.save(path)
    file = json.loads(path.read_text(encoding="utf-8"))
    edit(file)
    path.write_text(json.dumps(file), encoding="utf-8")
    with pytest.raises(TokenizerFileError, match=message) as error:
        BPETokenizer.load(path)
    assert "tokenizer.json" in str(error.value)


LEVEL = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": False}


def split(pattern, behavior="Isolated", invert=False):
    return {"type": "Split", "pattern": pattern, "behavior": behavior, "invert": invert}


@pytest.mark.parametrize(
    ("step", "message"),
    [
        (split({"String": " "}), "only Regex"),
        (split({"Regex": "("}), "not a regular expression"),
        (split({"Regex": "a+"}, "Removed"), "only 'Isolated'"),
        (split({"Regex": "gpt2"}), "expected a regular expression"),
        (split({"Regex": "a+"}, "Removed", True), "only 'Isolated'"),
        (split({"Regex": "a$"}), "may mean something else"),
        ({"type": "Digits"}, "individual_digits': missing"),
        ({"type": "Punctuation", "behavior": "Isolated"}, "only Split and Digits steps"),
    ],
)
def test_splits_that_are_not_supported(step, message, tmp_path):
    path = tmp_path / "tokenizer.json"
    TRAINED.save(path)
    file = json.loads(path.read_text(encoding="utf-8"))
    file["pre_tokenizer"] = {"type": "Sequence", "pretokenizers": [step, LEVEL]}
    path.write_text(json.dumps(file), encoding="utf-8")
    with pytest.raises(TokenizerFileError, match=message):
        BPETokenizer.load(path)


def test_templates_that_are_not_supported(tmp_path):
    path = tmp_path / "tokenizer.json"
    BPETokenizer(TRAINED.vocab, TRAINED.merges, special_tokens={"<|end|>": 0}, prefix=[0]).save(path)
    good = path.read_text(encoding="utf-8")
    for single in ([], [{"Sequence": {"id": "A"}}] * 2, [{"SpecialToken": {"id": "<none>"}}], [3]):
        file = json.loads(good)
        file["post_processor"]["processors"][1]["single"] = single
        path.write_text(json.dumps(file), encoding="utf-8")
        with pytest.raises(TokenizerFileError, match=r"post_processor.single"):
            BPETokenizer.load(path)


def read(folder, name):
    if name == "tokenizer.json":
        return BPETokenizer.load(folder / name)
    if name == "ranks.tiktoken":
        return BPETokenizer.from_tiktoken(folder / name)
    return BPETokenizer.from_gpt2(folder / "encoder.json", folder / "vocab.bpe")


@settings(max_examples=40)
@given(st.data())
def test_a_file_that_is_cut_off_is_always_an_error(tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("files")
    save_all(TRAINED, folder)
    for name in ("tokenizer.json", "encoder.json", "vocab.bpe", "ranks.tiktoken"):
        whole = (folder / name).read_bytes()
        cut = data.draw(st.integers(0, len(whole) - 2))
        if name == "ranks.tiktoken" and b"\n" in whole[max(cut - 1, 0) : cut + 1]:
            continue  # between two lines: what is left may be the file of a smaller tokenizer
        (folder / name).write_bytes(whole[:cut])
        with pytest.raises(TokenizerFileError, match=name):
            read(folder, name)
        (folder / name).write_bytes(whole)


def test_damaged_gpt2_files(tmp_path):
    encoder, merges = tmp_path / "encoder.json", tmp_path / "vocab.bpe"
    TRAINED.save_gpt2(encoder, merges)
    assert encoder.read_bytes().isascii(), "as in the file that OpenAI published"
    good = merges.read_text(encoding="utf-8")
    for text, message in [
        ("", "vocab.bpe: no merges"),
        ("#version: 0.2\na b c\n", "vocab.bpe, line 2: expected two tokens"),
        ("#version: 0.2\na\n", "vocab.bpe, line 2"),
        ("a 中\n", "vocab.bpe, line 1: '中' stands for no byte"),
        (good + "q q\n", "line 48: 'qq' has no id in .*encoder.json; do the files belong together"),
        (good + good.split("\n")[1], "vocab.bpe, line 48: the merge of line 2 once more"),
    ]:
        merges.write_text(text, encoding="utf-8")
        with pytest.raises(TokenizerFileError, match=message):
            BPETokenizer.from_gpt2(encoder, merges)
    merges.write_text(good.replace("\n", "\r\n"), encoding="utf-8", newline="")
    same(TRAINED, BPETokenizer.from_gpt2(encoder, merges))
    with pytest.raises(TokenizerFileError, match=r"has the id 0, but special_tokens gives it 7"):
        BPETokenizer.from_gpt2(encoder, merges, special_tokens={"<|end|>": 7})
    merges.write_text("\n".join(good.split("\n")[:-4]), encoding="utf-8")
    with pytest.raises(TokenizerFileError, match="no merge in .*vocab.bpe makes this token; is that file cut off"):
        BPETokenizer.from_gpt2(encoder, merges)
    merges.write_text(good, encoding="utf-8")
    encoder.write_text('{"b": 0, "a": 1, "a": 2}')
    with pytest.raises(TokenizerFileError, match="key 'a': stands twice"):
        BPETokenizer.from_gpt2(encoder, merges)
    encoder.write_text("[1]")
    with pytest.raises(TokenizerFileError, match="expected a JSON object, got list"):
        BPETokenizer.from_gpt2(encoder, merges)
    encoder.write_text('{"a": 1,\n b}')
    with pytest.raises(TokenizerFileError, match="line 2, column 2: not JSON"):
        BPETokenizer.from_gpt2(encoder, merges)
    encoder.write_bytes(b'{"a": 1,\n "\xff": 2}')
    with pytest.raises(TokenizerFileError, match="line 2: byte 11 is not UTF-8"):
        BPETokenizer.from_gpt2(encoder, merges)


def test_damaged_rank_files(tmp_path):
    path = tmp_path / "ranks.tiktoken"
    TRAINED.save_tiktoken(path)
    lines = path.read_bytes().split(b"\n")
    token = base64.b64encode(b"zzzz")
    for k, line, message in [
        (5, b"!!! 6", "line 6: b'!!!' is not base64"),
        (5, b"YQ", "line 6: expected a token in base64 and its rank"),
        (5, token + b" -1", "line 6: the rank should be a number"),
        (5, token + b" 1.5", "line 6: the rank should be a number"),
        (5, token + b" 1", "line 6: the token or the rank of line 1 once more"),
        (5, lines[0].split()[0] + b" 999", "line 6: the token or the rank of line 1 once more"),
        (5, token + b" 6", "lacks 1 of the 256 bytes"),
        (5, token + b" 6 6", "line 6"),
    ]:
        path.write_bytes(b"\n".join([*lines[:k], line, *lines[k + 1 :]]))
        with pytest.raises(TokenizerFileError, match=message):
            BPETokenizer.from_tiktoken(path)
    path.write_bytes(b"")
    with pytest.raises(TokenizerFileError, match="lacks 256"):
        BPETokenizer.from_tiktoken(path)
    path.write_bytes(b"\n".join(lines))
    with pytest.raises(TokenizerFileError, match="which is that of"):
        BPETokenizer.from_tiktoken(path, special_tokens={"<s>": 5})


def test_missing_files_are_said_to_be_missing(tmp_path):
    for read in (
        lambda: BPETokenizer.load(tmp_path / "x"),
        lambda: BPETokenizer.from_tiktoken(tmp_path / "x"),
        lambda: BPETokenizer.from_gpt2(tmp_path / "x", tmp_path / "y"),
    ):
        with pytest.raises(FileNotFoundError):
            read()


def test_a_file_is_never_half_written(tmp_path, monkeypatch):
    path = tmp_path / "tokenizer.json"
    TRAINED.save(path)
    before = path.read_bytes()

    def fail(*_):
        raise OSError("disk full")

    monkeypatch.setattr(saving.os, "fsync", fail)
    for save in (RANKS.save, RANKS.save_tiktoken):
        with pytest.raises(OSError, match="disk full"):
            save(path)
    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["tokenizer.json"]


def test_saving_into_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(FileNotFoundError):
        TRAINED.save(tmp_path / "none" / "tokenizer.json")


@given(st.binary())
def test_the_byte_level_alphabet(data):
    assert to_bytes(to_characters(data)) == data
    assert to_characters(b" the\n") == "ĠtheĊ"
    assert len(set(ALPHABET)) == 256
    assert not any(character.isspace() for character in ALPHABET)


def test_what_is_wrong_with_an_argument_is_not_blamed_on_the_file(tmp_path):
    TRAINED.save_tiktoken(tmp_path / "ranks.tiktoken")
    TRAINED.save_gpt2(tmp_path / "encoder.json", tmp_path / "vocab.bpe")
    with pytest.raises(TypeError, match=r"from_tiktoken: special_tokens should map texts to ids, got \['<s>'\]"):
        BPETokenizer.from_tiktoken(tmp_path / "ranks.tiktoken", special_tokens=["<s>"])
    with pytest.raises(TypeError, match="from_gpt2: special_tokens should map texts to ids"):
        BPETokenizer.from_gpt2(tmp_path / "encoder.json", tmp_path / "vocab.bpe", special_tokens=["<s>"])
    with pytest.raises(ValueError, match="^BPETokenizer: 'gpt4' is the name of no pattern"):
        BPETokenizer.from_tiktoken(tmp_path / "ranks.tiktoken", pattern="gpt4")


def test_where_nothing_can_be_written(tmp_path):
    with pytest.raises(IsADirectoryError, match="it is a folder; add a file name"):
        TRAINED.save(tmp_path)
    with pytest.raises(FileNotFoundError, match=r"cannot write to .*none.t\.json: the folder .*none does not exist"):
        TRAINED.save(tmp_path / "none" / "t.json")
    assert not list(tmp_path.iterdir())
