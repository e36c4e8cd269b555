"""The models against torchvision's, with torchvision's weights: names, shapes, results, gradients and statistics."""

import sys
import types

import numpy as np
import pytest
import tt_autograd as tt
import tt_spatial

torch = pytest.importorskip("torch")
# torchvision's compiled part fits one build of torch only; the models do without it.
sys.modules.setdefault("torchvision._meta_registrations", types.ModuleType("empty"))
torchvision = pytest.importorskip("torchvision")


@pytest.mark.parametrize("name", ["resnet18", "resnet50", "vgg11_bn"])
def test_torchvisions_weights_give_its_results(name):
    torch.manual_seed(0)
    theirs, ours = getattr(torchvision.models, name)(num_classes=7), getattr(tt_spatial, name)(num_classes=7)
    assert repr(ours) == repr(theirs)
    if "vgg" in name:  # whose linear layers are large
        theirs, ours = theirs.features, ours.features
    theirs.double()
    ours.double().load_state_dict({key: tt.tensor(value.numpy()) for key, value in theirs.state_dict().items()})
    images = np.random.default_rng(0).standard_normal((2, 3, 64, 64))
    for training in (False, True):
        theirs.train(training)
        ours.train(training)
        expected, found = theirs(torch.tensor(images)), ours(tt.tensor(images))
        np.testing.assert_allclose(found.detach().array, expected.detach().numpy(), rtol=1e-9, atol=1e-9)
        expected.square().mean().backward()
        (found * found).mean().backward()
        for p, q in zip(ours.parameters(), theirs.parameters(), strict=True):
            scale = float(q.grad.abs().max()) + 1e-9
            np.testing.assert_allclose(p.grad.array / scale, q.grad.numpy() / scale, atol=1e-6)
        for a, b in zip(ours.buffers(), theirs.buffers(), strict=True):
            np.testing.assert_allclose(a.array, b.numpy(), rtol=1e-9)
