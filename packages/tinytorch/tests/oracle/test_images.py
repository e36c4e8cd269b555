"""Small programs on images, run unchanged with both libraries from equal weights in float64: equal numbers."""

import numpy as np
import pytest
import tinytorch

pytorch = pytest.importorskip("torch")


class Source:
    """Normal numbers and initial weights, equal in both libraries."""

    def __init__(self, torch):
        self.torch, self.rng = torch, np.random.default_rng(0)

    def normal(self, *shape):
        return self.torch.from_numpy(self.rng.standard_normal(shape))

    def begin(self, model):
        model.double()
        for p in model.parameters():
            p.data.copy_(self.normal(*p.shape) * (0.3 if p.dim() > 1 else 0.1) + (p.dim() == 1))
        return model


def segmentation(torch, source):
    """A U-Net with skip connections, a loss of cross entropy and overlap, a schedule, and what a layer looks at."""
    nn, F = torch.nn, torch.nn.functional

    def block(i, o):
        return nn.Sequential(nn.Conv2d(i, o, 3, padding=1, bias=False), nn.BatchNorm2d(o), nn.ReLU(inplace=True))

    class UNet(nn.Module):
        def __init__(self):
            super().__init__()
            self.down1, self.down2, self.bottom = block(3, 4), block(4, 8), block(8, 8)
            self.up2, self.up1 = nn.ConvTranspose2d(8, 8, 2, stride=2), nn.Upsample(scale_factor=2, mode="bilinear")
            self.join2, self.join1, self.head = block(16, 8), block(12, 4), nn.Conv2d(4, 3, 1)

        def forward(self, x):
            a = self.down1(x)
            b = self.down2(F.max_pool2d(a, 2))
            c = self.up2(self.bottom(F.avg_pool2d(b, 2)))
            c = F.pad(c, [0, b.size(3) - c.size(3), 0, b.size(2) - c.size(2)])
            b = self.join2(torch.cat([b, c], dim=1))
            return self.head(self.join1(torch.cat([a, self.up1(b)], dim=1)))

    model, x = source.begin(UNet()), source.normal(2, 3, 12, 14)
    target = (source.normal(2, 12, 14) * 1.5).abs().long().clamp(max=2)
    target[:, 0] = 255
    valid = (target != 255).unsqueeze(1)
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.05)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=0.05, total_steps=4)
    out = []
    for _ in range(3):
        scores = model(x)
        overlap = scores.softmax(1) * valid
        truth = F.one_hot(target.clamp(max=2), 3).permute(0, 3, 1, 2) * valid
        dice = (2 * (overlap * truth).sum((2, 3)) + 1) / (overlap.sum((2, 3)) + truth.sum((2, 3)) + 1)
        loss = F.cross_entropy(scores, target, ignore_index=255, label_smoothing=0.1) + 1 - dice.mean()
        optimizer.zero_grad()
        loss.backward()
        out += [loss, nn.utils.clip_grad_norm_(model.parameters(), 1.0)]
        optimizer.step()
        schedule.step()
    model.eval()
    seen = {}
    model.bottom.register_forward_hook(lambda module, args, output: seen.update(activation=output))
    model.bottom.register_full_backward_hook(lambda module, given, got: seen.update(gradient=got[0]))
    model(x)[:, 1].sum().backward()
    weight = seen["gradient"].mean((2, 3), keepdim=True)
    cam = F.relu((weight * seen["activation"]).sum(1, keepdim=True))
    return [*out, F.interpolate(cam, size=(12, 14), mode="bicubic"), *model.state_dict().values()]


def adversaries(torch, source):
    """A generator and a discriminator with a penalty on its gradient: second derivatives of most layers."""
    nn = torch.nn
    generator = source.begin(
        nn.Sequential(
            nn.ConvTranspose2d(4, 8, 3), nn.InstanceNorm2d(8, affine=True), nn.PReLU(), nn.Upsample(scale_factor=2),
            nn.ReflectionPad2d(1), nn.Conv2d(8, 4, 3), nn.PixelShuffle(2), nn.Tanh(),
        )
    )  # fmt: skip
    critic = source.begin(
        nn.Sequential(
            nn.Conv2d(1, 4, 3, stride=2, padding=1, padding_mode="circular"), nn.BatchNorm2d(4), nn.SiLU(),
            nn.Conv2d(4, 8, 3, padding=1, groups=2), nn.GroupNorm(2, 8), nn.LeakyReLU(0.2), nn.MaxPool2d(2), nn.Flatten(),
            nn.Linear(72, 1),
        )
    )  # fmt: skip
    of_critic = torch.optim.Adam(critic.parameters(), lr=0.01, betas=(0.0, 0.9))
    of_generator = torch.optim.RMSprop(generator.parameters(), lr=0.01)
    out = []
    for _ in range(3):
        real, fake = source.normal(3, 1, 12, 12), generator(source.normal(3, 4, 1, 1))
        mixed = torch.lerp(real, fake.detach(), 0.3).requires_grad_()
        (slope,) = torch.autograd.grad(critic(mixed).sum(), mixed, create_graph=True)
        penalty = (slope.flatten(1).norm(2, dim=1) - 1).square().mean()
        loss = critic(fake.detach()).mean() - critic(real).mean() + 10 * penalty
        of_critic.zero_grad()
        loss.backward()
        of_critic.step()
        critic.requires_grad_(False)
        worth = -critic(fake).mean()
        of_generator.zero_grad()
        worth.backward()
        of_generator.step()
        critic.requires_grad_(True)
        out += [loss, penalty, worth, fake]
    return [*out, *generator.state_dict().values(), *critic.state_dict().values()]


@pytest.mark.parametrize("program", [segmentation, adversaries], ids=lambda p: p.__name__)
def test_program(program):
    ours, theirs = program(tinytorch, Source(tinytorch)), program(pytorch, Source(pytorch))
    assert len(ours) == len(theirs)
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(a.detach().numpy(), b.detach().numpy(), rtol=1e-7, atol=1e-9)
