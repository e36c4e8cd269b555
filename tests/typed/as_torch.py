"""What users write after `import tinytorch as torch`, which `mypy --strict` must accept; it is not run."""

from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import Any, assert_type

import tinytorch as torch
import tinytorch.nn as nn
import tinytorch.nn.functional as F
from tinytorch import optim
from tinytorch.autograd.function import Function, FunctionCtx
from tinytorch.data import Augmented, Digits
from tinytorch.data.transforms import Compose, Normalize, ToTensor
from tinytorch.nn.utils import clip_grad_norm_
from tinytorch.text import BPETokenizer
from tinytorch.transformer import GPT, GPTConfig, generate
from tinytorch.utils.data import DataLoader, Dataset, TensorDataset, random_split


class Residual(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.linear = nn.Linear(width, width, bias=False)
        self.conv = nn.Conv2d(1, 2, kernel_size=3, padding=1)
        self.scale = nn.Parameter(torch.ones(width))
        self.layers = nn.ModuleList([nn.Linear(width, width) for _ in range(2)])
        self.register_buffer("count", torch.zeros(1))
        nn.init.xavier_uniform_(self.linear.weight)

    def forward(self, x: torch.Tensor, mask: torch.Tensor | None = None) -> torch.Tensor:
        y: torch.Tensor = F.relu(self.linear(x)) * self.scale
        if mask is not None:
            y = y.masked_fill(mask == 0, float("-inf"))
        for layer in self.layers:
            y = layer(y)
        return y


class Scale(Function):
    @staticmethod
    def forward(ctx: FunctionCtx, x: torch.Tensor, k: float) -> Any:
        ctx.save_for_backward(x)
        ctx.k = k
        return x * k

    @staticmethod
    def backward(ctx: FunctionCtx, grad_output: torch.Tensor) -> Any:
        (x,) = ctx.saved_tensors
        return grad_output * ctx.k + 0 * x, None


class Sign(optim.Optimizer):
    def __init__(self, params: Iterable[torch.Tensor], lr: float = 1e-3) -> None:
        super().__init__(params, {"lr": lr})

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> float | None:
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            for p in group["params"]:
                state = self.state[p]
                state.setdefault("m", torch.zeros_like(p)).mul_(0.9).add_(p.grad)
                p.add_(state["m"].sign(), alpha=-group["lr"])
        return loss


class Words(Dataset[list[int]]):
    def __len__(self) -> int:
        return 6

    def __getitem__(self, index: int) -> list[int]:
        return list(range(index + 1))


def collate(batch: list[list[int]]) -> tuple[torch.Tensor, list[int]]:
    out = torch.zeros(len(batch), max(len(words) for words in batch), dtype=torch.int64)
    for row, words in zip(out, batch):
        row[: len(words)] = torch.tensor(words)
    return out, [len(words) for words in batch]


def train() -> None:
    torch.manual_seed(0)
    model = nn.Sequential(OrderedDict([("in", nn.Linear(2, 8)), ("act", nn.Tanh()), ("out", nn.Linear(8, 2))]))
    optimizer = optim.Adam(model.parameters(), lr=1e-2)
    schedule = optim.lr_scheduler.StepLR(optimizer, step_size=10)
    x, y = torch.randn(16, 2), torch.randint(0, 2, (16,))
    losses: list[float] = []
    for a, b in DataLoader(TensorDataset(x, y), batch_size=4, shuffle=True):
        optimizer.zero_grad()
        loss = nn.CrossEntropyLoss()(model(a), b)
        loss.backward()
        clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        losses.append(loss.item())
    schedule.step()
    with torch.no_grad():
        print(f"{(model.eval()(x).argmax(dim=1) == y).float().mean().item():.1%}", sum(losses))
    torch.save(model.state_dict(), "model.safetensors")
    print(model.load_state_dict(torch.load("model.safetensors")).missing_keys)


def tensors() -> None:
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    assert_type(x, torch.Tensor)
    assert_type(2 / (x**2 - x), torch.Tensor)
    assert_type(torch.zeros(2, 3, dtype=torch.float32, requires_grad=True), torch.Tensor)
    Scale.apply(x, 3.0).sum().backward()
    print(x.grad.tolist(), x.is_leaf, x.detach().numpy(), torch.linalg.norm(x), torch.cat([x, x]).view(2, 2) @ x)
    x += 1
    x[0] = 5


def data() -> None:
    loader = DataLoader(Words(), batch_size=2, collate_fn=collate)
    for batch, lengths in loader:
        print(batch.shape, sum(lengths))
    first, second = random_split(Words(), [4, 2], generator=torch.Generator().manual_seed(0))
    digits = Augmented(Digits(train=True), Compose([ToTensor(), Normalize((0.3,), (0.4,))]), seed=0)
    images, labels = next(iter(DataLoader(digits, batch_size=8)))
    print(images.shape, labels.shape, len(first), len(second))


def text() -> None:
    tokenizer = BPETokenizer.train("low lower lowest " * 10, vocab_size=270)
    ids: list[int] = tokenizer.encode("low")
    model = GPT(GPTConfig(vocab_size=270, n_positions=64, n_embd=32, n_layer=2, n_head=4))
    for token in generate(model, ids, 5, do_sample=True, top_p=0.9, decode=tokenizer.decode):
        print(token.text)
