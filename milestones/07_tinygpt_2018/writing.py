"""Texts, models that learn to write them, and the loop that trains one, which goes on where it was interrupted."""

import math
import re
import time
from dataclasses import asdict, dataclass, field

from machine import explained
from report import console, steps
from tinytorch import Generator, from_numpy, manual_seed, nn, no_grad, optim, randint
from tinytorch.text import BPETokenizer, CharTokenizer, TokenDataset
from tinytorch.transformer import GPT, DynamicCache, GPTConfig, Llama, LlamaConfig, generate

TOKENIZERS = {"characters.json": CharTokenizer, "bpe.json": BPETokenizer}


@dataclass
class Plan:
    """One training: the model, and how it learns."""

    name: str
    tokens: str = "characters"
    kind: type = GPT
    width: int = 128
    layers: int = 4
    heads: int = 4
    context: int = 64
    batch_size: int = 12
    steps: int = 2000
    lr: float = 1e-3
    last_lr: float = 1e-4
    warmup: int = 100
    weight_decay: float = 0.1
    pieces: int = 8  # how often it is evaluated, and can be taken up again

    @property
    def slug(self):
        """The name as that of a folder."""
        return re.sub(r"\W+", "_", self.name)

    def model(self, vocabulary):
        """A model of this plan's size, with random weights."""
        if self.kind is Llama:  # the hidden layer of 8/3 the width has as many weights as one of 4 without a gate
            sizes = {"hidden_size": self.width, "intermediate_size": self.width * 8 // 3 // 8 * 8}
            counts = {"num_hidden_layers": self.layers, "num_attention_heads": self.heads}
            config = LlamaConfig(vocab_size=vocabulary, max_position_embeddings=self.context, **sizes, **counts)
            return Llama(config)
        sizes = {"n_positions": self.context, "n_embd": self.width, "n_layer": self.layers, "n_head": self.heads}
        std = 0.02 * (768 / self.width) ** 0.5  # GPT-2's, which is 768 wide: narrower layers need larger weights
        dropout = dict.fromkeys(("resid_pdrop", "embd_pdrop", "attn_pdrop"), 0.0)
        return GPT(GPTConfig(vocab_size=vocabulary, initializer_range=std, **dropout, **sizes))

    def rate(self, step):
        """The learning rate: it rises for `warmup` steps, then falls along a cosine."""
        if step < self.warmup:
            return self.lr * (step + 1) / (self.warmup + 1)
        share = (step - self.warmup) / max(1, self.steps - self.warmup)
        return self.last_lr + (self.lr - self.last_lr) * 0.5 * (1.0 + math.cos(math.pi * share))


class Text:
    """A text as tokens: nine tenths to learn from, the last tenth to be tested with.

    The tokenizer sees the first part only, except for which characters there are.
    """

    def __init__(self, text, tokens, context):
        cut = len(text) * 9 // 10
        parts = text[:cut], text[cut:]
        self.file = f"{tokens}.json"
        bpe = tokens == "bpe"
        self.tokenizer = BPETokenizer.train(parts[0], vocab_size=512) if bpe else CharTokenizer.train(text)
        ids = [self.tokenizer.encode(part) for part in parts]
        self.characters_per_token = len(parts[1]) / len(ids[1])
        self.train = TokenDataset(ids[0], context, stride=1, make=from_numpy)
        self.test = TokenDataset(ids[1], context, make=from_numpy)

    @no_grad()
    def loss(self, model):
        """The mean loss over all of the last tenth, in nats per character."""
        model.eval()
        total, count = 0.0, len(self.test)
        for i in range(0, count, 64):
            rows = range(i, min(i + 64, count))
            x, y = self.test.gather(list(rows))
            total += model(x, y)[1].item() * len(rows)
        model.train()
        return total / count / self.characters_per_token


@dataclass
class Course:
    """How a training went: the loss of each step, and at times that on the last tenth, in nats per character."""

    step: int = 0
    seconds: float = 0.0
    losses: list = field(default_factory=list)
    steps: list = field(default_factory=list)
    tests: list = field(default_factory=list)


def go_on(model, tokenizer, prompt, count, generator=None):
    """The tokens that a model writes after a prompt, as they come."""
    return generate(model, tokenizer.encode(prompt), count, do_sample=True, temperature=0.8, top_p=0.95,
                    generator=generator, decode=tokenizer.decode, cache=DynamicCache(), window=True)  # fmt: skip


def sample(model, tokenizer, prompt, count):
    """What a model writes after a prompt, always with the same random numbers."""
    run = go_on(model, tokenizer, prompt, count, Generator().manual_seed(0))
    return run.texts[0].encode("ascii", "replace").decode()  # for any console


def learn(plan, text, seed, folder, change=None):
    """Train a model, or go on with it where `folder` has an unfinished one: the model, and how it went.

    Args:
        plan: what to train.
        text: what it learns to write.
        seed: decides the weights, and what is read when.
        folder: where its checkpoint is written, at each evaluation.
        change: done to the fresh model, to see what it does without.
    """
    manual_seed(seed)
    model, course = plan.model(text.tokenizer.vocab_size), Course()
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "checkpoint.safetensors"
    if not path.exists():
        text.tokenizer.save(folder / text.file)
        model.save_pretrained(folder)
    if change is not None:
        change(model)
    weights = [p for p in model.parameters() if p.ndim > 1]
    others = [p for p in model.parameters() if p.ndim <= 1]
    groups = [{"params": weights, "weight_decay": plan.weight_decay}, {"params": others, "weight_decay": 0.0}]
    optimizer = optim.AdamW(groups, lr=plan.lr, betas=(0.9, 0.99))
    if path.exists():
        with explained("--fresh starts without it"):
            course = Course(**optim.load_checkpoint(path, model=model, optimizer=optimizer))
        console.print(f"{plan.name}: goes on after {course.step} of {plan.steps} steps", style="bold")
    every = -(-plan.steps // plan.pieces)
    begin = time.monotonic() - course.seconds
    progress = steps(plan.steps, plan.name, course.step)
    for step in progress:
        for group in optimizer.param_groups:
            group["lr"] = plan.rate(step)
        x, y = text.train.gather(randint(0, len(text.train), (plan.batch_size,)).numpy())
        _, loss = model(x, y)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        course.losses.append(loss.item() / text.characters_per_token)
        progress.note = f", loss {sum(course.losses[-20:]) / len(course.losses[-20:]):.3f}"
        if (step + 1) % every == 0 or step + 1 == plan.steps:
            course.step, test = step + 1, text.loss(model)
            course.steps.append(course.step)
            course.tests.append(test)
            course.seconds = time.monotonic() - begin
            optim.save_checkpoint(path, model=model, optimizer=optimizer, **asdict(course))
            written = sample(model, text.tokenizer, "\n", 40)
            say = f"{plan.name}, step {course.step}: {course.losses[-1]:.3f}, on the last tenth {test:.3f}"
            console.print(say, style="bold")
            console.print(f"    {written!r}", markup=False, soft_wrap=True)
    return model, course


def stored(output):
    """The latest model below a folder that was trained, and its tokenizer; even if it is not done.

    Raises:
        FileNotFoundError: if there is none, or something of it is missing.
    """
    paths = sorted(output.glob("*/checkpoint.safetensors"), key=lambda path: path.stat().st_mtime)
    kept = [path for path in paths if "control" not in path.parent.name]
    if not kept:
        raise FileNotFoundError(f"there is no checkpoint below {output}: run it without --generate first")
    folder = kept[-1].parent
    kind = Llama if '"llama"' in (folder / "config.json").read_text(encoding="utf-8") else GPT
    model = kind.from_pretrained(folder)
    optim.load_checkpoint(kept[-1], model=model, random_state=False)
    names = [name for name in TOKENIZERS if (folder / name).exists()]
    if not names:
        raise FileNotFoundError(f"there is no tokenizer in {folder}: run the training again with --fresh")
    return model, TOKENIZERS[names[0]].load(folder / names[0])
