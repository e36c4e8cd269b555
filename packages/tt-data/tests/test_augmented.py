"""A sample's randomness belongs to (seed, epoch, index), whatever the batches and the workers are."""

import copy
import pickle

import numpy as np
import pytest
from tt_data import Augmented, DataLoader, Dataset, Digits, Subset
from tt_data.transforms import Compose, Lambda, RandomAffine, RandomCrop, RandomErasing, ToTensor
from tt_tensor import Generator, manual_seed

TRANSFORM = Compose([RandomCrop(8, padding=2), RandomAffine(20), ToTensor(), RandomErasing()])


def halved(x):
    return x * 0.5


def digits(transform=TRANSFORM, seed=1):
    return Augmented(Digits(train=False, dtype="uint8"), transform, seed)


def epoch(data, number=0, **settings):
    """All samples of one pass, in the order of the data set."""
    data.set_epoch(number)
    images, labels = zip(*DataLoader(data, **settings))
    images, labels = np.concatenate([x.numpy() for x in images]), np.concatenate([y.numpy() for y in labels])
    return images, labels


REFERENCE = epoch(digits(), 3, batch_size=64)


def test_misuse():
    with pytest.raises(TypeError, match="a transform should be a function"):
        Augmented(Digits(), 3)
    for seed in (1.5, None, True):
        with pytest.raises(TypeError, match="seed should be an int"):
            Augmented(Digits(), TRANSFORM, seed)
    for number in (-1, 2**32, 1.0, None):
        with pytest.raises(ValueError, match="set_epoch"):
            digits().set_epoch(number)
    with pytest.raises(IndexError, match=r"^Augmented: index -?\d+ is out of range for \d+ samples"):
        digits()[355]
    for samples in ([np.zeros((3, 8, 8), np.uint8)], [{"image": 1}], [()]):
        with pytest.raises(TypeError, match=r"samples should be tuples \(image, ...\)"):
            Augmented(samples, TRANSFORM)[0]


def test_numbers_of_numpy_are_numbers():
    data = Augmented(Digits(dtype="uint8"), TRANSFORM, np.int64(3))
    data.set_epoch(np.int64(2))
    assert data.epoch == 2
    assert data.seed == 3


@pytest.mark.parametrize("size", [1, 7, 355])
def test_the_batch_size_does_not_matter(size):
    for a, b in zip(epoch(digits(), 3, batch_size=size), REFERENCE):
        np.testing.assert_allclose(a, b, atol=1e-6)


@pytest.mark.parametrize("workers", [1, 2])
def test_the_number_of_workers_does_not_matter(workers):
    for a, b in zip(epoch(digits(), 3, batch_size=50, num_workers=workers), REFERENCE):
        np.testing.assert_allclose(a, b, atol=1e-6)


@pytest.mark.parametrize("context", [None, "spawn"])
def test_workers_that_live_on_see_the_next_epoch(context):
    data = digits()
    loader = DataLoader(
        data, batch_size=100, num_workers=1, persistent_workers=True, multiprocessing_context=context
    )  # fmt: skip
    for number in (0, 3):
        data.set_epoch(number)
        images = np.concatenate([x.numpy() for x, _ in loader])
        np.testing.assert_allclose(images, epoch(digits(), number, batch_size=100)[0], atol=1e-6)


def test_samples_and_batches_agree_in_any_order():
    data = digits()
    data.set_epoch(3)
    for i in (0, 5, -1):
        image, label = data[i]
        np.testing.assert_allclose(image.numpy(), REFERENCE[0][i], atol=1e-6)
        assert label.item() == REFERENCE[1][i]
    order = np.random.default_rng(0).permutation(355)[:90]
    images, labels = data.gather(order)
    np.testing.assert_allclose(images.numpy(), REFERENCE[0][order], atol=1e-6)
    np.testing.assert_array_equal(labels.numpy(), REFERENCE[1][order])
    np.testing.assert_array_equal(data.gather(np.array([-1]))[0].numpy(), data.gather(np.array([354]))[0].numpy())
    part = DataLoader(Subset(data, order.tolist()), batch_size=90)
    np.testing.assert_allclose(next(iter(part))[0].numpy(), REFERENCE[0][order], atol=1e-6)
    shuffled = DataLoader(data, batch_size=8, shuffle=True, generator=Generator().manual_seed(4))
    known = {image.round(3).tobytes() for image in REFERENCE[0]}
    assert sum(image.round(3).tobytes() in known for x, _ in shuffled for image in x.numpy()) > 340


def test_the_global_generator_is_left_alone():
    manual_seed(0)
    a = epoch(digits(), 1, batch_size=64)
    manual_seed(99)
    np.testing.assert_array_equal(a[0], epoch(digits(), 1, batch_size=64)[0])


def test_seed_and_epoch_matter():
    for other in (epoch(digits(seed=2), 3, batch_size=64), epoch(digits(), 4, batch_size=64)):
        assert (other[0] != REFERENCE[0]).any((1, 2, 3)).mean() > 0.9
        np.testing.assert_array_equal(other[1], REFERENCE[1])


def test_functions_of_one_image_only():
    data = digits(Compose([RandomCrop(8, padding=2), ToTensor(), halved]))
    whole = digits(Compose([RandomCrop(8, padding=2), ToTensor(), Lambda(halved, batched=True)]))
    np.testing.assert_allclose(epoch(data, batch_size=64)[0], epoch(whole, batch_size=64)[0])
    np.testing.assert_allclose(data[7][0].numpy(), whole[7][0].numpy())


def test_data_sets_without_gather_and_with_more_than_a_label():
    class Triples(Dataset):
        def __len__(self):
            return 10

        def __getitem__(self, index):
            return np.full((1, 4, 4), index, np.float32), index, str(index)

    data = Augmented(Triples(), RandomCrop(4, padding=1))
    (images, numbers, names), *_ = DataLoader(data, batch_size=10)
    assert numbers.tolist() == list(range(10))
    assert list(names) == [str(k) for k in range(10)]
    assert images.shape == (10, 1, 4, 4)
    np.testing.assert_array_equal(data[3][0], images[3].numpy())


def test_copies_and_pickles_keep_the_epoch():
    data = digits()
    data.set_epoch(3)
    for other in (copy.deepcopy(data), pickle.loads(pickle.dumps(data))):
        assert other.epoch == 3
        np.testing.assert_array_equal(other[0][0].numpy(), data[0][0].numpy())
        other.set_epoch(5)
        assert data.epoch == 3
    assert repr(data).startswith("Augmented(Digits(355 images")
