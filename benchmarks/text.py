"""Tokenizers against `tiktoken` and Hugging Face's `tokenizers`, one thread each, taking turns: python benchmarks/text.py

The text is Tiny Shakespeare and the vocabulary GPT-2's if they are under TT_DATA_DIR (`tinyshakespeare/input.txt`; `bpe/` with
`gpt2_tokenizer.json` and `r50k_base.tiktoken`), otherwise the novel of tt-data and a vocabulary trained on it here. It exits with
1 if ids or a limit are missed. Processor time is measured, and an encoding starts with a new tokenizer, which knows no word.
"""

import os
import random
import statistics
import sys
import tempfile
import time
from pathlib import Path

os.environ["RAYON_NUM_THREADS"] = "1"
os.environ["TOKENIZERS_PARALLELISM"] = "false"

import tiktoken
import tokenizers
from tiktoken.load import load_tiktoken_bpe
from tiktoken_ext.openai_public import r50k_pat_str
from tokenizers import models, pre_tokenizers, trainers
from tt_data import pride_and_prejudice
from tt_text import BPETokenizer

ENCODE, TRAIN = 3.0, 6.0  # how many times their time ours may take
ROUNDS, MERGES = 7, 4096


def timed(work):
    """Seconds of processor time, and the result."""
    start = time.process_time()
    result = work()
    return time.process_time() - start, result


def compare(name, theirs, ours, limit=None, rounds=ROUNDS, fresh=lambda: None):
    """Time both in turns, print the medians and their ratio; whether the limit is kept."""
    pairs = []
    for _ in range(rounds):
        fresh()
        pairs.append((timed(theirs)[0], timed(ours)[0]))
    a, b = (statistics.median(times) for times in zip(*pairs))
    ratios = sorted(mine / other for other, mine in pairs)
    asked = f"{limit:.1f}" if limit else ""
    print(
        f"| {name} | {a * 1e3:.0f} | {b * 1e3:.0f} | {b / a:.2f} ({ratios[0]:.2f}-{ratios[-1]:.2f}) | {asked} |",
        flush=True,
    )
    return limit is None or b / a <= limit


def material(folder):
    """The text, a `tokenizer.json` and a rank file."""
    root = Path(os.environ.get("TT_DATA_DIR", "none"))
    shakespeare, files = root / "tinyshakespeare" / "input.txt", root / "bpe"
    text = shakespeare.read_text(encoding="utf-8") if shakespeare.exists() else pride_and_prejudice()
    if (files / "r50k_base.tiktoken").exists():
        return text, files / "gpt2_tokenizer.json", files / "r50k_base.tiktoken"
    trained = BPETokenizer.train(text, 16384)
    trained.save(folder / "tokenizer.json")
    trained.save_tiktoken(folder / "ranks.tiktoken")
    return text, folder / "tokenizer.json", folder / "ranks.tiktoken"


def encoders(folder):
    """The text, and the encoders: theirs of tiktoken and of tokenizers, ours of the same files."""
    text, json_file, rank_file = material(folder)
    ranks, special = load_tiktoken_bpe(str(rank_file)), {"<|endoftext|>": 50256}
    theirs = tiktoken.Encoding("bench", pat_str=r50k_pat_str, mergeable_ranks=ranks, special_tokens=special)
    hugging = tokenizers.Tokenizer.from_file(str(json_file))
    by_ranks = BPETokenizer.from_tiktoken(rank_file, special_tokens=special)
    return text, theirs, hugging, BPETokenizer.load(json_file), by_ranks


def samples():
    """Texts in which every word is new, by name."""
    generator = random.Random(0)
    letters = "".join(generator.choices("abcdefghijklmnopqrst", k=100_000))
    words = " ".join("".join(generator.choices("abcdefghijklmnop", k=8)) for _ in range(50_000))
    unicode = "".join(chr(generator.randrange(0x20, 0x2000)) for _ in range(100_000))
    return {"distinct words": words, "one long word": letters, "any characters": unicode}


def train_theirs(text):
    """Learn merges with tokenizers."""
    made = tokenizers.Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=256 + MERGES, show_progress=False, initial_alphabet=alphabet)
    made.train_from_iterator([text], trainer)


def main():
    """Compare encoding and training."""
    with tempfile.TemporaryDirectory() as name:
        text, theirs, hugging, by_merges, by_ranks = encoders(Path(name))

    def forget():
        by_merges._words.cache, by_ranks._words.cache = {}, {}

    print("| what | theirs, ms | ours, ms | ratio (least-most) | at most |")
    print("|---|---|---|---|---|")
    kept = []
    for what, one in {"text": text, **samples()}.items():
        ids = theirs.encode(one)
        kept.append(ids == by_merges.encode(one) == by_ranks.encode(one) == hugging.encode(one).ids)
        if not kept[-1]:
            print(f"the ids of {what} differ")
        limit = ENCODE if one is text else None
        for kind, ours in (("merges", by_merges), ("ranks", by_ranks)):
            row = f"encode {what}, {kind} / tiktoken"
            kept.append(
                compare(
                    row,
                    lambda one=one: theirs.encode(one),
                    lambda one=one, ours=ours: ours.encode(one),
                    limit,
                    fresh=forget,
                )
            )
    compare("encode text again, ranks / tiktoken", lambda: theirs.encode(text), lambda: by_ranks.encode(text))
    row = "encode text, merges / tokenizers"
    compare(row, lambda: hugging.encode(text), lambda: by_merges.encode(text), fresh=forget, rounds=3)
    row = f"train {MERGES} merges / tokenizers"
    kept.append(compare(row, lambda: train_theirs(text), lambda: BPETokenizer.train(text, 256 + MERGES), TRAIN))
    sys.exit(0 if all(kept) else 1)


if __name__ == "__main__":
    main()
