"""Milestone 6: the transformer (Vaswani et al., 2017) copies, reverses and sorts, because it can look wherever it likes."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from report import fingerprint, options, steps, trial, verdict  # sets the threads: before NumPy

# isort: split
from maps import draw
from tinytorch import cat, full, full_like, manual_seed, nn, no_grad, optim, randint, zeros
from tinytorch.transformer import SinusoidalPositions, causal_leak

LETTERS, LONGEST, WIDTH = 16, 10, 64
TASKS = {"copy": lambda x: x, "reverse": lambda x: x.flip(1), "sort": lambda x: x.sort(1).values}


def sequences(count, length, unseen):
    """Random letters [count, length]. Those whose sum is a multiple of 7 are kept for the test: they are never trained on."""
    x = zeros(0, length).long()
    while len(x) < count:
        more = randint(0, LETTERS, (3 * count * (7 if unseen else 1), length))
        x = cat([x, more[(more.sum(1) % 7 == 0) == unseen]])
    return x[:count]


def batch(count, length, unseen=False):
    """Sources [3 count, 1 + length], each a task and letters, and what is to be answered, [3 count, length]."""
    sources, answers = [], []
    for k, task in enumerate(TASKS.values()):
        x = sequences(count, length, unseen)
        sources.append(cat([full((count, 1), LETTERS + k), x], 1))
        answers.append(task(x))
    return cat(sources), cat(answers)


class Translator(nn.Module):
    """The encoder reads the source, and the decoder writes the answer, letter by letter, looking back at the source."""

    def __init__(self):
        super().__init__()
        self.tokens = nn.Embedding(LETTERS + len(TASKS) + 1, WIDTH)  # letters, tasks, and the start token
        self.transformer = nn.Transformer(WIDTH, 4, 1, 2, 2 * WIDTH, dropout=0.0, batch_first=True, norm_first=True)
        self.out = nn.Linear(WIDTH, LETTERS)
        self.positions = SinusoidalPositions(WIDTH)

    def embed(self, ids):
        """Ids [B, T] to vectors [B, T, WIDTH]."""
        return self.positions(self.tokens(ids))

    def forward(self, source, answer):
        """The logits [B, T, LETTERS] of each letter of the answer [B, T], given the source and the letters before."""
        start = full_like(answer[:, :1], LETTERS + len(TASKS))
        before = cat([start, answer[:, :-1]], 1)
        mask = nn.Transformer.generate_square_subsequent_mask(answer.shape[1])
        return self.out(self.transformer(self.embed(source), self.embed(before), tgt_mask=mask, tgt_is_causal=True))

    @no_grad()
    def write(self, source):
        """The answer [B, T] by greedy decoding: each letter is the most probable one after those before."""
        answer = zeros(len(source), source.shape[1] - 1).long()
        for t in range(answer.shape[1]):
            answer[:, t] = self(source, answer)[:, t].argmax(1)
        return answer


class Blind(nn.MultiheadAttention):
    """Attention that sees nothing."""

    def __init__(self):
        super().__init__(WIDTH, 1, batch_first=True)

    def forward(self, query, *_, **__):
        """Zeros, and no weights."""
        return query * 0.0, None


class Flat(nn.Module):
    """An MLP that reads the source at once and writes the whole answer, with no fewer parameters than the transformer."""

    def __init__(self, hidden=512):
        super().__init__()
        self.kinds = LETTERS + len(TASKS) + 1
        sizes = (LONGEST + 1) * self.kinds, hidden, hidden // 2, LONGEST * LETTERS
        layers = [layer for a, b in zip(sizes, sizes[1:]) for layer in (nn.Linear(a, b), nn.ReLU())]
        self.layers = nn.Sequential(*layers[:-1])

    def forward(self, source, answer):
        """Logits [B, T, LETTERS] from one-hot vectors, padded to the greatest length with a token for that."""
        B, T = answer.shape
        ids = cat([source, full((B, LONGEST - T), self.kinds - 1)], 1)
        seen = nn.functional.one_hot(ids, self.kinds).float().flatten(1)
        return self.layers(seen).reshape(B, LONGEST, LETTERS)[:, :T]

    @no_grad()
    def write(self, source):
        """The answer [B, T]."""
        return self(source, source[:, 1:]).argmax(2)


class Prefix:
    """What a model makes of the answer alone, the source being given, for `causal_leak`."""

    def __init__(self, model, source):
        self.model, self.source, self.context, self.vocab_size = model, source, LONGEST - 1, LETTERS

    def __call__(self, ids):
        """The logits of the letter after each, [B, T, LETTERS]."""
        return self.model(self.source, cat([ids, ids[:, :1]], 1))[:, 1:]


def train(model, progress, rows=24, lr=3e-3):
    """Learn all three tasks at once, on fresh sequences of 5 to LONGEST letters, half of them LONGEST; the loss at each step.

    Args:
        model: sources and answers to logits [B, T, LETTERS].
        progress: something to iterate over, once per step.
        rows: sequences of each task in a batch.
        lr: the greatest rate; it rises during the first tenth of the way, and then falls to 0.
    """
    optimizer = optim.AdamW(model.parameters(), lr=lr, betas=(0.9, 0.98))
    scheduler = optim.lr_scheduler.OneCycleLR(optimizer, lr, len(progress), pct_start=0.1, cycle_momentum=False)
    losses = []
    for _ in progress:
        source, answer = batch(rows, min(LONGEST, randint(5, LONGEST + 6, ()).item()))
        loss = nn.functional.cross_entropy(model(source, answer).flatten(0, 1), answer.flatten())
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        scheduler.step()
        losses.append(loss.item())
    return losses


def exact(model, count=300):
    """For each task the share of unseen sequences, of LONGEST letters, that are answered without a mistake."""
    model.eval()
    source, answer = batch(count, LONGEST, unseen=True)
    right = (model.write(source) == answer).all(1).float().reshape(len(TASKS), count)
    return dict(zip(TASKS, right.mean(1).tolist()))


def main():
    """Run the experiments; the exit status."""
    few = {"type": int, "help": "of each training, instead of as many as the demands are meant for"}
    chosen = options(__file__, __doc__, budget=120, steps=few)
    results, losses = [], {}

    def learned(r, model, count):
        """Train a model, and note its figures: the share of right answers over all tasks, and per task."""
        manual_seed(chosen.seed)
        losses[r.name] = train(model, steps(chosen.steps or count, r.name))
        tasks = exact(model)
        r.accuracy, r.parameters = sum(tasks.values()) / len(tasks), sum(p.numel() for p in model.parameters())
        r.values.update(weights=fingerprint(*model.parameters()), tasks=tasks, losses=losses[r.name][::50])
        return tasks

    manual_seed(chosen.seed)
    model, flat, blind = Translator(), Flat(), Translator()
    with trial(results, "transformer", at_least=0.99) as r:
        tasks = learned(r, model, 1500)
    for task in TASKS:
        with trial(results, f"transformer: {task}", at_least=0.99) as r:
            r.accuracy, r.parameters = tasks[task], results[0].parameters

    with trial(results, "control: an MLP", at_most=0.6) as r:
        learned(r, flat, 1500)

    # The same transformer without attention: the decoder still knows which letters it wrote, but not what it was given.
    for layer in (*blind.transformer.encoder.layers, *blind.transformer.decoder.layers):
        layer.self_attn = Blind()
    for layer in blind.transformer.decoder.layers:
        layer.multihead_attn = Blind()
    with trial(results, "control: attention off", at_most=0.05) as r:
        learned(r, blind, 400)

    # No letter of an answer may depend on a later one.
    with trial(results, "no look ahead", at_least=1.0) as r:
        source = batch(1, LONGEST)[0]
        leaks = [causal_leak(Prefix(m, source), batch=len(TASKS)) for m in (model, flat, blind)]
        r.accuracy, r.values["leaks"] = sum(leak < 1e-5 for leak in leaks) / len(leaks), leaks

    manual_seed(7)
    picture = draw(model, TASKS, batch(1, LONGEST, unseen=True), losses, chosen.output / "transformer.png")
    return verdict("The transformer, 2017: unseen sequences answered without a mistake", results, chosen, picture)


if __name__ == "__main__":
    sys.exit(main())
