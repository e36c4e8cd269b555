"""What a training loop relies on, across the packages: mistakes here do not raise, they only make models worse."""

import numpy as np
import pytest
import tinytorch as torch
from tinytorch import nn, optim
from tinytorch.optim import lr_scheduler as lr

OPTIMIZERS = ["SGD", "Adam", "AdamW", "Adamax", "NAdam", "RAdam", "RMSprop", "Adagrad", "Adadelta", "Lion"]
SCHEDULES = {
    "LambdaLR": lambda o: lr.LambdaLR(o, lambda e: np.float64(0.9) ** e),
    "MultiplicativeLR": lambda o: lr.MultiplicativeLR(o, lambda _: np.float64(0.9)),
    "StepLR": lambda o: lr.StepLR(o, 1, gamma=np.float64(0.5)),
    "MultiStepLR": lambda o: lr.MultiStepLR(o, [1, 2]),
    "ConstantLR": lambda o: lr.ConstantLR(o, total_iters=2),
    "LinearLR": lambda o: lr.LinearLR(o, total_iters=2),
    "ExponentialLR": lambda o: lr.ExponentialLR(o, np.float64(0.9)),
    "PolynomialLR": lambda o: lr.PolynomialLR(o, total_iters=5, power=2.0),
    "CosineAnnealingLR": lambda o: lr.CosineAnnealingLR(o, np.int64(5)),
    "CosineAnnealingWarmRestarts": lambda o: lr.CosineAnnealingWarmRestarts(o, 2),
    "CyclicLR": lambda o: lr.CyclicLR(o, np.float64(0.01), np.float64(0.1), cycle_momentum=False),
    "OneCycleLR": lambda o: lr.OneCycleLR(o, np.float64(0.1), total_steps=5, cycle_momentum=False),
}


def net(seed=0):
    torch.manual_seed(seed)
    return nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 3))


def batch(n=12):
    rng = np.random.default_rng(0)
    return torch.from_numpy(rng.standard_normal((n, 4)).astype("f")), torch.from_numpy(rng.integers(0, 3, n))


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_hyperparameters_of_numpy_leave_parameters_in_float32(name):
    model, (x, y) = net(), batch()
    optimizer = getattr(optim, name)(model.parameters(), lr=np.float64(0.01), weight_decay=np.float64(0.1))
    for _ in range(2):
        optimizer.zero_grad()
        nn.CrossEntropyLoss()(model(x), y).backward()
        nn.utils.clip_grad_norm_(model.parameters(), np.float64(0.1))
        optimizer.step()
    kept = [v for state in optimizer.state.values() for v in state.values() if torch.is_tensor(v)]
    assert {v.dtype for v in [*model.parameters(), *(p.grad for p in model.parameters()), *kept]} == {torch.float32}


@pytest.mark.parametrize("name", SCHEDULES)
def test_schedules_keep_learning_rates_plain(name):
    model, (x, y) = net(), batch()
    optimizer = optim.SGD(model.parameters(), lr=0.1)
    schedule = SCHEDULES[name](optimizer)
    for _ in range(4):
        nn.CrossEntropyLoss()(model(x), y).backward()
        optimizer.step()
        schedule.step()
    assert {p.dtype for p in model.parameters()} == {torch.float32}
    assert {type(rate) for rate in schedule.get_last_lr()} == {float}


def test_the_first_epoch_has_the_first_learning_rate():
    optimizer = optim.SGD([torch.ones(1, requires_grad=True)], lr=1.0)
    schedule = lr.StepLR(optimizer, 2, gamma=0.5)
    rates = []
    for _ in range(5):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step()
    assert rates == [1.0, 1.0, 0.5, 0.5, 0.25]


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_accumulated_gradients_are_those_of_the_whole_batch(name):
    (x, y), whole, parts = batch(), net(), net()
    for model, size in ((whole, 12), (parts, 3)):
        optimizer = getattr(optim, name)(model.parameters(), lr=0.01)
        for _ in range(3):
            optimizer.zero_grad()
            for xs, ys in zip(x.split(size), y.split(size), strict=True):
                (nn.functional.cross_entropy(model(xs), ys) * (size / 12)).backward()
            # rounding would decide the sign, on which some optimizers step, of a gradient that cancels out
            for p in model.parameters():
                p.grad[p.grad.abs() < 1e-6] = 0.0
            optimizer.step()
    for a, b in zip(whole.parameters(), parts.parameters(), strict=True):
        np.testing.assert_allclose(a.detach().numpy(), b.detach().numpy(), rtol=2e-4, atol=2e-5)


def test_evaluation_draws_nothing_and_changes_nothing():
    model = nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.Dropout(0.5), nn.AlphaDropout(0.5), nn.RReLU())
    x, _ = batch()
    model(x)
    model.eval()
    before, state = {k: v.clone() for k, v in model.state_dict().items()}, torch.get_rng_state()
    with torch.no_grad():
        first, second = model(x), model(x)
    assert first.equal(second)
    assert all(v.equal(before[k]) for k, v in model.state_dict().items())
    assert torch.get_rng_state().equal(state)
    alone = torch.cat([model(row) for row in x.split(1)])  # a row's result does not depend on its batch
    np.testing.assert_allclose(alone.detach().numpy(), first.numpy(), rtol=1e-5, atol=1e-6)


def test_a_graph_cut_through_data_is_explained():
    model, (x, _) = net(), batch()
    h = model[0](x).data.reshape(-1, 8)
    assert "data" in torch.explain(model[2](h).sum(), model[0].weight)


def test_large_ids_stay_whole():
    ids = torch.tensor([2**24 + 1, 2**53 + 1])
    assert ids.tolist() == [2**24 + 1, 2**53 + 1]
    assert torch.stack([ids, ids]).flatten().flip(0)[0].item() == 2**53 + 1
    with pytest.raises(TypeError):
        nn.Embedding(4, 2)(torch.tensor([1.0]))
