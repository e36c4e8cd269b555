"""Milestone 5: a convolutional network (Krizhevsky, Sutskever and Hinton, 2012) names what is in colour photographs.

On CIFAR-10 where the environment variable TT_DATA_DIR names a folder with it; elsewhere on the embedded digits in colour.
Killed at any moment, it goes on from the end of the last epoch when it is started again.
"""

import os
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from report import Result, console, fingerprint, options, trial, verdict  # sets the threads: before NumPy

# isort: split
from draw_cnn import draw
from network import Network, Shuffled, accuracy, load, predict, sgd, train
from tinytorch import get_num_threads, manual_seed
from tinytorch.data import DataLoader
from tinytorch.optim import load_checkpoint, save_checkpoint

# The accuracy that a budget in minutes has to suffice for, on two cores; in between the lower one applies.
DEMANDS = {0: 0.3, 3: 0.5, 5: 0.6, 10: 0.7, 15: 0.75, 30: 0.82, 45: 0.85, 60: 0.88}
MARGIN = 0.05  # by as much must the controls fall behind
RESERVE = 0.06  # the share of the budget that is kept for the last test, and for a machine that gets slower


def short(task, chosen, count):
    """The network and two controls, each trained from scratch for the same few steps: lines of the table.

    The convolutions of the first control stay as they were drawn at random. To the other one the pixels are shown in another
    order: neighbours are no longer neighbours.
    """
    results = []

    def learn(label, change, at_most=1.0):
        with trial(results, label, at_most=at_most) as r:
            manual_seed(chosen.seed)
            model = change(Network(*task.shape))
            loader = DataLoader(task.train, task.batch_size, shuffle=True, drop_last=True)
            train(model, sgd(model), loader, count, (0.0, 1.0), task.lr, label)
            r.accuracy = accuracy(model, task.test, 2000)
            r.parameters = sum(p.numel() for p in model.parameters() if p.requires_grad)
        return r.accuracy

    def freeze(model):
        for p in model.features.parameters():
            p.requires_grad_(p.ndim == 1)
        return model

    best = learn(f"{count} steps from scratch", lambda model: model)
    learn("frozen convolutions", freeze, best - MARGIN)
    learn("pixels shuffled", lambda model: Shuffled(model, task.train.shape[1]), best - MARGIN)
    return results


def seconds_per_step(task):
    """How long a step of training takes: the fastest of some."""
    model = Network(*task.shape)
    optimizer, loader = sgd(model), DataLoader(task.train, task.batch_size, shuffle=True)
    times = []
    for k in range(4):
        begin = time.monotonic()
        train(model, optimizer, loader, 2, (0.0, 0.1), task.lr, f"measuring the speed, {k + 1} of 4")
        times.append((time.monotonic() - begin) / 2)
    return min(times)


def next_epoch(state, wanted, seconds, batches):
    """How far the next epoch goes: the number of steps, and the share of the training that is done after it.

    Args:
        state: the share that is done, the epochs that were, and the seconds that one takes.
        wanted: the number of epochs that was asked for; None for as many as time allows.
        seconds: how many are left.
        batches: the number of steps in an epoch; the last one takes fewer if time is short.
    """
    left = wanted - len(state["epochs"]) if wanted else max(0.02, seconds / state["epoch_seconds"])
    if left < 1.1:
        return max(1, int(batches * min(1.0, left))), 1.0
    return batches, state["share"] + (1.0 - state["share"]) / left


def learn(task, chosen, path):
    """The whole training, with a checkpoint after every epoch: the network, and what is in the checkpoint."""
    begin = time.monotonic()
    manual_seed(chosen.seed)
    model = Network(*task.shape)
    optimizer, loader = sgd(model), DataLoader(task.train, task.batch_size, shuffle=True, drop_last=True)
    state = {"share": 0.0, "spent": 0.0, "epoch_seconds": 0.0, "short": [], "epochs": []}
    if chosen.fresh:
        path.unlink(missing_ok=True)
    if path.exists():
        try:
            state = load_checkpoint(path, model=model, optimizer=optimizer)
        except ValueError as error:
            sys.exit(f"FAILED: {error}\n--fresh starts again, without it")
        done, minutes = len(state["epochs"]), state["spent"] / 60
        console.print(f"Going on after {done} epochs and {minutes:.1f} minutes (--fresh starts again)", style="bold")
        begin -= state["spent"]
    if not state["short"]:
        step = seconds_per_step(task)
        count = task.short or max(40, min(100, int(0.03 * chosen.budget / step)))
        state |= {"short": [vars(r) for r in short(task, chosen, count)], "epoch_seconds": step * len(loader)}
        state["spent"] = time.monotonic() - begin
        manual_seed(chosen.seed)  # how the training goes must not depend on what came before
        save_checkpoint(path, model=model, optimizer=optimizer, **state)
    while state["share"] < 1.0:
        start = time.monotonic()
        left = chosen.budget * (1.0 - RESERVE) - (start - begin)
        count, share = next_epoch(state, chosen.epochs or task.epochs, left, len(loader))
        label = f"{state['share']:4.0%} done; epoch {len(state['epochs']) + 1}"
        loss = train(model, optimizer, loader, count, (state["share"], share), task.lr, label)
        score, now = accuracy(model, task.test, 2000), time.monotonic()
        epoch = {"loss": loss, "accuracy": score, "passes": count / len(loader), "seconds": now - start}
        state["epochs"].append(epoch)
        state |= {"share": share, "spent": now - begin, "epoch_seconds": epoch["seconds"] / epoch["passes"]}
        save_checkpoint(path, model=model, optimizer=optimizer, **state)
        say = f"{label}: loss {loss:.3f}, test {score:.1%}, {epoch['seconds']:.1f} s"
        say += f"; {state['spent'] / 60:.1f} of {chosen.budget / 60:g} minutes used"
        console.print(say, style="bold", soft_wrap=True)
    return model, state


def demand(seconds):
    """The accuracy on CIFAR-10 that a budget has to suffice for."""
    return max(accuracy for minutes, accuracy in DEMANDS.items() if 60 * minutes <= seconds)


def main():
    """Train, or go on with it; the exit status."""
    real = bool(os.environ.get("TT_DATA_DIR"))
    fresh = {"action": "store_true", "help": "start again, even if an interrupted training is there to go on with"}
    epochs = {"type": int, "help": "how many there are to be; by default as many as fit into the budget"}
    chosen = options(__file__, __doc__, 15 if real else 4, "minutes", fresh=fresh, epochs=epochs)
    try:
        task = load(real)
    except (OSError, ValueError) as error:
        console.print(f"FAILED: {error}", style="bold red", markup=False, soft_wrap=True)
        return 1
    path = chosen.output / f"checkpoint_{task.name.replace(' ', '_')}_{chosen.seed}.safetensors"
    model, state = learn(task, chosen, path)

    results = [Result(**r) for r in state["short"]]
    epochs = sum(epoch["passes"] for epoch in state["epochs"])
    with trial(results, f"{task.name}, {epochs:.1f} epochs", task.demand or demand(chosen.budget)) as r:
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
