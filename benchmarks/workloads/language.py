"""A GPT's training step, written as nanoGPT writes it, and what it is made of, alone."""

from collections.abc import Callable
from typing import Any

import numpy as np

from .common import Step, Workload, wave


def gpt(torch: Any, vocab: int, width: int, layers: int, heads: int, context: int, tanh: bool = False) -> Any:
    """GPT-2's architecture: norm first, one projection for queries, keys and values, the output tied to the embedding."""
    nn, F = torch.nn, torch.nn.functional

    class Attention(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.c_attn, self.c_proj = nn.Linear(width, 3 * width), nn.Linear(width, width)

        def forward(self, x: Any) -> Any:
            B, T, C = x.size()
            q, k, v = self.c_attn(x).split(C, dim=2)
            q = q.view(B, T, heads, C // heads).transpose(1, 2)
            k = k.view(B, T, heads, C // heads).transpose(1, 2)
            v = v.view(B, T, heads, C // heads).transpose(1, 2)
            y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
            return self.c_proj(y.transpose(1, 2).contiguous().view(B, T, C))

    class Block(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.ln_1, self.attn, self.ln_2 = nn.LayerNorm(width), Attention(), nn.LayerNorm(width)
            self.c_fc, self.c_proj = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)
            self.gelu = nn.GELU("tanh" if tanh else "none")

        def forward(self, x: Any) -> Any:
            x = x + self.attn(self.ln_1(x))
            return x + self.c_proj(self.gelu(self.c_fc(self.ln_2(x))))

    class GPT(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.wte, self.wpe = nn.Embedding(vocab, width), nn.Embedding(context, width)
            self.h = nn.ModuleList([Block() for _ in range(layers)])
            self.ln_f, self.lm_head = nn.LayerNorm(width), nn.Linear(width, vocab, bias=False)
            self.wte.weight = self.lm_head.weight

        def forward(self, ids: Any, targets: Any) -> Any:
            pos = torch.arange(0, ids.size(1), dtype=torch.long)
            x = self.wte(ids) + self.wpe(pos)
            for block in self.h:
                x = block(x)
            logits = self.lm_head(self.ln_f(x))
            return F.cross_entropy(logits.view(-1, logits.size(-1)), targets.view(-1))

    return GPT()


def training(
    vocab: int, width: int, layers: int, heads: int, context: int, batch: int, tanh: bool = False
) -> Callable[[Any], Step]:
    """A full step: zero_grad, forward, loss, backward, AdamW."""

    def make(torch: Any) -> Step:
        model = gpt(torch, vocab, width, layers, heads, context, tanh)
        numbers = np.random.default_rng(0)
        with torch.no_grad():
            for name, p in model.named_parameters():  # GPT-2's initial values
                if p.ndim > 1:
                    p.copy_(torch.from_numpy(0.02 * numbers.standard_normal(tuple(p.shape), np.float32)))
                else:
                    p.fill_(1.0 if "ln_" in name and name.endswith("weight") else 0.0)
        optim = torch.optim.AdamW(model.parameters(), lr=1e-4)
        ids = (torch.arange(batch * (context + 1)) * 7919 % 104729 % vocab).view(batch, context + 1)
        x, y = ids[:, :-1].contiguous(), ids[:, 1:].contiguous()

        def step() -> float:
            optim.zero_grad(set_to_none=True)
            loss = model(x, y)
            loss.backward()
            optim.step()
            return float(loss.detach())

        return step

    return make


def alone(call: Callable[..., Any], *shapes: tuple[int, ...], spread: float = 3.0) -> Callable[[Any], Step]:
    """Forward and backward of one operation on inputs of these shapes."""

    def make(torch: Any) -> Step:
        xs = [(wave(torch, shape, k) * spread).detach().requires_grad_(True) for k, shape in enumerate(shapes)]
        g = None

        def step() -> float:
            nonlocal g
            for x in xs:
                x.grad = None
            y = call(torch, *xs)
            if g is None:
                g = wave(torch, tuple(y.shape), 5)
            y.backward(g)
            return float(y.detach().reshape(-1)[0]) + float(xs[0].grad.reshape(-1)[1])

        return step

    return make


def attention(
    B: int, T: int, heads: int, width: int, causal: bool = True, dropout: float = 0.0
) -> Callable[[Any], Step]:
    """From the joint projection `[B, T, 3 C]` to `[B, T, C]`."""

    def call(torch: Any, qkv: Any) -> Any:
        q, k, v = (x.view(B, T, heads, width).transpose(1, 2) for x in qkv.split(heads * width, dim=2))
        y = torch.nn.functional.scaled_dot_product_attention(q, k, v, is_causal=causal, dropout_p=dropout)
        return y.transpose(1, 2).contiguous().view(B, T, heads * width)

    return alone(call, (B, T, 3 * heads * width), spread=1.0)


def layer_norm(*shape: int) -> Callable[[Any], Step]:
    """With weight and bias."""
    return alone(
        lambda torch, x, w, b: torch.nn.functional.layer_norm(x, shape[-1:], w, b), shape, shape[-1:], shape[-1:]
    )


def gelu(*shape: int, approximate: str = "none") -> Callable[[Any], Step]:
    """Exact, or with tanh."""
    return alone(lambda torch, x: torch.nn.functional.gelu(x, approximate=approximate), shape)


def cross_entropy(rows: int, classes: int) -> Callable[[Any], Step]:
    """The mean over rows of scores."""

    def call(torch: Any, x: Any) -> Any:
        return torch.nn.functional.cross_entropy(x, torch.arange(rows) * 31 % classes)

    return alone(call, (rows, classes))


def _cases() -> dict[str, Workload]:
    cases = {
        "GPT 65-128, 4 layers, 4 heads, 16x64": Workload(training(65, 128, 4, 4, 64, 16), 1.0, 1.0),
        "GPT 512-192, 6 layers, 6 heads, 8x128": Workload(training(512, 192, 6, 6, 128, 8), 1.0, 1.0),
        "GPT 65-128, 4 layers, 4 heads, 12x64, tanh": Workload(training(65, 128, 4, 4, 64, 12, tanh=True)),
        "GPT 256-64, 2 layers, 2 heads, 4x32": Workload(training(256, 64, 2, 2, 32, 4)),
        "GPT 1024-384, 2 layers, 6 heads, 2x256": Workload(training(1024, 384, 2, 6, 256, 2)),
    }
    for B, T, heads, width in (16, 64, 4, 32), (8, 128, 6, 32), (4, 256, 12, 64), (1, 1024, 8, 64), (32, 16, 2, 16):
        for causal in (True, False):
            name = f"attention {B}x{heads}x{T}x{width}{', causal' if causal else ''}"
            cases[name] = Workload(attention(B, T, heads, width, causal), 1.0 if T > 16 else None)
    for shape in (1024, 128), (1024, 192), (1024, 768), (2048, 512), (8, 128, 3072):
        text = "x".join(map(str, shape))
        cases[f"layer norm {text}"] = Workload(layer_norm(*shape), 1.0)
        cases[f"GELU {text}"] = Workload(gelu(*shape), 1.0)
        cases[f"GELU {text}, tanh"] = Workload(gelu(*shape, approximate="tanh"), 1.0)
    for shape in (512, 65), (1024, 65), (1024, 512), (256, 50257):
        cases[f"cross entropy {shape[0]}x{shape[1]}"] = Workload(cross_entropy(*shape), 1.0)
    return cases


WORKLOADS = _cases()
