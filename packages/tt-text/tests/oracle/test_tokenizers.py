"""The ids are those of `tokenizers` for the same file, whoever has written it."""

import json
import random
from unicodedata import normalize

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from tt_text import BPETokenizer
from tt_text.splitting import PATTERNS, Splitter, foreign

TEXT = """
def main(argv):
    if len(argv) > 1: print("It's 2021, isn't it?")  # déjà vu, naïve café
We'll say they've done 1234567 things. I'M SURE, THEY'RE NOT.\t\ttabs   and spaces
你好，世界！ こんにちは 안녕하세요 😀😀👩‍👩‍👧 ½ Ⅷ ʼs ſ
"""
PIECES = [
    "the",
    " cat",
    "\n",
    "\r\n",
    "  ",
    "\t",
    "'s",
    "'LL",
    "é",
    "e\u0301",
    "2021",
    "½",
    "中文",
    "😀",
    "👩‍👧",
    "<|e|>",
    "<x>",
]
PIECES += [
    "a" * 50,
    "!?",
    " !",
    "_",
    "\u00a0",
    "\u2003",
    "\x1c",
    "\x85",
    "ǅ",
    "ʰ",
    "\x00",
    "Straße",
    "ſ",
    "  <x>  ",
    "aa",
    "ab",
    "n\u1e3f",
    "nm\u0301x",
    "\u1112\u1161\u11ab",
    "\u212b\u0316\u0301",
    "\u212a\u037e",
    "\u0958",
]


def texts():
    """Texts of everyday pieces and of anything that was a character before Unicode 14."""
    old = st.characters(min_codepoint=0, max_codepoint=0x2FA1F, exclude_categories=["Cs", "Cn"])
    return st.lists(st.sampled_from(PIECES) | st.text(old, max_size=3), max_size=14).map("".join)


def pre_tokenizer(name):
    if name in ("gpt2", "prefix", "neox"):
        return pre_tokenizers.ByteLevel(add_prefix_space=name == "prefix")
    if name in ("digits", "numbers"):
        digits = pre_tokenizers.Digits(individual_digits=name == "digits")
        return pre_tokenizers.Sequence([digits, pre_tokenizers.ByteLevel(add_prefix_space=False)])
    pattern = PATTERNS["llama3"].replace("{1,3}", "") if name == "qwen" else PATTERNS[name]
    split = pre_tokenizers.Split(Regex(pattern), "isolated")
    return pre_tokenizers.Sequence([split, pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])


def build(name):
    """A tokenizer that `tokenizers` has trained."""
    unknown = {"unk_token": "<unk>", "fuse_unk": True, "byte_fallback": True} if name == "numbers" else {}
    made = Tokenizer(models.BPE(ignore_merges=name == "llama3", **unknown))
    made.pre_tokenizer, made.decoder = pre_tokenizer(name), decoders.ByteLevel()
    if name in ("neox", "qwen"):
        made.normalizer = normalizers.NFC()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=400, show_progress=False, special_tokens=["<|e|>"], initial_alphabet=alphabet
    )
    made.train_from_iterator([TEXT], trainer)
    made.add_tokens([AddedToken("<x>", lstrip=True, rstrip=True), AddedToken("ab", single_word=True, normalized=False)])
    made.add_special_tokens(["<|s|>"])
    if name == "neox":
        made.add_tokens([AddedToken("nḿ"), AddedToken("m\u0301x"), AddedToken("  ")])
    if name in ("prefix", "digits"):
        around = [(t, made.token_to_id(t)) for t in ("<|s|>", "<|e|>")]
        made.post_processor = {"prefix": processors.RobertaProcessing, "digits": processors.BertProcessing}[name](
            *around
        )
    if name == "llama3":
        made.post_processor = processors.Sequence(
            [
                processors.ByteLevel(trim_offsets=False),
                processors.TemplateProcessing(
                    single="<|s|> $A <|e|>",
                    pair="<|s|> $A $B",
                    special_tokens=[(t, made.token_to_id(t)) for t in ("<|s|>", "<|e|>")],
                ),
            ]
        )
    return made


NAMES = ["gpt2", "prefix", "cl100k", "llama3", "o200k", "digits", "numbers", "neox", "qwen"]


@pytest.fixture(scope="module", params=NAMES)
def both(request, tmp_path_factory):
    path = tmp_path_factory.mktemp("files") / f"{request.param}.json"
    made = build(request.param)
    made.save(str(path))
    return made, BPETokenizer.load(path), path


@settings(max_examples=200, deadline=None)
@given(text=texts())
def test_ids_are_the_same(both, text):
    made, ours, _ = both
    if made.normalizer is not None:  # it does not know the marks that came with Unicode 12 to 14
        assume(made.normalizer.normalize_str(text) == normalize("NFC", text))
    assert ours.encode(text, allowed_special="all", add_special_tokens=True) == made.encode(text).ids
    ids = ours.encode(text, allowed_special="all")
    assert ids == made.encode(text, add_special_tokens=False).ids
    assert ours.decode(ids) == made.decode(ids, skip_special_tokens=False)
    assert ours.decode(ids, skip_special_tokens=True) == made.decode(ids)
    made.encode_special_tokens = True
    plain = made.encode(text, add_special_tokens=False).ids
    made.encode_special_tokens = False
    assert ours.encode(text, disallowed_special=()) == plain


def test_long_runs(both):
    made, ours, _ = both
    generator = random.Random(0)
    for text in (
        "a" * 20_000,
        " " * 3000 + "x",
        "\n" * 999,
        "ab" * 999,
        "".join(generator.choices("the cat's\n", k=9999)),
    ):
        assert ours.encode(text) == made.encode(text, add_special_tokens=False).ids


def test_every_character_of_unicode_14(both):
    made, ours, _ = both
    import unicodedata

    known = [c for c in map(chr, range(0x110000)) if unicodedata.category(c) not in ("Cs", "Cn", "Co")]
    for start in range(0, len(known), 20_000):
        text = "".join(f"a{c} " for c in known[start : start + 20_000 : 7])
        assert ours.encode(text) == made.encode(text, add_special_tokens=False).ids


@settings(max_examples=60, deadline=None)
@given(text=texts())
def test_tokenizers_reads_what_is_written(both, text, tmp_path_factory):
    made, ours, path = both
    again = path.with_suffix(".again.json")
    if not again.exists():
        ours.save(again)
    read = Tokenizer.from_file(str(again))
    assert read.encode(text).ids == made.encode(text).ids
    assert read.get_vocab() == made.get_vocab()


def test_a_vocabulary_that_was_trained_here(tmp_path):
    for name in ("gpt2", "llama3", "o200k"):
        ours = BPETokenizer.train(TEXT * 2, 400, special_tokens=["<|e|>"], pattern=name)
        ours.save(tmp_path / "t.json")
        read = Tokenizer.from_file(str(tmp_path / "t.json"))
        assert read.encode(TEXT + "<|e|>").ids == ours.encode(TEXT + "<|e|>", allowed_special="all")
        assert read.get_vocab_size() == ours.vocab_size
        assert read.token_to_id("<|e|>") == 0


def test_gpt2s_files(tmp_path):
    ours = BPETokenizer.train(TEXT * 2, 400)
    ours.save_gpt2(tmp_path / "vocab.json", tmp_path / "merges.txt")
    read = Tokenizer(models.BPE.from_file(str(tmp_path / "vocab.json"), str(tmp_path / "merges.txt")))
    read.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    assert read.encode(TEXT).ids == ours.encode(TEXT)
    read.model.save(str(tmp_path), "hf")
    again = BPETokenizer.from_gpt2(tmp_path / "hf-vocab.json", tmp_path / "hf-merges.txt")
    assert again.encode(TEXT) == ours.encode(TEXT)


def test_ranks_written_as_merges(tmp_path):
    vocab = {bytes([byte]): byte for byte in range(256)}
    vocab |= {token: 256 + k for k, token in enumerate([b"bc", b"abc", b"aa", b"aaaa", b"xyz", b"ab", b" abc"])}
    ours = BPETokenizer(vocab)
    ours.save(tmp_path / "t.json")
    read = Tokenizer.from_file(str(tmp_path / "t.json"))
    generator = random.Random(0)
    for _ in range(300):
        text = "".join(generator.choices("abcxyz ", k=generator.randint(1, 20)))
        assert read.encode(text).ids == ours.encode(text)


@pytest.mark.parametrize(("merges", "kind"), [("strings", str), ("lists", list)])
def test_both_ways_to_write_merges(tmp_path, merges, kind):
    made = build("gpt2")
    file = json.loads(made.to_str())
    pairs = [pair.split(" ") if isinstance(pair, str) else pair for pair in file["model"]["merges"]]
    file["model"]["merges"] = [" ".join(pair) for pair in pairs] if kind is str else pairs
    (tmp_path / "t.json").write_text(json.dumps(file), encoding="utf-8")
    assert BPETokenizer.load(tmp_path / "t.json").encode(TEXT) == made.encode(TEXT).ids


@pytest.mark.parametrize("text", ["<x>  a", "<x>\n a", " <x> \n  <x>b", "a  <x>\n\n", "\n  \n  <x>  "])
def test_white_space_that_two_added_tokens_want(text, tmp_path):
    made = build("gpt2")
    made.add_tokens([AddedToken("  ", lstrip=True, normalized=False), AddedToken("\n", normalized=False)])
    made.add_tokens([AddedToken("<x>", rstrip=True, normalized=False)])
    made.save(str(tmp_path / "tokenizer.json"))
    ours = BPETokenizer.load(tmp_path / "tokenizer.json")
    assert ours.encode(text, allowed_special="all") == made.encode(text, add_special_tokens=False).ids


PATTERNS_OF_ONES_OWN = [
    r"\p{Han}+|\p{Hiragana}+|\p{Katakana}+|\p{Hangul}+",
    r"\p{Greek}|\p{Latin}+|\p{Cyrillic}|\p{Arabic}+|\p{Hebrew}|\p{Thai}+|\p{Devanagari}",
    r"[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+",
    r"\p{Lu}\p{M}*|\p{Nl}|\p{^L}\d|\P{Zs}{3,4}?x|\p{Sc}+",
    r"(?i:'s|[td]|the|ve|ks)|\D{2,}?[!-/:-@\[-`{-~]|(?<=e|\d)\S",
    r"(?<!\s)[\s\S]{,3}|a++|(?>b|bc)d|\x41\u4e00",
]


@pytest.mark.parametrize("pattern", PATTERNS_OF_ONES_OWN)
def test_patterns_of_ones_own(pattern):
    import unicodedata

    assert foreign(pattern) is None
    known = [
        c for c in map(chr, range(0x110000)) if unicodedata.category(c) not in ("Cs", "Cn", "Co") and c != "\u0295"
    ]
    texts = [TEXT, "".join(random.Random(0).choices(TEXT, k=5000)), *("".join(known[k::31]) for k in range(31))]
    theirs = pre_tokenizers.Split(Regex(pattern), "isolated")
    for text in texts:
        assert Splitter(pattern).words(text) == [word for word, _ in theirs.pre_tokenize_str(text)]
