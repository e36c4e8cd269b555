"""What tinytorch.data makes can require a gradient, wherever it is made."""

import inspect
import multiprocessing
import pickle
import subprocess
import sys

import numpy as np
import pytest
import tinytorch
import tt_data
import tt_data.transforms
from tinytorch import data, text


@pytest.mark.parametrize("package", ["", "transforms"])
def test_every_class_that_makes_tensors_is_redefined(package):
    theirs, ours = (getattr(x, package) if package else x for x in (tt_data, data))
    makers = [x for _, x in inspect.getmembers(theirs, inspect.isclass) if issubclass(x, tt_data.MakesTensors)]
    assert makers
    for theirs_ in makers:
        own = getattr(ours, theirs_.__name__)
        assert own is not theirs_, theirs_.__name__
        assert issubclass(own, theirs_)
        assert type(own.make(np.zeros(2))) is tinytorch.Tensor
        assert pickle.loads(pickle.dumps(own)) is own


@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="needs fork")
@pytest.mark.parametrize("batch_size", [None, 2])
@pytest.mark.parametrize(
    "samples",
    [
        [np.zeros((50, 50)), np.ones((50, 50))],
        data.Digits(),
        data.Augmented(data.Digits(dtype=np.uint8), lambda image: image.numpy()),
        text.TokenDataset(np.arange(20), context=4),
        data.ConcatDataset([text.TokenDataset(np.arange(20), context=4), text.TokenDataset(np.arange(9), context=4)]),
        data.StackDataset(text.TokenDataset(np.arange(20), context=4), data.Subset(data.Digits(), range(4))),
    ],
)
def test_loading(samples, batch_size):
    for settings in ({}, {"num_workers": 1, "multiprocessing_context": "fork"}):
        found = next(iter(data.DataLoader(samples, batch_size, **settings)))
        found = found if isinstance(found, list | tuple) else [found]
        found = [x for part in found for x in (part if isinstance(part, list | tuple) else [part])]
        assert [type(x) for x in found] == [tinytorch.Tensor] * len(found)
        assert (found[0] * 1.0).requires_grad_().requires_grad


@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="needs fork")
@pytest.mark.parametrize(
    "samples",
    [data.Digits(), [(x, k % 10) for k, x in enumerate(tinytorch.rand(70, 64))]],
    ids=["gathered", "collated"],
)
def test_a_step_of_training_with_workers(samples):
    model = tinytorch.nn.Sequential(tinytorch.nn.Flatten(), tinytorch.nn.Linear(64, 10))
    for images, labels in data.DataLoader(samples, 64, num_workers=1, multiprocessing_context="fork"):
        assert (images.dtype, labels.dtype) == (tinytorch.float32, tinytorch.int64)
        tinytorch.nn.functional.cross_entropy(model(images), labels).backward()
    assert model[1].weight.grad.abs().sum() > 0


def test_a_loader_can_stand_in_an_annotation():
    def train(loader: data.DataLoader[list[int]], samples: data.Dataset[int]) -> None: ...

    train(data.DataLoader([1, 2]), data.TensorDataset(tinytorch.ones(2)))


def test_functions_of_transforms_are_a_module_of_their_own():
    code = "import tinytorch; print(tinytorch.data.transforms.functional.__name__)"  # where nobody imported it by name
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["tinytorch.data.transforms.functional"]
    import tinytorch.data.transforms.functional as F

    assert F is data.transforms.functional
    assert set(F.__all__) == set(tt_data.transforms.functional.__all__)
    assert type(F.to_tensor(np.zeros((2, 2, 3), np.uint8))) is tinytorch.Tensor
    image = pytest.importorskip("PIL.Image").fromarray(np.zeros((2, 2, 3), np.uint8))
    assert type(F.pil_to_tensor(image)) is tinytorch.Tensor
