"""Milestone 7: a GPT (Radford et al., 2018) learns to write, letter by letter, or in tokens of its own.

From Pride and Prejudice, which is embedded; from Tiny Shakespeare where the environment variable TT_DATA_DIR names a folder
with it. An interrupted run goes on where it was. `--generate "ROMEO:"` lets the latest model write.
"""

import os
import sys
from dataclasses import asdict, replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from machine import explained
from report import console, fingerprint, options, trial, verdict  # sets the threads: before NumPy

# isort: split
from curves import draw
from measures import attention_costs, growth, show
from tinytorch import manual_seed, nn
from tinytorch.data import pride_and_prejudice, tiny_shakespeare
from tinytorch.transformer import Llama, causal_leak
from writing import Plan, Text, go_on, learn, sample, stored

NOVEL = (
    (Plan("GPT, characters", steps=500, lr=3e-3, pieces=5), 1.87),
    (Plan("GPT, BPE", "bpe", steps=300, lr=3e-3, pieces=5), 1.75),
)
PLAYS = (
    (Plan("nanoGPT's set-up"), 1.88),
    (Plan("GPT, BPE", "bpe", steps=800, lr=3e-3, pieces=5), 1.85),
    (Plan("Llama, longer", kind=Llama, context=128, batch_size=16, steps=2600, lr=3e-3, last_lr=0.0, warmup=130), 1.60),
)
MARGIN = 0.25  # nats per character by which the control has to lose


class Blind(nn.Module):
    """Attention that sees nothing."""

    def forward(self, x, *_):
        """Zeros."""
        return x * 0.0


def blind(model):
    """Take attention away from a model: each token is then all that it knows."""
    for block in model.blocks:
        block.attention = Blind()


def write(chosen):
    """Let the latest model go on with a text, as it comes."""
    sys.stdout.reconfigure(errors="replace")  # a console may lack what a model makes up
    with explained():
        model, tokenizer = stored(chosen.output)
        manual_seed(chosen.seed)
        run = go_on(model, tokenizer, chosen.generate, chosen.tokens)
    print(chosen.generate, end="")
    for token in run:
        print(token.text, end="", flush=True)
    print()


def clear(chosen, plans, folders):
    """Remove what earlier runs left in these folders, unless there is a run to go on with, which must be the same."""
    for left in (path for folder in folders for kind in (".*.tmp", "*.part") for path in folder.glob(kind)):
        left.unlink(missing_ok=True)  # by a run that was killed as it wrote
    note, wanted = chosen.output / "unfinished", repr((chosen.seed, plans))
    checkpoints = [folder / "checkpoint.safetensors" for folder in folders]
    if note.exists() and not chosen.fresh and any(path.exists() for path in checkpoints):
        if note.read_text(encoding="utf-8") != wanted:
            sys.exit(f"FAILED: {chosen.output} holds an unfinished run with other settings; --fresh starts without it")
        return
    for path in checkpoints:
        path.unlink(missing_ok=True)
    note.write_text(wanted, encoding="utf-8")


def main():
    """Run the experiments, or write; the exit status."""
    real = bool(os.environ.get("TT_DATA_DIR"))
    chosen = options(
        __file__, __doc__, 30 if real else 10, "minutes", reads="generate",
        generate={"metavar": "TEXT", "help": "let the latest model go on with this text, instead of training"},
        tokens={"type": int, "default": 500, "help": "how many tokens it writes then (default: %(default)s)"},
        steps={"type": int, "help": "of each training, instead of as many as the demands are meant for"},
        fresh={"action": "store_true", "help": "start again, even if an interrupted run is there to go on with"},
    )  # fmt: skip
    if chosen.generate is not None:
        if chosen.fresh or chosen.steps:
            sys.exit("FAILED: --generate trains nothing; leave out --fresh and --steps")
        write(chosen)
        return 0
    with explained():
        source = tiny_shakespeare() if real else pride_and_prejudice()
    name = "Tiny Shakespeare" if real else "Pride and Prejudice"
    plans = list(PLAYS if real else NOVEL)
    control = replace(plans[0][0], name="control: attention off")
    plans.append((control, None))
    if chosen.steps:
        plans = [(replace(plan, steps=chosen.steps), demand) for plan, demand in plans]
    folders = {plan.name: chosen.output / plan.slug for plan, _ in plans}
    clear(chosen, plans, folders.values())
    results, models, courses = [], {}, {}
    for plan, demand in plans:
        with trial(results, plan.name, at_most=demand, unit=" nats", digits=3) as r:
            with explained():
                text = Text(source, plan.tokens, plan.context)
            model, course = learn(plan, text, chosen.seed, folders[plan.name], blind if demand is None else None)
            if demand:
                model.save_pretrained(folders[plan.name])
                best, tokenizer = plan.name, text.tokenizer
            models[plan.name], courses[plan.name] = model, course
            r.accuracy, r.parameters = course.tests[-1], sum(p.numel() for p in model.parameters())
            r.values.update(weights=fingerprint(*model.parameters()), **asdict(course))
        r.seconds = max(r.seconds, course.seconds)  # with what was spent before an interruption
    results[-1].at_least = round(results[0].accuracy + MARGIN, 3)  # without attention a model must lose

    with trial(results, "no look ahead", at_least=1.0) as r:
        leaks = {label: causal_leak(model) for label, model in models.items()}
        r.accuracy, r.values["leaks"] = sum(leak < 1e-4 for leak in leaks.values()) / len(leaks), leaks
    with trial(results, "memory, doubled: tiled", at_most=2.5, unit="x") as r:
        manual_seed(chosen.seed)
        costs = attention_costs()
        r.accuracy, r.values["costs"] = growth(costs, "tiled"), costs
    with trial(results, "memory, doubled: naive", at_least=3.0, unit="x") as r:
        r.accuracy = growth(costs, "naive")
    show(costs, models)
    console.print(f"\n{best} writes:\n{sample(models[best], tokenizer, chr(10), 300)}", markup=False, soft_wrap=True)
    picture = draw(courses, models, costs, chosen.output / f"tinygpt_{name.split()[-1].lower()}.png")
    status = verdict(f"GPT, 2018: loss per character on the last tenth of {name}", results, chosen, picture)
    (chosen.output / "unfinished").unlink(missing_ok=True)  # another run in this folder may have ended first
    return status


if __name__ == "__main__":
    sys.exit(main())
