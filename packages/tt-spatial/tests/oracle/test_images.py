"""Pooling, padding, resizing and their layers: values, dtypes, gradients to second order, errors and reprs are PyTorch's."""

import numpy as np
import pytest
import tt_autograd as tt
import tt_spatial

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.filterwarnings("ignore")


def floats(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape).astype("float32")


SPECIAL = floats(1, 2, 6, 6)
SPECIAL[0, 0, 1, 1] = SPECIAL[0, 0, 1, 2] = np.nan
SPECIAL[0, 0, 3] = -np.inf
SPECIAL[0, 1, 3:5, :4] = np.inf
INPUTS = {
    "l": floats(2, 3, 11),
    "x": floats(2, 3, 9, 10),
    "v": floats(2, 2, 5, 6, 7),
    "u": floats(3, 9, 10),
    "d": floats(2, 3, 9, 10).astype("float64"),
    "h": floats(2, 3, 9, 10).astype("float16"),
    "e": floats(0, 3, 9, 10),
    "t": np.round(floats(2, 2, 8, 8) * 2),  # many ties
    "n": SPECIAL,
    "z": np.maximum(floats(2, 2, 9, 9), 0)
    * np.float32(-1)
    * np.sign(floats(2, 2, 9, 9, seed=1)),  # zeros of both signs
    "i": np.round(floats(2, 3, 8, 9) * 9).astype("int64"),
    "b": (floats(2, 3, 8, 9) * 9).astype("uint8"),
    "c": floats(2, 12, 4, 6),
    "k": floats(2, 12, 30),
    "big": floats(16, 32, 32, 32),
    "odd": floats(3, 50, 31, 33),
}
CALLS = """
F.max_pool1d(l, 2)  F.max_pool1d(l, 3, 2, 1)  F.max_pool1d(l, 3, 2, 1, 2, True)  F.max_pool1d(l[0], 4)
F.max_pool2d(x, 2)  F.max_pool2d(x, 3, 2, 1)  F.max_pool2d(x, (3, 2), (1, 2), (1, 0))  F.max_pool2d(x, 2, ceil_mode=True)  F.max_pool2d(u, 2)
F.max_pool2d(x, 3, 1, 1)  F.max_pool2d(x, 2, dilation=3)  F.max_pool2d(x, 3, 3, 1, 2, ceil_mode=True)  F.max_pool2d(x, 2, 3)  F.max_pool2d(x, (2,))
F.max_pool2d(d, 2)  F.max_pool2d(d, 3, 2, 1)  F.max_pool2d(h, 2)  F.max_pool2d(e, 2)  F.max_pool2d(t, 2)  F.max_pool2d(t, 3, 2, 1)  F.max_pool2d(t, 3, 1)
F.max_pool2d(n, 2)  F.max_pool2d(n, 3, 2, 1)  F.max_pool2d(n, 3, 1)  F.max_pool2d(z, 2)  F.max_pool2d(z, 3, 2, 1)  F.max_pool2d(i, 2)  F.max_pool2d(b, 3, 2, 1)
F.max_pool2d(big, 2)  F.max_pool2d(big, 3, 2, 1)  F.max_pool2d(odd, 2)  F.max_pool2d(odd, 3, 2, 1)  F.max_pool2d(odd, 2, 2, ceil_mode=True)
F.max_pool2d(odd, 2, 1)  F.max_pool2d(odd, 5, 3, 2)  F.max_pool2d(x.transpose(2, 3), 2)  F.max_pool2d(x, 1)  F.max_pool2d(x, (1, 2))  F.max_pool2d(x, (2, 1))
F.max_pool3d(v, 2)  F.max_pool3d(v, 3, 2, 1)  F.max_pool3d(v, (1, 2, 3), ceil_mode=True)  F.max_pool3d(v[0], 2, 1)
F.max_pool1d(l, 2, return_indices=True)[1]  F.max_pool2d(x, 3, 2, 1, return_indices=True)[1]  F.max_pool2d(x, 3, 2, 1, return_indices=True)[0]
F.max_pool2d(t, 2, return_indices=True)[1]  F.max_pool2d(n, 3, 2, 1, return_indices=True)[1]  F.max_pool3d(v, 3, 2, 1, return_indices=True)[1]
F.max_pool2d(x, 2, 2, 1, 3, True, return_indices=True)[1]
F.avg_pool1d(l, 3, 2, 1)  F.avg_pool1d(l, 3, 2, 1, True, False)  F.avg_pool2d(x, 2)  F.avg_pool2d(x, 3, 2, 1)  F.avg_pool2d(x, 3, 2, 1, False, False)
F.avg_pool2d(x, 3, 2, 1, True)  F.avg_pool2d(x, 3, 2, 1, True, False)  F.avg_pool2d(x, 2, 3)  F.avg_pool2d(x, (2, 3), divisor_override=5)
F.avg_pool2d(x, 4, 3, 2, True, True, -2)  F.avg_pool2d(d, 2)  F.avg_pool2d(h, 3, 2, 1)  F.avg_pool2d(u, (9, 10))  F.avg_pool2d(i, 2)  F.avg_pool2d(i, 3, 2, 1)
F.avg_pool2d(big, 2)  F.avg_pool2d(odd, 3, 2, 1)  F.avg_pool2d(e, 2)  F.avg_pool3d(v, 2)  F.avg_pool3d(v, 3, 2, 1, True, False)  F.avg_pool3d(v, 2, divisor_override=3)
F.avg_pool2d(x.transpose(2, 3), 2)  F.avg_pool2d(big, 32)
F.lp_pool1d(l.abs(), 2, 3)  F.lp_pool2d(x, 2, 3)  F.lp_pool2d(x.abs(), 3, 2, ceil_mode=True)  F.lp_pool3d(v.abs(), 1.5, 2)  F.lp_pool2d(x, 2, (2, 3), 1)
F.lp_pool2d(x.relu(), 2, 2)  F.lp_pool1d(l, float("inf"), 2)  F.lp_pool3d(v, -float("inf"), 2)  F.adaptive_max_pool2d(n, 3, return_indices=True)[1]
F.adaptive_avg_pool1d(l, 4)  F.adaptive_avg_pool2d(x, 1)  F.adaptive_avg_pool2d(x, (3, 5))  F.adaptive_avg_pool2d(x, (4, None))  F.adaptive_avg_pool2d(u, 7)
F.adaptive_avg_pool2d(x, (12, 13))  F.adaptive_avg_pool3d(v, (2, 3, 4))  F.adaptive_avg_pool3d(v, 1)  F.adaptive_avg_pool2d(d, 4)  F.adaptive_avg_pool2d(e, 2)
F.adaptive_avg_pool2d(big, 1)  F.adaptive_avg_pool2d(big, 7)  F.adaptive_avg_pool2d(x.detach(), 0)
F.adaptive_max_pool1d(l, 4)  F.adaptive_max_pool2d(x, 1)  F.adaptive_max_pool2d(x, (3, 5))  F.adaptive_max_pool2d(x, (4, None))  F.adaptive_max_pool2d(u, 7)
F.adaptive_max_pool3d(v, (2, 3, 4))  F.adaptive_max_pool2d(x, (4, 7), True)[1]  F.adaptive_max_pool2d(t, 3, return_indices=True)[1]  F.adaptive_max_pool2d(t, 3)
F.adaptive_max_pool2d(e, 2)  F.adaptive_max_pool1d(e[:, 0], 4)  F.adaptive_max_pool2d(e[:, 0], 4)
F.max_unpool1d(*F.max_pool1d(l, 2, return_indices=True), 2)  F.max_unpool2d(*F.max_pool2d(x, 2, return_indices=True), 2)
F.max_unpool2d(*F.max_pool2d(x, 2, return_indices=True), 2, output_size=(9, 10))  F.max_unpool2d(*F.max_pool2d(x, 2, return_indices=True), 2, output_size=x.shape)
F.max_unpool3d(*F.max_pool3d(v, 2, return_indices=True), 2, output_size=v.shape)  F.max_unpool2d(*F.max_pool2d(u, 3, return_indices=True), 3)
F.pad(x, (1, 2))  F.pad(x, (1, 2, 3, 4), value=2.5)  F.pad(x, (-1, 2, 3, -2))  F.pad(x, (1, 1, 0, 0, 0, 1, 2, 0))  F.pad(x, ())  F.pad(x, (-1, -1, -2, -3))  F.pad(x, (-4, 6), "constant", 1)
F.pad(i, (1, 1), value=3)  F.pad(b, (1, 1))  F.pad(x, [1, 2, 3, 4], "reflect")  F.pad(x, (1, 2, 3, 4), "replicate")  F.pad(x, (1, 2, 3, 4), "circular")  F.pad(l, (3, 2), "reflect")
F.pad(l, (20, 30), "replicate")  F.pad(l, (11, 11), "circular")  F.pad(l, (10, 10), "reflect")  F.pad(l[0], (3, 2), "reflect")  F.pad(v, (1, 2, 3, 4, 2, 1), "reflect")
F.pad(v, (1, 2, 3, 4, 2, 1), "replicate")  F.pad(v, (1, 2, 3, 4, 2, 1), "circular")  F.pad(u, (1, 2, 3, 4), "circular")  F.pad(x, (-1, 2, 1, 0), "circular")  F.pad(x, (-1, 2, 1, -2), "replicate")
F.pad(l, (3, -13), "replicate")  F.pad(l, (-12, 4), "replicate")  F.pad(l, (4, -13), "reflect")  F.pad(l, (-12, 5), "reflect")
F.pad(i, (1, 1, 1, 1), "reflect")  F.pad(d, (1, 2, 3, 4), "reflect")  F.pad(x, (0, 0, 0, 0), "reflect")  F.pad(h, (1, 2))  F.pad(x, (1,) * 6, "reflect")
F.interpolate(x, 17)  F.interpolate(x, (5, 21))  F.interpolate(x, scale_factor=2)  F.interpolate(x, scale_factor=(1.7, 0.6))  F.interpolate(x, scale_factor=2.3, recompute_scale_factor=True)
F.interpolate(x, 17, mode="nearest-exact")  F.interpolate(x, scale_factor=0.45, mode="nearest-exact")  F.interpolate(l, 7)  F.interpolate(v, 9)  F.interpolate(v, scale_factor=2)  F.interpolate(b, 16)
F.interpolate(l, 17, mode="linear")  F.interpolate(l, 17, mode="linear", align_corners=True)  F.interpolate(l, 5, mode="linear")  F.interpolate(x, 17, mode="bilinear")
F.interpolate(x, (5, 22), mode="bilinear", align_corners=True)  F.interpolate(x, scale_factor=2, mode="bilinear")  F.interpolate(x, scale_factor=(1.7, 0.6), mode="bilinear")
F.interpolate(x, scale_factor=1.7, mode="bilinear", recompute_scale_factor=True)  F.interpolate(x, 17, mode="bicubic")  F.interpolate(x, (5, 22), mode="bicubic", align_corners=True)
F.interpolate(x, scale_factor=(2.5, 0.7), mode="bicubic")  F.interpolate(v, (4, 9, 15), mode="trilinear")  F.interpolate(v, (4, 9, 15), mode="trilinear", align_corners=True)
F.interpolate(x, (4, 5), mode="area")  F.interpolate(v, 3, mode="area")  F.interpolate(l, scale_factor=0.5, mode="area")  F.interpolate(d, 17, mode="bicubic")  F.interpolate(x, 1, mode="bilinear", align_corners=True)
F.interpolate(x, (5, 22), mode="bilinear", antialias=True)  F.interpolate(x, (4, 3), mode="bicubic", antialias=True)  F.interpolate(x, (4, 3), mode="bilinear", antialias=True, align_corners=True)
F.interpolate(x, scale_factor=0.3, mode="bilinear", antialias=True)  F.interpolate(e, 4)  F.interpolate(e, 4, mode="bilinear")  F.interpolate(big, scale_factor=2)  F.interpolate(big, scale_factor=2, mode="bilinear")
F.interpolate(odd, scale_factor=2)  F.interpolate(odd, 13, mode="bilinear")  F.interpolate(odd, (62, 40), mode="nearest")  F.interpolate(big, 64, mode="bilinear", align_corners=True)  F.interpolate(h, 17, mode="bilinear")
F.interpolate(x, scale_factor=1.05, mode="bilinear")  F.interpolate(v, scale_factor=(1.1, 1.1, 2.3), mode="trilinear")  F.avg_pool2d(i, 2, divisor_override=-3)
F.interpolate(n, 9)  F.interpolate(n, 12)  F.interpolate(n, 12, mode="bicubic")
F.pixel_shuffle(c, 2)  F.pixel_shuffle(c[0], 2)  F.pixel_unshuffle(c, 2)  F.pixel_shuffle(c, 1)  F.channel_shuffle(c, 3)  F.channel_shuffle(c, 4)
F.unfold(x, 3)  F.unfold(x, (2, 3), dilation=2, padding=1, stride=(2, 1))  F.unfold(u, 3, padding=2)  F.fold(k, (6, 7), 2)  F.fold(k, (6, 6), 2, padding=(0, 1), stride=1, dilation=(1, 2))
F.fold(k[0], (6, 7), (2, 2))  F.fold(k, (10, 12), 2, stride=2)  F.unfold(d, 3)  F.unfold(e, 3)
F.unfold(x > 0, 3, padding=1)  F.fold(k > 1, (6, 7), 2)
"""
ERRORS = """
F.max_pool2d(x, (2, 2, 2))  F.max_pool2d(x, 11)  F.max_pool2d(x, 2, padding=2)  F.max_pool2d(x, 0)  F.max_pool2d(x, 2, 0)  F.max_pool2d(x, 2.5)  F.max_pool2d(x[0, 0], 2)  F.max_pool2d(x, "a")
F.max_pool2d(x, 2, -1)  F.max_pool2d(x[:, :0], 2)  F.max_pool2d(x[:, :, :0], 2)  F.max_pool2d(x, 2, padding=-1)  F.max_pool2d(x > 0, 2)  F.max_pool1d(x, 2)  F.max_pool3d(x[0, 0], 2)
F.avg_pool2d(x, 3, divisor_override=0)  F.avg_pool2d(x, 2, padding=2)  F.avg_pool2d(i.int(), 2)  F.avg_pool2d(x > 0, 2)  F.avg_pool1d(l, 3, divisor_override=2)
F.adaptive_avg_pool2d(x, (3, 3, 3))  F.adaptive_avg_pool2d(i, 2)  F.adaptive_max_pool2d(i, 2)  F.adaptive_avg_pool2d(x, -1)  F.adaptive_avg_pool2d(x, 2.5)  F.adaptive_max_pool2d(x[:, :, :0], 2)
F.max_unpool2d(x, i, 2)  F.max_unpool2d(x, x, 2)  F.max_unpool2d(x, x.long() + 9999, 2)  F.max_unpool2d(x, x.long() * 0, 2, output_size=(40, 40))  F.max_unpool2d(x, x.long() * 0, 2, output_size=(40,))
F.pad(b, (1, 1), value=-2)  F.pad(b, (1, 1), value=256)  F.max_pool2d(x, 2, 2, 2, 3)  F.max_pool1d(l, 2, 2, 2, 3)  F.max_pool3d(v, 2, 2, 2, 3)
F.pad(b, (1, 1), value=float("inf"))  F.pad(x, (1, 1), "foo")  F.pad(x, (1,))  F.pad(x, (1,) * 10)  F.pad(x, (-11, 0))  F.pad(x, (9, 9), "reflect")  F.pad(l, (11, 0), "reflect")  F.pad(l, (12, 0), "circular")
F.pad(x, (1, 1), "reflect")  F.pad(l[0, 0], (1, 1), "reflect")  F.pad(l, (1, 1), "reflect", 3)  F.pad(x, (1.5, 1))  F.pad(x, 1)
F.interpolate(x)  F.interpolate(x, 2, 2)  F.interpolate(x, (2, 2, 2))  F.interpolate(x, scale_factor=(2,))  F.interpolate(x, 2, mode="linear")  F.interpolate(x, 2, mode="foo")
F.interpolate(x, 2, align_corners=True)  F.interpolate(x, 0)  F.interpolate(u, 2, mode="bilinear")  F.interpolate(x[0, 0], 2)  F.interpolate(x, 16, recompute_scale_factor=True)  F.interpolate(i, 16)
F.interpolate(x[0, 0], (2,))  F.interpolate(x, 2.5)  F.interpolate(x, (2.5, 2))  F.interpolate(x, scale_factor=-1.0)  F.interpolate(x, scale_factor=0.01)  F.interpolate(l, 4, mode="linear", antialias=True)  F.interpolate(x, 4, antialias=True)
F.pixel_shuffle(x, 2)  F.pixel_shuffle(c, 0)  F.pixel_unshuffle(x, 2)  F.pixel_shuffle(x[0, 0], 1)  F.channel_shuffle(x, 2)  F.channel_shuffle(x, 0)  F.channel_shuffle(x[0, 0], 1)
F.unfold(x, 11)  F.unfold(x, (2, 2, 2))  F.unfold(x[0, 0], 2)  F.unfold(x, 0)  F.unfold(x, 2, stride=0)  F.unfold(x, 2, padding=-1)  F.unfold(i, 2)
F.fold(k, 4, 2)  F.fold(k, (6, 7), 5)  F.fold(x, (8, 8), 2)  F.fold(k.long(), (6, 7), 2)
"""
LAYERS = {
    "l": "MaxPool1d(2) AvgPool1d(2) AvgPool1d(3,stride=1,padding=1) LPPool1d(2,3) AdaptiveAvgPool1d(3) AdaptiveMaxPool1d(3) ZeroPad1d(2) "
    "ConstantPad1d((1,2),3.5) ReflectionPad1d(2) ReplicationPad1d((3,1)) CircularPad1d(2) Upsample(17) Upsample(scale_factor=2,mode='linear')",
    "x": "MaxPool2d(2) MaxPool2d(3,2,1) MaxPool2d((2,1),padding=(1,0),dilation=2,ceil_mode=True) AvgPool2d(2) AvgPool2d((3,2),count_include_pad=False,padding=1) "
    "LPPool2d(2,3) LPPool2d(2,3,stride=1,ceil_mode=True) AdaptiveAvgPool2d((1,None)) AdaptiveAvgPool2d(5) AdaptiveMaxPool2d(3) BatchNorm2d(3) BatchNorm2d(3,momentum=None,affine=False) "
    "BatchNorm2d(3,track_running_stats=False) BatchNorm2d(4) InstanceNorm2d(3) InstanceNorm2d(3,affine=True,track_running_stats=True) InstanceNorm2d(4,affine=True) ZeroPad2d(1) "
    "ConstantPad2d(1,2.5) ReflectionPad2d((1,2,3,4)) ReplicationPad2d(2) CircularPad2d((1,2,3,4)) Upsample((4,5)) Upsample(scale_factor=(2,3),mode='bilinear',align_corners=True) "
    "Upsample(scale_factor=1.5,mode='bicubic',recompute_scale_factor=True) UpsamplingNearest2d(scale_factor=2) UpsamplingBilinear2d((3,3)) Unfold(2) Unfold((2,3),padding=1,stride=2)",
    "u": "MaxPool2d(2) BatchNorm2d(3) InstanceNorm2d(3) ReflectionPad2d(1) AvgPool2d(2) AdaptiveAvgPool2d(2) Unfold(2)",
    "v": "MaxPool3d(2) AvgPool3d(2) AvgPool3d(2,divisor_override=3) LPPool3d(2,2) AdaptiveAvgPool3d(2) AdaptiveMaxPool3d((1,2,None)) BatchNorm3d(2) InstanceNorm3d(2) ZeroPad3d(1) ConstantPad3d(1,2.0) "
    "ReflectionPad3d(1) ReplicationPad3d(2) CircularPad3d(1) Upsample(scale_factor=2,mode='trilinear')",
    "c": "PixelShuffle(2) PixelUnshuffle(2) ChannelShuffle(3)",
    "k": "Fold((6,7),2)",
}  # fmt: skip


def calls(text):
    return [call for line in text.strip().splitlines() for call in line.split("  ")]


def given(lib):
    make = tt.tensor if lib is tt else torch.tensor
    return {k: make(a, requires_grad=a.dtype.kind == "f" and k != "n") for k, a in INPUTS.items()}


def run(lib, call, order=2):
    """The result, and gradients of a fixed function of it to second order with respect to the inputs that it used."""
    names = {"F": tt_spatial.functional if lib is tt else torch.nn.functional, **given(lib)}
    y = eval(call, names)
    found = [y]
    xs = [x for k, x in names.items() if k != "F" and k in call and getattr(x, "requires_grad", False)]
    if y.requires_grad:
        grad = tt.grad if lib is tt else torch.autograd.grad
        scalar = (y * y * y).sum()
        for _ in range(order):
            found += grad(scalar, xs, create_graph=True, allow_unused=True, materialize_grads=True)
            scalar = sum((g * g).sum() for g in found[-len(xs) :])
    return found


def same(ours, theirs, rtol=1e-4, atol=1e-4):
    assert len(ours) == len(theirs)
    for a, b in zip(ours, theirs, strict=True):
        assert tuple(a.shape) == tuple(b.shape)
        a, b = a.detach().array, b.detach().numpy()
        assert a.dtype == b.dtype
        wide = 2e-2 if a.dtype == np.float16 else 0
        np.testing.assert_allclose(
            a, b, rtol + wide, (atol + wide) * max(1.0, float(np.nan_to_num(np.abs(b), posinf=0).max(initial=0)))
        )


@pytest.mark.parametrize("call", calls(CALLS))
def test_call(call):
    half = "(h" in call  # whose gradients PyTorch rounds at every step
    same(run(tt, call, 0 if half else 2), run(torch, call, 0 if half else 2))


@pytest.mark.parametrize("call", calls(ERRORS))
def test_error(call):
    with pytest.raises(Exception) as theirs:
        run(torch, call)
    wanted = next(
        c for c in (IndexError, ValueError, TypeError, NotImplementedError, RuntimeError) if theirs.errisinstance(c)
    )
    with pytest.raises((wanted, TypeError) if wanted is NotImplementedError else wanted):
        run(tt, call)


@pytest.mark.parametrize(("key", "code"), [(k, code) for k, codes in LAYERS.items() for code in codes.split()])
def test_layer(key, code):
    ours, theirs = eval(code, dict(vars(tt_spatial))), eval(code, dict(vars(torch.nn)))
    assert repr(ours) == repr(theirs)
    assert list(ours.state_dict()) == list(theirs.state_dict())
    for step in range(3):
        x, y = given(tt)[key], given(torch)[key]
        try:
            expected = theirs(y)
        except (RuntimeError, ValueError) as error:
            with pytest.raises(ValueError if isinstance(error, ValueError) else RuntimeError):
                ours(x)
            return
        found = ours(x)
        same([found], [expected])
        (found * found * found).sum().backward()
        (expected * expected * expected).sum().backward()
        same([x.grad, *(p.grad for p in ours.parameters())], [y.grad, *(p.grad for p in theirs.parameters())])
        for a, b in zip(ours.state_dict().values(), theirs.state_dict().values(), strict=True):
            same([a], [b])
        if step == 1:
            ours.eval()
            theirs.eval()
