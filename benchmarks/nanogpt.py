"""nanoGPT's CPU set-up on Tiny Shakespeare, with TinyTorch and with PyTorch: which learns it in less time?

    TT_DATA_DIR=data python benchmarks/nanogpt.py [--threads 2] [--steps 2000]

4 layers, 4 heads, width 128, context 64, batch 12, AdamW, a cosine with warm-up, gradients clipped: the milestone of 2018. Both
begin with the same weights and read the same batches, in one process, taking turns of a few steps; the time of each is added
up. The loss is that on all of the last tenth of the text. The exit status is 1 if TinyTorch takes longer, or ends above 1.88.
"""

import argparse
import math
import os
import sys
import time


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--threads", type=int, default=1, help="of each side (default: %(default)s)")
    parser.add_argument("--steps", type=int, default=2000, help="of each side (default: %(default)s)")
    parser.add_argument("--turn", type=int, default=5, help="steps at a time (default: %(default)s)")
    parser.add_argument("--cpu", action="store_true", help="count processor time instead, on a machine that is busy")
    return parser.parse_args()


chosen = arguments()
os.environ["OMP_NUM_THREADS"] = str(chosen.threads)  # before NumPy is loaded
os.environ["OPENBLAS_NUM_THREADS"] = "1"  # as in the milestone: TinyTorch shares out products among threads of its own

import numpy as np  # noqa: E402
import tinytorch  # noqa: E402
import torch  # noqa: E402
from tinytorch.data import tiny_shakespeare  # noqa: E402
from tinytorch.text import CharTokenizer, TokenDataset  # noqa: E402
from tinytorch.transformer import GPT, GPTConfig  # noqa: E402
from torch.nn import functional as F  # noqa: E402

WIDTH, LAYERS, HEADS, CONTEXT, BATCH, WARMUP = 128, 4, 4, 64, 12, 100
PAUSE = 0.02 if chosen.threads > 1 else 0  # seconds before a turn: threads of OpenMP go on spinning for milliseconds


class Block(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.norm1, self.norm2 = torch.nn.LayerNorm(WIDTH), torch.nn.LayerNorm(WIDTH)
        self.qkv, self.out = torch.nn.Linear(WIDTH, 3 * WIDTH), torch.nn.Linear(WIDTH, WIDTH)
        self.up, self.down = torch.nn.Linear(WIDTH, 4 * WIDTH), torch.nn.Linear(4 * WIDTH, WIDTH)

    def forward(self, x):
        B, T, _ = x.shape
        q, k, v = (y.view(B, T, HEADS, -1).transpose(1, 2) for y in self.qkv(self.norm1(x)).split(WIDTH, 2))
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.out(y.transpose(1, 2).reshape(B, T, WIDTH))
        return x + self.down(F.gelu(self.up(self.norm2(x)), approximate="tanh"))


class Twin(torch.nn.Module):
    def __init__(self, vocabulary):
        super().__init__()
        self.tokens, self.positions = torch.nn.Embedding(vocabulary, WIDTH), torch.nn.Embedding(CONTEXT, WIDTH)
        self.blocks = torch.nn.ModuleList(Block() for _ in range(LAYERS))
        self.norm = torch.nn.LayerNorm(WIDTH)

    def forward(self, ids, targets):
        x = self.tokens(ids) + self.positions.weight[: ids.shape[1]]
        for block in self.blocks:
            x = block(x)
        logits = F.linear(self.norm(x), self.tokens.weight)
        return logits, F.cross_entropy(logits.flatten(0, 1), targets.flatten())


class Side:
    """One library, its model and its time."""

    def __init__(self, library, model, make):
        self.library, self.model, self.make, self.seconds, self.losses = library, model, make, 0.0, []
        weights = [p for p in model.parameters() if p.ndim > 1]
        others = [p for p in model.parameters() if p.ndim <= 1]
        groups = [{"params": weights, "weight_decay": 0.1}, {"params": others, "weight_decay": 0.0}]
        self.optimizer = library.optim.AdamW(groups, lr=1e-3, betas=(0.9, 0.99))

    def learn(self, batches, rates):
        clock = time.process_time if chosen.cpu else time.perf_counter
        begin = clock()
        for (x, y), rate in zip(batches, rates):
            for group in self.optimizer.param_groups:
                group["lr"] = rate
            _, loss = self.model(self.make(x), self.make(y))
            self.optimizer.zero_grad()
            loss.backward()
            self.library.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
            self.optimizer.step()
            self.losses.append(loss.item())
        self.seconds += clock() - begin

    def test(self, dataset):
        total = 0.0
        with self.library.no_grad():
            for i in range(0, len(dataset), 64):
                x, y = dataset.gather(np.arange(i, min(i + 64, len(dataset))))
                total += self.model(self.make(x), self.make(y))[1].item() * len(x)
        return total / len(dataset)


def rate(step):
    if step < WARMUP:
        return 1e-3 * (step + 1) / (WARMUP + 1)
    return 1e-4 + 9e-4 * 0.5 * (1 + math.cos(math.pi * (step - WARMUP) / (chosen.steps - WARMUP)))


def main():
    torch.set_num_threads(chosen.threads)
    tinytorch.set_num_threads(chosen.threads)
    tinytorch.manual_seed(0)
    text = tiny_shakespeare()
    tokenizer = CharTokenizer.train(text)
    ids = np.array(tokenizer.encode(text))
    cut = len(ids) * 9 // 10
    train, test = TokenDataset(ids[:cut], CONTEXT), TokenDataset(ids[cut:], CONTEXT)
    sizes = {"n_positions": CONTEXT, "n_embd": WIDTH, "n_layer": LAYERS, "n_head": HEADS}
    dropout = dict.fromkeys(("resid_pdrop", "embd_pdrop", "attn_pdrop"), 0.0)
    std = 0.02 * (768 / WIDTH) ** 0.5  # as in the milestone
    config = GPTConfig(vocab_size=tokenizer.vocab_size, initializer_range=std, **dropout, **sizes)
    ours, theirs = GPT(config), Twin(tokenizer.vocab_size)
    state = {name: torch.from_numpy(x.numpy().copy()) for name, x in ours.state_dict().items()}
    names = {".attention.": ".", ".mlp.": "."}
    for old, new in names.items():
        state = {name.replace(old, new): x for name, x in state.items()}
    theirs.load_state_dict(state)
    sides = {
        "TinyTorch": Side(tinytorch, ours, tinytorch.from_numpy),
        "PyTorch": Side(torch, theirs, torch.from_numpy),
    }
    rng = np.random.default_rng(0)
    for step in range(0, chosen.steps, chosen.turn):
        count = min(chosen.turn, chosen.steps - step)
        batches = [train.sample(BATCH, rng) for _ in range(count)]
        for side in list(sides.values())[:: 1 if step // chosen.turn % 2 else -1]:
            time.sleep(PAUSE)
            side.learn(batches, [rate(step + k) for k in range(count)])
        if step % 100 < chosen.turn:
            print(step, *(f"{name} {s.losses[-1]:.3f} in {s.seconds:.1f} s" for name, s in sides.items()), flush=True)
    first = [side.losses[0] for side in sides.values()]
    if abs(first[0] - first[1]) > 1e-4:
        sys.exit(f"the first losses differ: {first}")
    tests = {name: side.test(test) for name, side in sides.items()}
    for name, side in sides.items():
        print(
            f"{name}: {side.seconds:.1f} s for {chosen.steps} steps, {chosen.threads} threads, loss {tests[name]:.4f}"
        )
    ratio = sides["PyTorch"].seconds / sides["TinyTorch"].seconds
    print(f"ratio {ratio:.3f} (above 1: TinyTorch is faster)")
    return 0 if ratio >= 1 and (tests["TinyTorch"] <= 1.88 or chosen.steps < 2000) else 1


if __name__ == "__main__":
    sys.exit(main())
