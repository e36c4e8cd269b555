"""Milestone 5: a convolutional network (Krizhevsky, Sutskever and Hinton, 2012) names what is in colour photographs.

On CIFAR-10 where the environment variable TT_DATA_DIR names a folder with it; elsewhere on the embedded digits in colour.
Killed at any moment, it goes on from the end of the last epoch when it is started again.
"""

import os
import sys
import time
from itertools import chain, repeat
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from machine import explained
from report import Result, console, fingerprint, options, steps, trial, verdict  # sets the threads: before NumPy

# isort: split
from draw_cnn import draw
from network import Network, Pace, Shuffled, accuracy, load, predict, sgd, train
from tinytorch import get_num_threads, manual_seed
from tinytorch.data import DataLoader
from tinytorch.optim import load_checkpoint, save_checkpoint

# The accuracy that a budget in minutes has to suffice for, on two cores; in between the lower one applies.
DEMANDS = {0: 0.3, 3: 0.5, 5: 0.6, 10: 0.7, 15: 0.75, 30: 0.82, 45: 0.85, 60: 0.88}
MARGIN = 0.05  # by as much must the controls fall behind
SHORT = 0.03  # the share of the budget for each of the short trainings
RESERVE = 0.06  # the share of the budget that is kept for the last test, and for a machine that gets slower


def short(task, chosen):
    """The network and two controls, each trained from scratch for the same few steps: lines of the table.

    The convolutions of the first control stay as they were drawn at random. To the other one the pixels are shown in another
    order: neighbours are no longer neighbours.
    """
    results, pace = [], Pace(SHORT * chosen.budget, *task.short)

    def learn(label, change, at_most=1.0):
        with trial(results, label, at_most=at_most) as r:
            manual_seed(chosen.seed)
            model = change(Network(*task.shape))
            loader = DataLoader(task.train, task.batch_size, shuffle=True, drop_last=True)
            batches = chain.from_iterable(repeat(loader))  # as many passes as it takes
            train(model, sgd(model), batches, pace, task.lr, steps(pace.most, label))
            r.accuracy = accuracy(model, task.test, 2000)
            r.parameters = sum(p.numel() for p in model.parameters() if p.requires_grad)
        return r.accuracy

    def freeze(model):
        for p in model.features.parameters():
            p.requires_grad_(p.ndim == 1)
        return model

    best = learn("a short training", lambda model: model)
    for label, change in (
        ("frozen convolutions", freeze),
        ("pixels shuffled", lambda model: Shuffled(model, task.train.shape[1])),
    ):
        pace = Pace(least=pace.taken, most=pace.taken)  # as many steps
        learn(label, change, round(best - MARGIN, 3))
    return results


def learn(task, chosen, path):
    """The whole training, with a checkpoint after every epoch: the network, and what is in the checkpoint."""
    begin = time.monotonic()
    manual_seed(chosen.seed)
    model = Network(*task.shape)
    optimizer, loader = sgd(model), DataLoader(task.train, task.batch_size, shuffle=True, drop_last=True)
    state = {"share": 0.0, "spent": 0.0, "per_step": 0.0, "short": [], "epochs": []}
    if chosen.fresh:
        path.unlink(missing_ok=True)
    for left in path.parent.glob(f".{path.name}.*.tmp"):  # by a run that was killed while it wrote a checkpoint
        left.unlink(missing_ok=True)
    if path.exists():
        with explained("--fresh starts without it"):
            state = load_checkpoint(path, model=model, optimizer=optimizer)
        done, minutes = len(state["epochs"]), state["spent"] / 60
        console.print(f"Going on after {done} epochs and {minutes:.1f} minutes (--fresh starts again)", style="bold")
        begin -= state["spent"]
    else:
        state["short"] = [vars(r) for r in short(task, chosen)]
        state["spent"] = time.monotonic() - begin
        manual_seed(chosen.seed)  # how the training goes must not depend on what came before
        save_checkpoint(path, model=model, optimizer=optimizer, **state)
    wanted = ((chosen.epochs or task.epochs or 0) - len(state["epochs"])) * len(loader)
    pace = Pace(chosen.budget * (1.0 - RESERVE) - state["spent"], per_step=state["per_step"])
    if chosen.epochs or task.epochs:
        pace = Pace(least=wanted, most=wanted)
    while state["share"] < 1.0:
        start = time.monotonic()
        label = f"epoch {len(state['epochs']) + 1}"
        progress = steps(len(loader), f"{label}, {state['share']:.0%} done before")
        loss, count, share = train(model, optimizer, loader, pace, task.lr, progress, state["share"])
        score, now = accuracy(model, task.test, 2000), time.monotonic()
        epoch = {"loss": loss, "accuracy": score, "passes": count / len(loader), "seconds": now - start}
        state["epochs"].append(epoch)
        state |= {"share": share, "spent": now - begin, "per_step": pace.per_step}
        save_checkpoint(path, model=model, optimizer=optimizer, **state)
        say = f"{label}: loss {loss:.3f}, test {score:.1%}, {epoch['seconds']:.1f} s; {share:.0%} done, "
        say += f"{state['spent'] / 60:.1f} of {chosen.budget / 60:g} minutes used"
        console.print(say, style="bold", soft_wrap=True)
    return model, state


def demand(seconds):
    """The accuracy on CIFAR-10 that a budget has to suffice for."""
    return max(accuracy for minutes, accuracy in DEMANDS.items() if 60 * minutes <= seconds)


def main():
    """Train, or go on with it; the exit status."""
    real = bool(os.environ.get("TT_DATA_DIR"))
    fresh = {"action": "store_true", "help": "start again, even if an interrupted training is there to go on with"}
    epochs = {"type": int, "help": "how many there are to be; unless given 24, or for CIFAR-10 what the budget allows"}
    chosen = options(__file__, __doc__, 15 if real else 6, "minutes", fresh=fresh, epochs=epochs)
    with explained():
        task = load(real)
    path = chosen.output / f"checkpoint_{task.name.replace(' ', '_')}_{chosen.seed}.safetensors"
    model, state = learn(task, chosen, path)

    results = [Result(**r) for r in state["short"]]
    epochs = sum(epoch["passes"] for epoch in state["epochs"])
    with trial(results, f"{task.name}, {epochs:.3g} epochs", task.demand or demand(chosen.budget)) as r:
        logits, labels = predict(model, task.test, len(task.test))
        r.accuracy = (logits.argmax(1) == labels).float().mean().item()
        r.parameters = sum(p.numel() for p in model.parameters())
        r.values.update(weights=fingerprint(*model.parameters()), epochs=state["epochs"])
    r.seconds += state["spent"] - sum(r["seconds"] for r in state["short"])
    per_epoch = min(e["seconds"] / e["passes"] for e in state["epochs"])
    console.print(f"\nAn epoch takes {per_epoch:.1f} s on {get_num_threads()} threads.")
    name = task.name.split("-")[0].split()[0].lower()
    picture = draw(model, task, logits, labels, state, chosen.output / f"cnn_{name}.png")
    status = verdict(
        f"A convolutional network, 2012: test images of {task.name} named rightly", results, chosen, picture
    )
    path.unlink()
    return status


if __name__ == "__main__":
    sys.exit(main())
