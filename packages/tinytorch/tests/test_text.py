"""Token streams through the loader, as tensors."""

import numpy as np
import tinytorch
from tinytorch.data import DataLoader
from tinytorch.text import BPETokenizer, TokenDataset, pack, pad, write_tokens


def test_a_loader_gives_batches_of_windows(tmp_path):
    tokenizer = BPETokenizer.train("the cat sat on the mat. " * 20, 300)
    write_tokens(tmp_path / "t.bin", tokenizer.encode_stream("the cat sat on the mat. " * 20), vocab_size=300)
    dataset = TokenDataset(tmp_path / "t.bin", 4, stride=1, make=tinytorch.from_numpy)
    tinytorch.manual_seed(0)
    batches = list(DataLoader(dataset, batch_size=8, shuffle=True, drop_last=True))
    assert len(batches) == len(dataset) // 8
    for x, y in batches:
        assert isinstance(x, tinytorch.Tensor)
        assert x.shape == y.shape == (8, 4)
        assert x.dtype == y.dtype == tinytorch.int64
        assert (x[:, 1:] == y[:, :-1]).all()


def test_samples_without_gather_are_the_same():
    dataset = TokenDataset(np.arange(20), 3, make=tinytorch.from_numpy)
    gathered = list(DataLoader(dataset, batch_size=2))
    collated = list(DataLoader([dataset[i] for i in range(len(dataset))], batch_size=2))
    assert [[part.tolist() for part in batch] for batch in gathered] == [[p.tolist() for p in b] for b in collated]


def test_padding_and_packing_make_tensors():
    ids, mask = pad([[1, 2], [3]], 0, make=tinytorch.from_numpy)
    assert ids.dtype == tinytorch.int64
    assert mask.dtype == tinytorch.bool
    packed, numbers = pack([[1, 2], [3]], 2, pad_id=0, make=tinytorch.from_numpy)
    assert packed.tolist() == [[1, 2], [3, 0]]
    assert numbers.tolist() == [[0, 0], [1, -1]]


def test_tensors_of_ids_are_written_and_decoded(tmp_path):
    assert write_tokens(tmp_path / "t.npy", tinytorch.tensor([1, 2]), vocab_size=3) == 2
    tokenizer = BPETokenizer.train("the cat", 260)
    assert tokenizer.decode(tinytorch.tensor(tokenizer.encode("the cat"))) == "the cat"
