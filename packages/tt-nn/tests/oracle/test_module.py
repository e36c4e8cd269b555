"""Modules behave as PyTorch's: the same code is run with both, and what it says is compared."""

import copy
import inspect
from collections import OrderedDict
from types import SimpleNamespace

import numpy as np
import pytest
import torch
import tt_autograd
import tt_nn

THEIRS = SimpleNamespace(
    nn=torch.nn,
    tensor=torch.tensor,
    ones=torch.ones,
    no_grad=torch.no_grad,
    float64=torch.float64,
    int64=torch.int64,
    init=torch.nn.init,
)
OURS = SimpleNamespace(
    nn=tt_nn,
    tensor=tt_autograd.tensor,
    ones=tt_autograd.ones,
    no_grad=tt_autograd.no_grad,
    float64=np.dtype("float64"),
    int64=np.dtype("int64"),
    init=tt_nn.init,
)


def plain(x):
    """A result without the classes of either library."""
    if isinstance(x, torch.Tensor | tt_autograd.Tensor):
        return x.detach().tolist()
    if isinstance(x, torch.nn.Module | tt_nn.Module):
        return repr(x)
    if isinstance(x, tuple | list):
        return [plain(y) for y in x]
    if isinstance(x, dict):
        return {k: plain(v) for k, v in x.items()}
    return x


def both(run):
    """What `run` returns, or the class of error that it raises, with PyTorch and here."""
    results = []
    for t in (THEIRS, OURS):
        try:
            results.append(plain(run(t)))
        except Exception as error:  # noqa: BLE001 - whatever it is, it is compared
            results.append(error)
    return results


REPRS = [
    lambda nn: nn.Linear(3, 4),
    lambda nn: nn.Linear(3, 4, bias=False),
    lambda nn: nn.Bilinear(1, 2, 3, bias=False),
    lambda nn: nn.Identity(3, x=1),
    lambda nn: nn.Flatten(),
    lambda nn: nn.Flatten(0, 2),
    lambda nn: nn.Unflatten(1, (2, 3)),
    lambda nn: nn.Dropout(0.1, inplace=True),
    lambda nn: nn.Dropout1d(),
    lambda nn: nn.Dropout2d(0.3),
    lambda nn: nn.Dropout3d(),
    lambda nn: nn.AlphaDropout(),
    lambda nn: nn.FeatureAlphaDropout(0),
    lambda nn: nn.Embedding(3, 4),
    lambda nn: nn.Embedding(3, 4, -1, 2.0, 3.0, True),
    lambda nn: nn.Sequential(),
    lambda nn: nn.Sequential(nn.Linear(1, 2), nn.Sequential(nn.ReLU(), nn.Flatten())),
    lambda nn: nn.Sequential(OrderedDict(a=nn.Linear(1, 2), b=nn.ReLU())),
    lambda nn: nn.ModuleList(),
    lambda nn: nn.ModuleList([nn.Linear(2, 2), nn.Linear(2, 2), nn.ReLU()]),
    lambda nn: nn.ModuleList([nn.Sequential(nn.ReLU(), nn.ReLU())] * 2),
    lambda nn: nn.ModuleDict({"a": nn.Linear(1, 2), "b": nn.ModuleList([nn.ReLU()])}),
    lambda nn: nn.ModuleDict(),
    lambda nn: nn.Module(),
]


@pytest.mark.parametrize("make", REPRS)
def test_repr(make):
    assert repr(make(tt_nn)) == repr(make(torch.nn))


CLASSES = [
    "Module", "Sequential", "ModuleList", "ModuleDict", "ParameterList", "ParameterDict", "Identity", "Linear", "Bilinear",
    "Embedding", "Flatten", "Unflatten", "Dropout", "Dropout1d", "Dropout2d", "Dropout3d", "AlphaDropout", "FeatureAlphaDropout",
]  # fmt: skip
LEFT_OUT = {
    "T_destination", "bfloat16", "call_super_init", "compile", "cuda", "dump_patches", "get_extra_state", "ipu", "mtia",
    "register_backward_hook", "register_load_state_dict_post_hook", "register_load_state_dict_pre_hook",
    "register_state_dict_post_hook", "register_state_dict_pre_hook", "set_extra_state", "set_submodule", "share_memory",
    "to_empty", "type", "xpu",
}  # fmt: skip


@pytest.mark.parametrize("name", CLASSES)
def test_methods_and_their_parameters(name):
    theirs, ours = getattr(torch.nn, name), getattr(tt_nn, name)
    for method in vars(theirs) | vars(torch.nn.Module):
        if (method.startswith("_") and method != "__init__") or method in LEFT_OUT or method == "forward":
            continue
        assert hasattr(ours, method), method
        if not inspect.isfunction(getattr(theirs, method)):
            continue
        if (name, method) == ("Module", "__init__") or method in ("state_dict", "register_module", "to"):
            continue
        a, b = (inspect.signature(getattr(cls, method)).parameters for cls in (theirs, ours))
        named = [k for k in a if k in b]
        assert len(named) == len(a) or len(a) <= 3, (method, list(a), list(b))
        assert [a[k].default for k in named if k != "device"] == [b[k].default for k in named if k != "device"], method


def test_functions_and_their_parameters():
    names = [f for f in dir(torch.nn.init) if f.endswith("_") and not f.startswith("_")] + ["calculate_gain"]
    pairs = [(f, getattr(torch.nn.init, f), getattr(tt_nn.init, f)) for f in names]
    for f in ("dropout", "dropout1d", "dropout2d", "dropout3d", "alpha_dropout", "feature_alpha_dropout", "embedding"):
        pairs.append((f, getattr(torch.nn.functional, f), getattr(tt_nn.functional, f)))
    pairs += [(f, getattr(torch.nn.utils, f), getattr(tt_nn.utils, f)) for f in tt_nn.utils.__all__]
    for name, theirs, ours in pairs:
        a, b = (inspect.signature(f).parameters for f in (theirs, ours))
        assert [(k, p.default) for k, p in a.items()] == [(k, p.default) for k, p in b.items()], name


def net(t):
    class Net(t.nn.Module):
        def __init__(self):
            super().__init__()
            self.first = t.nn.Linear(2, 3)
            self.register_buffer("mean", t.tensor([0.5]))
            self.register_buffer("scratch", t.tensor([1.0]), persistent=False)
            self.table = t.nn.Embedding(4, 2)
            self.rest = t.nn.Sequential(t.nn.Linear(3, 3), t.nn.ModuleList([t.nn.Linear(1, 1)])[0])
            self.rest[0].bias = self.first.bias
            self.register_parameter("nothing", None)
            self.scale = t.nn.Parameter(t.tensor([1.0, 2.0]))
            self.again = self.first

    return Net()


def fixed(t):
    """A network with values that do not depend on chance."""
    model = net(t)
    with t.no_grad():
        for k, p in enumerate(model.parameters()):
            t.init.constant_(p, k)
    return model


def logged(t):
    """A module that logs what its hooks see."""
    log = []
    m = t.nn.Linear(2, 2)
    with t.no_grad():
        t.init.constant_(m.weight, 0.5)
        t.init.constant_(m.bias, 1.0)
    return m, log


def run_forward_hooks(t):
    m, log = logged(t)
    m.register_forward_pre_hook(lambda m, a: log.append(("pre", plain(a))))
    m.register_forward_pre_hook(lambda m, a: (a[0] * 2,))
    m.register_forward_pre_hook(lambda m, a: log.append(("first", plain(a))), prepend=True)
    m.register_forward_hook(lambda m, a, out: out + 1)
    h = m.register_forward_hook(lambda m, a, k, out: log.append((plain(a), k, plain(out))), with_kwargs=True)
    y = m(t.tensor([[1.0, 2.0]]))
    h.remove()
    return y, m(t.tensor([[1.0, 2.0]])), log


def run_backward_hooks(t):
    m, log = logged(t)
    m.register_full_backward_pre_hook(lambda m, go: log.append(plain(go)))
    m.register_full_backward_pre_hook(lambda m, go: (go[0] * 10,))
    m.register_full_backward_hook(lambda m, gi, go: log.append((plain(gi), plain(go))))
    m.register_full_backward_hook(lambda m, gi, go: (gi[0] + 1,))
    x = t.tensor([[1.0, 2.0]], requires_grad=True)
    (m(x) * 3).sum().backward()
    return x.grad, m.weight.grad, m.bias.grad, log


def run_train(t):
    model = net(t)
    model.rest.eval()
    return [m.training for m in model.modules()], [m.training for m in model.train(False).modules()]


def run_load_strict(t):
    state = fixed(t).state_dict()
    del state["scale"], state["first.weight"]
    state["more"] = t.tensor([1.0])
    answer = net(t).load_state_dict(state, strict=False)
    return list(answer.missing_keys), list(answer.unexpected_keys)


def run_load_message(t):
    state = dict(fixed(t).state_dict())
    state["scale"] = t.tensor([1.0])
    state["more"] = t.tensor([1.0])
    del state["table.weight"]
    try:
        net(t).load_state_dict(state)
    except RuntimeError as error:
        return sorted(str(error).splitlines())


def run_zero(t):
    model = t.nn.Linear(2, 1)
    model(t.ones(1, 2)).sum().backward()
    model.zero_grad(set_to_none=False)
    grads = [plain(p.grad) for p in model.parameters()]
    model.zero_grad()
    return grads, [p.grad for p in model.parameters()]


def run_assign(t):
    m, log = t.nn.Module(), []
    m.x = None
    for value in (t.nn.Parameter(t.tensor([1.0])), None, t.nn.Parameter(t.tensor([2.0]))):
        m.x = value
        log.append([(n, plain(p)) for n, p in m.named_parameters()])
    m.y = t.nn.Linear(1, 1)
    m.y = t.nn.Parameter(t.tensor([3.0]))
    del m.x
    m.x = t.nn.Parameter(t.tensor([4.0]))
    return log, [n for n, _ in m.named_parameters()], [n for n, _ in m.named_children()]


def run_lists(t):
    s = t.nn.Sequential(t.nn.Linear(1, 1), t.nn.Linear(1, 2), t.nn.Linear(2, 3))
    s.insert(1, t.nn.ReLU())
    s.extend([t.nn.Tanh()])
    s.pop(0)
    m = t.nn.ModuleList(s)
    m.insert(0, t.nn.Sigmoid())
    del m[1:3]
    d = t.nn.ModuleDict([["a", t.nn.ReLU()], ["b", t.nn.Tanh()]])
    d.update({"a": t.nn.Sigmoid()})
    return s, s[1:], s * 2, s + s[:1], m, m[::2], m + [t.nn.ReLU()], d, list(d), d.pop("a"), d


def run_parameters(t):
    p = t.nn.ParameterList([t.ones(1), t.ones(2)]).append(t.ones(3))
    d = t.nn.ParameterDict(OrderedDict(b=t.ones(1), a=t.ones(2)))
    d["c"] = t.ones(3)
    return (
        [n for n, _ in p.named_parameters()],
        len(p[1:]),
        list(d),
        list(reversed(d)),
        d.popitem()[0],
        list(d | t.nn.ParameterDict(OrderedDict(z=t.ones(1)))),
        d.setdefault("q", t.ones(1)),
    )


def run_conversion(t):
    model = fixed(t).double()
    ids = [id(p) for p in model.parameters()]
    model.to(t.ones(1)).half().float()
    return ids == [id(p) for p in model.parameters()], [
        str(x.dtype).split(".")[-1] for x in model.state_dict().values()
    ]


SCRIPTS = [
    lambda t: [n for n, _ in net(t).named_parameters()],
    lambda t: [n for n, _ in net(t).named_parameters(prefix="p", remove_duplicate=False)],
    lambda t: [n for n, _ in net(t).named_parameters(recurse=False)],
    lambda t: [n for n, _ in net(t).named_modules()],
    lambda t: [n for n, _ in net(t).named_modules(remove_duplicate=False)],
    lambda t: [n for n, _ in net(t).named_children()],
    lambda t: [n for n, _ in net(t).named_buffers()],
    lambda t: list(net(t).state_dict()),
    lambda t: list(net(t).state_dict(prefix="x.")),
    lambda t: list(copy.deepcopy(net(t)).state_dict()),
    lambda t: list(copy.deepcopy(fixed(t)).parameters()),
    lambda t: net(t),
    lambda t: repr(net(t).load_state_dict(fixed(t).state_dict())),
    lambda t: [p.requires_grad for p in net(t).requires_grad_(False).parameters()],
    lambda t: repr(t.nn.Parameter(t.tensor([1.0, 2.0]))),
    lambda t: type(t.nn.Parameter(t.tensor([1.0])) * 1) is type(t.tensor([1.0])),
    run_forward_hooks,
    run_backward_hooks,
    run_train,
    run_load_strict,
    run_load_message,
    run_zero,
    run_assign,
    run_lists,
    run_parameters,
    run_conversion,
]


@pytest.mark.parametrize("script", SCRIPTS)
def test_same_code_same_result(script):
    theirs, ours = both(script)
    assert not isinstance(theirs, Exception), theirs
    if isinstance(ours, Exception):
        raise ours
    assert ours == theirs


def early(t):
    class Early(t.nn.Module):
        def __init__(self):
            self.x = t.nn.Parameter(t.ones(1))

    return Early()


MISTAKES = [
    early,
    lambda t: t.nn.Module(3),
    lambda t: t.nn.Module()(3),
    lambda t: setattr(net(t), "scale", 3),
    lambda t: setattr(net(t), "scale", t.ones(2)),
    lambda t: setattr(net(t), "first", 3),
    lambda t: setattr(net(t), "mean", 3),
    lambda t: net(t).foo,
    lambda t: delattr(net(t), "foo"),
    lambda t: net(t).register_parameter("a.b", None),
    lambda t: net(t).register_parameter("", None),
    lambda t: net(t).register_parameter(3, None),
    lambda t: net(t).register_parameter("first", None),
    lambda t: net(t).register_parameter("p", t.ones(1)),
    lambda t: net(t).register_parameter("p", 3),
    lambda t: net(t).register_buffer("scale", None),
    lambda t: net(t).register_buffer("b", 3),
    lambda t: net(t).add_module("scale", None),
    lambda t: net(t).add_module("a.b", None),
    lambda t: net(t).add_module("a", 3),
    lambda t: net(t).get_submodule("first.x"),
    lambda t: net(t).get_submodule("scale"),
    lambda t: net(t).set_submodule("", t.nn.ReLU()),
    lambda t: net(t).set_submodule("first", 3),
    lambda t: net(t).set_submodule("scale", t.nn.ReLU()),
    lambda t: net(t).set_submodule("zzz.a", t.nn.ReLU()),
    lambda t: net(t).set_submodule("zzz", t.nn.ReLU(), strict=True),
    lambda t: net(t).get_parameter("mean"),
    lambda t: net(t).get_buffer("scale"),
    lambda t: net(t).train(3),
    lambda t: net(t).to(t.int64),
    lambda t: net(t).load_state_dict(3),
    lambda t: net(t).load_state_dict({}),
    lambda t: net(t).register_forward_hook(print, foo=3),
    lambda t: t.nn.Parameter(t.tensor([1])),
    lambda t: t.nn.Sequential(3),
    lambda t: t.nn.Sequential()[0],
    lambda t: t.nn.Sequential() * 0,
    lambda t: t.nn.Sequential() * 1.5,
    lambda t: t.nn.Sequential() + 3,
    lambda t: t.nn.Sequential().insert(0, 3),
    lambda t: t.nn.Sequential().insert(3, t.nn.ReLU()),
    lambda t: t.nn.ModuleList(3),
    lambda t: t.nn.ModuleList([3]),
    lambda t: t.nn.ModuleList()[0],
    lambda t: t.nn.ModuleList()(1),
    lambda t: t.nn.ModuleDict({"a": 3}),
    lambda t: t.nn.ModuleDict()["a"],
    lambda t: t.nn.ModuleDict({"keys": t.nn.ReLU()}),
    lambda t: t.nn.ModuleDict({3: t.nn.ReLU()}),
    lambda t: t.nn.ModuleDict([["a"]]),
    lambda t: t.nn.ParameterList(3),
    lambda t: t.nn.ParameterList()[0],
    lambda t: t.nn.ParameterList()(1),
    lambda t: t.nn.ParameterDict({"keys": t.ones(1)}),
    lambda t: t.nn.ParameterDict({3: t.ones(1)}),
    lambda t: t.nn.Linear(2, 2)(t.ones(3, 3)),
    lambda t: t.nn.Linear(2, 2)(t.ones(3)),
    lambda t: t.nn.Linear(2, 2)(t.ones(2, dtype=t.float64)),
    lambda t: t.nn.Linear(2, 2)(t.ones(2, dtype=t.int64)),
    lambda t: t.nn.Linear(2, 2)(3),
    lambda t: t.nn.Linear(2, 2)([1.0, 2.0]),
    lambda t: t.nn.Linear(-1, 2),
    lambda t: t.nn.Linear(1.5, 2),
    lambda t: t.nn.Linear(2, 2, foo=3),
    lambda t: t.nn.Bilinear(0, 3, 4),
    lambda t: t.nn.Bilinear(2, 3, 4)(t.ones(2), t.ones(2)),
    lambda t: t.nn.Embedding(3, 2)(t.tensor([3])),
    lambda t: t.nn.Embedding(3, 2)(t.tensor([-1])),
    lambda t: t.nn.Embedding(3, 2)(t.tensor([1.0])),
    lambda t: t.nn.Embedding(3, 2)([1]),
    lambda t: t.nn.Embedding(3, 2, padding_idx=3),
    lambda t: t.nn.Embedding.from_pretrained(t.ones(3)),
    lambda t: t.nn.Dropout(2),
    lambda t: t.nn.Dropout()(t.tensor([1])),
    lambda t: t.nn.Dropout()(3),
    lambda t: t.nn.Dropout1d()(t.ones(3)),
    lambda t: t.nn.Dropout2d()(t.ones(3)),
    lambda t: t.nn.Flatten(5)(t.ones(1)),
    lambda t: t.nn.Unflatten(1, 2),
    lambda t: t.nn.Unflatten(0, (2, 2))(t.ones(3)),
    lambda t: t.nn.init.xavier_uniform_(t.ones(2)),
    lambda t: t.nn.init.kaiming_uniform_(t.ones(2, 2), mode="x"),
    lambda t: t.nn.init.kaiming_uniform_(t.ones(2, 2), nonlinearity="x"),
    lambda t: t.nn.init.eye_(t.ones(2)),
    lambda t: t.nn.init.dirac_(t.ones(2)),
    lambda t: t.nn.init.orthogonal_(t.ones(2)),
    lambda t: t.nn.init.sparse_(t.ones(2), 0.5),
    lambda t: t.nn.utils.vector_to_parameters(3, []),
    lambda t: t.nn.utils.spectral_norm(t.nn.Linear(1, 1), n_power_iterations=0),
    lambda t: t.nn.utils.remove_spectral_norm(t.nn.Linear(1, 1)),
]


@pytest.mark.parametrize("mistake", MISTAKES)
@pytest.mark.filterwarnings("ignore")
def test_same_mistake_same_error(mistake):
    theirs, ours = both(mistake)
    assert isinstance(theirs, Exception)
    assert isinstance(ours, type(theirs)), f"theirs: {theirs!r}, ours: {ours!r}"


def test_state_moves_either_way():
    theirs, ours = fixed(THEIRS), net(OURS)
    ours.load_state_dict({k: v.numpy() for k, v in theirs.state_dict().items()})
    assert plain(ours.state_dict()) == plain(dict(theirs.state_dict()))
    ours.load_state_dict(net(THEIRS).state_dict())  # their tensors as they are
    theirs.load_state_dict({k: torch.from_numpy(v.numpy()) for k, v in ours.state_dict().items()})
    assert plain(ours.state_dict()) == plain(dict(theirs.state_dict()))


def test_files_move_either_way(tmp_path):
    files = pytest.importorskip("safetensors.torch")
    theirs, ours = net(THEIRS), net(OURS)
    path = tmp_path / "a.safetensors"
    files.save_model(theirs, path)
    ours.load_state_dict(tt_nn.load(path), strict=False)
    assert plain(ours.state_dict()) == plain(dict(theirs.state_dict()))
    tt_nn.save(net(OURS), path)
    files.load_model(theirs, path)
    assert plain(dict(theirs.state_dict())) == plain({k: tt_nn.load(path)[k] for k in theirs.state_dict()})
