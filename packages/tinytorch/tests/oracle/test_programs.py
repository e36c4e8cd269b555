"""Small programs as tutorials have them, run unchanged with both libraries from equal initial weights: equal losses.

Each takes the library as `torch` and returns the numbers that it would print.
"""

import copy

import numpy as np
import pytest
import tinytorch

pytorch = pytest.importorskip("torch")


def data(torch, *shapes, seed=0):
    """Normal inputs, equal in both libraries."""
    rng = np.random.default_rng(seed)
    return [torch.from_numpy(rng.standard_normal(shape).astype(np.float32)) for shape in shapes]


def begin(torch, model, seed=1):
    """Fill the parameters with numbers that do not depend on the library."""
    rng = np.random.default_rng(seed)
    with torch.no_grad():
        for p in model.parameters():
            fan = p.shape[-1] if p.dim() > 1 else 4
            p.copy_(torch.from_numpy((rng.standard_normal(tuple(p.shape)) / fan**0.5).astype(np.float32)))
    return model


def linear_regression_by_hand(torch, tmp_path):
    x, noise = data(torch, (50, 3), (50, 1))
    y = x @ torch.tensor([[1.0], [-2.0], [0.5]]) + 0.3 + 0.01 * noise
    w = torch.zeros(3, 1, requires_grad=True)
    b = torch.zeros(1, requires_grad=True)
    losses = []
    for _ in range(30):
        loss = ((x.mm(w) + b - y) ** 2).mean()
        loss.backward()
        w.data -= 0.1 * w.grad.data
        b.data.sub_(b.grad, alpha=0.1)
        w.grad.zero_()
        b.grad = None
        losses.append(loss.item())
    return losses + w.detach().numpy().ravel().tolist() + [b.item()]


def mlp_with_batch_norm_and_dropout(torch, tmp_path):
    nn, F = torch.nn, torch.nn.functional

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc1 = nn.Linear(8, 16)
            self.bn = nn.BatchNorm1d(16)
            self.drop = nn.Dropout(p=0.0)
            self.fc2 = nn.Linear(16, 3)

        def forward(self, x):
            return F.log_softmax(self.fc2(self.drop(F.relu(self.bn(self.fc1(x))))), dim=1)

    (x,) = data(torch, (96, 8))
    y = (x[:, 0] > 0).long() + (x[:, 1] > 0).long()
    model = begin(torch, Net())
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2, weight_decay=1e-4)
    out = []
    for epoch in range(4):
        model.train()
        model.drop.p = 0.0  # random numbers differ between the libraries
        for k in range(0, 96, 32):
            optimizer.zero_grad(set_to_none=epoch % 2 == 0)
            loss = F.nll_loss(model(x[k : k + 32]), y[k : k + 32])
            loss.backward()
            optimizer.step()
            out.append(loss.item())
        model.eval()
        model.drop.p = 0.5
        with torch.no_grad():
            pred = model(x).argmax(dim=1, keepdim=True)
            out.append(pred.eq(y.view_as(pred)).sum().item() / len(x))
    return out + model.bn.running_var.tolist() + [model.bn.num_batches_tracked.item()]


def autoencoder(torch, tmp_path):
    nn = torch.nn
    encoder = nn.Sequential(nn.Flatten(), nn.Linear(36, 12), nn.Tanh(), nn.Linear(12, 4))
    decoder = nn.Sequential(nn.Linear(4, 12), nn.GELU(), nn.Linear(12, 36), nn.Sigmoid(), nn.Unflatten(1, (1, 6, 6)))
    begin(torch, nn.Sequential(encoder, decoder))
    (x,) = data(torch, (20, 1, 6, 6))
    x = (x > 0).float()
    optimizer = torch.optim.RMSprop(
        [{"params": encoder.parameters(), "lr": 3e-3}, {"params": decoder.parameters()}], lr=1e-3
    )
    criterion = nn.BCELoss()
    losses = []
    for _ in range(15):
        recon = decoder(encoder(x))
        loss = criterion(recon, x)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


def custom_function(torch, tmp_path):
    class Legendre(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return 0.5 * (5 * x**3 - 3 * x)

        @staticmethod
        def backward(ctx, grad_output):
            (x,) = ctx.saved_tensors
            return grad_output * 1.5 * (5 * x**2 - 1)

    class Straight(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, levels):
            ctx.mark_non_differentiable()
            return torch.round(x * levels) / levels

        @staticmethod
        def backward(ctx, grad_output):
            assert ctx.needs_input_grad == (True, False)
            return grad_output, None

    x = torch.linspace(-1, 1, 200)
    y = torch.sin(3 * x)
    a, b, c, d = (torch.full((), v, requires_grad=True) for v in (0.1, -1.0, 0.2, 0.3))
    losses = []
    for _ in range(20):
        loss = (Straight.apply(a + b * Legendre.apply(c + d * x), 64) - y).pow(2).sum()
        loss.backward()
        with torch.no_grad():
            for p in (a, b, c, d):
                p -= 1e-3 * p.grad
                p.grad = None
        losses.append(loss.item())
    return losses


def gradient_penalty(torch, tmp_path):
    nn = torch.nn
    critic = begin(
        torch, nn.Sequential(nn.Linear(2, 16), nn.LeakyReLU(0.2), nn.Linear(16, 16), nn.Softplus(), nn.Linear(16, 1))
    )
    generator = begin(torch, nn.Sequential(nn.Linear(3, 16), nn.ReLU(True), nn.Linear(16, 2)), seed=2)
    opt_c = torch.optim.Adam(critic.parameters(), lr=1e-3, betas=(0.5, 0.9))
    opt_g = torch.optim.Adam(generator.parameters(), lr=1e-3, betas=(0.5, 0.9))
    real, z, u = data(torch, (32, 2), (32, 3), (32, 1))
    alpha = u.sigmoid()
    out = []
    for _ in range(6):
        fake = generator(z)
        mixed = (alpha * real + (1 - alpha) * fake.detach()).requires_grad_(True)
        score = critic(mixed)
        (g,) = torch.autograd.grad(
            outputs=score,
            inputs=mixed,
            grad_outputs=torch.ones_like(score),
            create_graph=True,
            retain_graph=True,
            only_inputs=True,
        )
        penalty = ((g.view(g.size(0), -1).norm(2, dim=1) - 1) ** 2).mean()
        loss = critic(fake.detach()).mean() - critic(real).mean() + 10 * penalty
        opt_c.zero_grad()
        loss.backward()
        opt_c.step()
        opt_g.zero_grad()
        loss_g = -critic(fake).mean()
        loss_g.backward()
        opt_g.step()
        out += [loss.item(), penalty.item(), loss_g.item()]
    return out


def shared_weights(torch, tmp_path):
    nn = torch.nn

    class Language(nn.Module):
        def __init__(self):
            super().__init__()
            self.embed = nn.Embedding(11, 6)
            self.mix = nn.Linear(12, 6)
            self.out = nn.Linear(6, 11, bias=False)
            self.out.weight = self.embed.weight

        def forward(self, ids):
            return self.out(torch.tanh(self.mix(self.embed(ids).flatten(1))))

    model = begin(torch, Language())
    assert len(list(model.parameters())) == 3
    assert len(model.state_dict()) == 4
    ids = torch.arange(60) * 7 % 11
    x, y = torch.stack([ids[:-2], ids[1:-1]], dim=1), ids[2:]
    optimizer = torch.optim.SGD(model.parameters(), lr=0.5, momentum=0.9, nesterov=True)
    losses = []
    for _ in range(20):
        optimizer.zero_grad()
        loss = nn.CrossEntropyLoss(label_smoothing=0.1)(model(x), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert model.out.weight is model.embed.weight
    return losses


def frozen_layers_and_accumulated_gradients(torch, tmp_path):
    nn = torch.nn
    model = begin(torch, nn.Sequential(nn.Linear(5, 10), nn.ELU(), nn.LayerNorm(10), nn.Linear(10, 2)))
    for p in model[0].parameters():
        p.requires_grad = False
    frozen = model[0].weight.clone()
    optimizer = torch.optim.AdamW(filter(lambda p: p.requires_grad, model.parameters()), lr=1e-2)
    x, y = data(torch, (64, 5), (64, 2))
    steps = 4
    out = []
    for epoch in range(5):
        if epoch == 3:  # thaw
            model[0].requires_grad_(True)
            optimizer.add_param_group({"params": model[0].parameters(), "lr": 1e-3})
        optimizer.zero_grad()
        for i, (xb, yb) in enumerate(zip(x.split(16), y.split(16))):
            loss = nn.functional.mse_loss(model(xb), yb) / steps
            loss.backward()
            if (i + 1) % steps == 0:
                out.append(sum(p.grad.abs().sum().item() for p in model.parameters() if p.grad is not None))
                optimizer.step()
                optimizer.zero_grad()
            out.append(loss.item())
        if epoch == 2:
            assert torch.equal(frozen, model[0].weight)
    assert not torch.equal(frozen, model[0].weight)
    return out


def moving_averages(torch, tmp_path):
    nn, swa_utils = torch.nn, torch.optim.swa_utils
    model = begin(torch, nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.SiLU(), nn.Linear(8, 1)))
    ema = copy.deepcopy(model).requires_grad_(False)
    swa = swa_utils.AveragedModel(model)
    ema2 = swa_utils.AveragedModel(model, multi_avg_fn=swa_utils.get_ema_multi_avg_fn(0.9))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
    schedule = swa_utils.SWALR(optimizer, swa_lr=0.01, anneal_epochs=3)
    x, y = data(torch, (40, 4), (40, 1))
    out = []
    for step in range(10):
        optimizer.zero_grad()
        loss = nn.functional.huber_loss(model(x), y, delta=0.5)
        loss.backward()
        optimizer.step()
        with torch.no_grad():
            for a, p in zip(ema.parameters(), model.parameters()):
                a.mul_(0.9).add_(p, alpha=0.1)
        ema2.update_parameters(model)
        if step >= 4:
            swa.update_parameters(model)
            schedule.step()
        out += [loss.item(), optimizer.param_groups[0]["lr"]]
    swa_utils.update_bn([x[:20], x[20:]], swa)
    for m in (ema, ema2, swa):
        m.eval()
        out.append(nn.MSELoss()(m(x), y).item())
    return out


def schedule_and_clipping(torch, tmp_path):
    nn, lr = torch.nn, torch.optim.lr_scheduler
    model = begin(torch, nn.Sequential(nn.Linear(6, 12), nn.Mish(), nn.Linear(12, 3)))
    x, y = data(torch, (30, 6), (30, 3))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    warmup = lr.LinearLR(optimizer, start_factor=0.1, total_iters=4)
    cosine = lr.CosineAnnealingLR(optimizer, T_max=8)
    schedule = lr.SequentialLR(optimizer, [warmup, cosine], milestones=[4])
    plateau = lr.ReduceLROnPlateau(optimizer, patience=1, factor=0.5)
    out = []
    for epoch in range(16):
        optimizer.zero_grad()
        loss = nn.SmoothL1Loss()(model(10 * x), y)
        loss.backward()
        norm = nn.utils.clip_grad_norm_(model.parameters(), max_norm=0.25)
        nn.utils.clip_grad_value_(model.parameters(), 0.1)
        optimizer.step()
        if epoch < 12:
            schedule.step()
        else:
            plateau.step(loss)
        out += [loss.item(), norm.item(), optimizer.param_groups[0]["lr"]]
    return out + schedule.get_last_lr()


def resumed_run(torch, tmp_path):
    nn = torch.nn

    def fresh():
        model = begin(torch, nn.Sequential(nn.Linear(4, 8), nn.PReLU(), nn.Linear(8, 2)))
        optimizer = torch.optim.NAdam(model.parameters(), lr=0.01)
        return model, optimizer, torch.optim.lr_scheduler.StepLR(optimizer, step_size=3, gamma=0.5)

    def train(model, optimizer, schedule, n):
        losses = []
        for _ in range(n):
            optimizer.zero_grad()
            loss = nn.MSELoss()(model(x), y)
            loss.backward()
            optimizer.step()
            schedule.step()
            losses.append(loss.item())
        return losses

    x, y = data(torch, (12, 4), (12, 2))
    whole = train(*fresh(), 10)
    model, optimizer, schedule = fresh()
    first = train(model, optimizer, schedule, 5)
    path = str(tmp_path / "checkpoint.pt")
    states = {"m": model.state_dict(), "o": optimizer.state_dict(), "s": schedule.state_dict()}
    torch.save({"epoch": 5, "losses": first, **states}, path)
    model, optimizer, schedule = fresh()
    saved = torch.load(path, weights_only=False)
    assert saved["epoch"] == 5
    assert saved["losses"] == first
    assert str(model.load_state_dict(saved["m"])) == "<All keys matched successfully>"
    optimizer.load_state_dict(saved["o"])
    schedule.load_state_dict(saved["s"])
    second = train(model, optimizer, schedule, 5)
    assert first + second == whole
    return whole


def hooks_for_activations(torch, tmp_path):
    nn = torch.nn
    model = begin(torch, nn.Sequential(nn.Linear(5, 7), nn.ReLU(), nn.Linear(7, 2)))
    activations, gradients, shapes = {}, {}, []

    def keep(name):
        def hook(module, args, output):
            activations[name] = output.detach()

        return hook

    handles = [module.register_forward_hook(keep(name)) for name, module in model.named_children()]
    handles.append(model[1].register_full_backward_hook(lambda m, gi, go: gradients.update(gi=gi[0], go=go[0])))
    handles.append(model.register_forward_pre_hook(lambda m, args: shapes.append(tuple(args[0].shape))))
    model[0].weight.register_hook(lambda g: g * 2)
    (x,) = data(torch, (6, 5))
    hidden = model[1](model[0](x))
    hidden.retain_grad()
    model[2](hidden).square().mean().backward()
    model(x).sum().backward()
    for h in handles:
        h.remove()
    activations_kept = len(activations)
    model(x)
    out = [float(len(shapes)), float(activations_kept), hidden.grad.norm().item(), model[0].weight.grad.norm().item()]
    out += [a.norm().item() for _, a in sorted(activations.items())]
    return out + [gradients["gi"].norm().item(), gradients["go"].norm().item()]


def curvature(torch, tmp_path):
    functional = torch.autograd.functional
    (x, v) = data(torch, (4,), (4,))

    def rosenbrock(z):
        return (100 * (z[1:] - z[:-1] ** 2) ** 2 + (1 - z[:-1]) ** 2).sum()

    def map_(z):
        return torch.stack([z.prod(), z.exp().sum(), (z * z.flip(0)).sum()])

    out = functional.hessian(rosenbrock, x).flatten().tolist()
    out += functional.jacobian(map_, x).flatten().tolist()
    out += functional.vhp(rosenbrock, x, v)[1].tolist() + functional.jvp(map_, x, v)[1].tolist()
    z = x.clone().requires_grad_()
    for _ in range(5):  # Newton's method
        (g,) = torch.autograd.grad(rosenbrock(z), z, create_graph=True)
        rows = [torch.autograd.grad(g_i, z, retain_graph=True)[0] for g_i in g]
        with torch.no_grad():
            z -= torch.linalg.solve(torch.stack(rows) + 200 * torch.eye(4), g)
        out.append(rosenbrock(z).item())
    return out


def module_with_buffers_and_lists(torch, tmp_path):
    nn = torch.nn

    class Experts(nn.Module):
        def __init__(self, n=3, d=4):
            super().__init__()
            self.weights = nn.ParameterList([nn.Parameter(torch.zeros(d, d)) for _ in range(n)])
            self.scales = nn.ParameterDict({"in": nn.Parameter(torch.ones(d)), "out": nn.Parameter(torch.ones(d))})
            self.norms = nn.ModuleDict({"a": nn.LayerNorm(d), "b": nn.Identity()})
            self.gate = nn.Linear(d, n)
            self.register_buffer("seen", torch.zeros(n))
            self.register_buffer("scratch", torch.ones(1), persistent=False)
            self.register_parameter("nothing", None)

        def forward(self, x):
            p = self.gate(x).softmax(-1)
            self.seen += p.detach().sum(0)
            x = x * self.scales["in"]
            y = sum(p[:, i, None] * (x @ w) for i, w in enumerate(self.weights))
            return self.norms["a"](self.norms["b"](y)) * self.scales["out"] * self.scratch

    torch.manual_seed(0)
    model = begin(torch, Experts())
    other = Experts()
    assert list(model.state_dict()) == [
        "seen", "weights.0", "weights.1", "weights.2", "scales.in", "scales.out", "norms.a.weight", "norms.a.bias", "gate.weight",
        "gate.bias",
    ]  # fmt: skip
    x, y = data(torch, (10, 4), (10, 4))
    optimizer = torch.optim.Adagrad(model.parameters(), lr=0.05)
    out = []
    for _ in range(6):
        loss = (model(x) - y).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        out.append(loss.item())
    other.load_state_dict(model.state_dict())
    assert torch.equal(other(x), (model.eval(), model(x))[1])
    model.double()
    out.append(model(x.double()).sum().item())
    assert {v.dtype for v in model.state_dict().values()} == {torch.float64}
    n = sum(p.numel() for p in model.parameters() if p.requires_grad)
    vector = nn.utils.parameters_to_vector(model.parameters())
    assert vector.shape == (n,)
    nn.utils.vector_to_parameters(vector * 0.5, model.parameters())
    return [*out, *model.seen.tolist(), float(n), model(x.double()).sum().item()]


def checkpointed_and_compared(torch, tmp_path):
    """Recomputation, weight normalization, a policy gradient with a detached baseline, and in-place arithmetic."""
    nn, F = torch.nn, torch.nn.functional
    blocks = nn.ModuleList(nn.Sequential(nn.Linear(6, 6), nn.Tanh()) for _ in range(3))
    head = nn.Linear(6, 4)
    model = begin(torch, nn.ModuleList([blocks, head]))
    head = nn.utils.weight_norm(head)
    (x, reward) = data(torch, (9, 6), (9,))
    action = torch.arange(9) % 4
    optimizer = torch.optim.Adamax(model.parameters(), lr=5e-3)
    baseline = torch.zeros(())
    out = []
    for _ in range(6):
        h = x
        for block in blocks:
            h = torch.utils.checkpoint.checkpoint(block, h, use_reentrant=False)
        logits = head(h)
        logp = F.log_softmax(logits, dim=-1).gather(1, action.unsqueeze(1)).squeeze(1)
        entropy = -(logits.softmax(-1) * logits.log_softmax(-1)).sum(-1).mean()
        loss = -(logp * (reward - baseline)).mean() - 0.01 * entropy
        baseline.mul_(0.9).add_(reward.mean() * 0.1)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        out += [loss.item(), entropy.item(), baseline.item()]
    return out + [name for name, _ in head.named_parameters()]


PROGRAMS = [
    linear_regression_by_hand,
    mlp_with_batch_norm_and_dropout,
    autoencoder,
    custom_function,
    gradient_penalty,
    shared_weights,
    frozen_layers_and_accumulated_gradients,
    moving_averages,
    schedule_and_clipping,
    resumed_run,
    hooks_for_activations,
    curvature,
    module_with_buffers_and_lists,
    checkpointed_and_compared,
]


@pytest.mark.filterwarnings("ignore")  # PyTorch's own deprecations
@pytest.mark.parametrize("program", PROGRAMS, ids=lambda p: p.__name__)
def test_program(program, tmp_path):
    ours, theirs = program(tinytorch, tmp_path), program(pytorch, tmp_path)
    assert len(ours) == len(theirs)
    for a, b in zip(ours, theirs, strict=True):
        assert type(a) is type(b)
        assert a == b if isinstance(a, str) else a == pytest.approx(b, rel=1e-5, abs=1e-5), (ours, theirs)
