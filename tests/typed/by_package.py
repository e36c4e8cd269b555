"""What users of single packages write, which `mypy --strict` must accept; it is not run."""

from collections.abc import Iterator
from typing import Any, assert_type

import tt_autograd as tape
import tt_nn as nn
import tt_nn.functional as F
from tt_data import DataLoader, IterableDataset
from tt_data.transforms import Compose, Normalize, ToTensor
from tt_optim import SGD, clip_grad_norm_
from tt_optim.lr_scheduler import LambdaLR
from tt_spatial import Conv2d
from tt_tensor import Tensor, zeros
from tt_text import BPETokenizer
from tt_transformer import GPT, GPTConfig


class Stream(IterableDataset[int]):
    def __iter__(self) -> Iterator[int]:
        yield from range(5)


@tape.no_grad()
def largest(x: tape.Tensor) -> int:
    found: int = x.argmax().item()
    return found


def main() -> None:
    x = tape.randn(3, requires_grad=True)
    assert_type(x, tape.Tensor)
    assert_type(zeros(3), Tensor)
    assert_type(largest(x), int)
    (x * zeros(3)).sum().backward()
    loader = DataLoader(Stream(), batch_size=2)
    for batch in loader:
        print(batch.tolist(), x.grad.norm())
    model = nn.Sequential(Conv2d(1, 2, 3), nn.Flatten(), nn.Linear(2, 3))
    optimizer = SGD([{"params": model.parameters(), "lr": 0.1}], momentum=0.9)
    schedule = LambdaLR(optimizer, lambda epoch: 0.9**epoch)
    F.cross_entropy(model(tape.zeros(1, 1, 3, 3)), tape.tensor([0])).backward()
    clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    schedule.step()
    state: dict[str, Any] = {name: p.to(tape.float64) for name, p in model.state_dict().items()}
    nn.save(state, "model.safetensors")
    print(Compose([ToTensor(), Normalize((0.3,), (0.4,))])(zeros(1, 8, 8)), BPETokenizer.train("low", vocab_size=257))
    print(GPT(GPTConfig(vocab_size=9, n_positions=9, n_embd=8, n_layer=1, n_head=1)))
