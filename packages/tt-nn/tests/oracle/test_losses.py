"""Losses and distances, as functions and as modules: all reductions, weights, shapes and errors."""

import numpy as np
import pytest
import tt_nn

torch = pytest.importorskip("torch")

REDUCTIONS = ["none", "mean", "sum"]
INF, NAN = float("inf"), float("nan")


def floats(*shape, seed=0, dtype="float32"):
    return np.asarray(np.random.default_rng(seed).standard_normal(shape), dtype)


def probabilities(*shape, seed=1, dtype="float32"):
    return np.asarray(np.random.default_rng(seed).random(shape), dtype)


def signs(*shape, seed=2):
    return np.asarray(np.random.default_rng(seed).choice([-1.0, 1.0], shape), "float32")


def indices(classes, *shape, seed=3):
    return np.asarray(np.random.default_rng(seed).integers(0, classes, shape))


X, Y, P = floats(4, 3), floats(4, 3, seed=5), probabilities(4, 3)
LOG_P = np.log(P / P.sum(1, keepdims=True))

LOSSES = {
    "l1": (lambda F, x, y, r: F.l1_loss(x, y, reduction=r), X, Y),
    "l1 weight": (lambda F, x, y, w, r: F.l1_loss(x, y, reduction=r, weight=w), X, Y, P),
    "mse": (lambda F, x, y, r: F.mse_loss(x, y, reduction=r), X, Y),
    "mse weight": (lambda F, x, y, w, r: F.mse_loss(x, y, reduction=r, weight=w), X, Y, P),
    "mse float64": (lambda F, x, y, r: F.mse_loss(x, y, reduction=r), X.astype(float), Y.astype(float)),
    "mse mixed": (lambda F, x, y, r: F.mse_loss(x, y, reduction=r), X, Y.astype(float)),
    "mse 0-d": (lambda F, x, y, r: F.mse_loss(x, y, reduction=r), floats(), floats(seed=1)),
    "mse empty": (lambda F, x, y, r: F.mse_loss(x, y, reduction=r), X[:0], Y[:0]),
    "mse integers": (lambda F, x, y, r: F.mse_loss(x, y, reduction=r), X, indices(3, 4, 3)),
    "mse large": (lambda F, x, y, r: F.mse_loss(x, y, reduction=r), floats(200, 300), floats(200, 300, seed=1)),
    "smooth_l1": (lambda F, x, y, r: F.smooth_l1_loss(x, y, reduction=r), X, Y),
    "smooth_l1 beta": (lambda F, x, y, r: F.smooth_l1_loss(x, y, reduction=r, beta=0.3), X, Y),
    "smooth_l1 beta 0": (lambda F, x, y, r: F.smooth_l1_loss(x, y, reduction=r, beta=0.0), X, Y),
    "smooth_l1 beta < 0": (lambda F, x, y, r: F.smooth_l1_loss(x, y, reduction=r, beta=-1.0), X, Y),
    "huber": (lambda F, x, y, r: F.huber_loss(x, y, reduction=r, delta=0.6), X, Y),
    "huber weight": (lambda F, x, y, w, r: F.huber_loss(x, y, reduction=r, weight=w), X, Y, P),
    "huber delta 0": (lambda F, x, y, r: F.huber_loss(x, y, reduction=r, delta=0.0), X, Y),
    "huber weight shape": (lambda F, x, y, w, r: F.huber_loss(x, y, reduction=r, weight=w), X, Y, P[:1]),
    "poisson": (lambda F, x, y, r: F.poisson_nll_loss(x, y, reduction=r), X, P * 4),
    "poisson full": (lambda F, x, y, r: F.poisson_nll_loss(x, y, full=True, reduction=r), X, P * 4),
    "poisson not log": (lambda F, x, y, r: F.poisson_nll_loss(x, y, log_input=False, reduction=r), P, P * 4),
    "gaussian": (lambda F, x, y, v, r: F.gaussian_nll_loss(x, y, v, reduction=r), X, Y, P),
    "gaussian full": (lambda F, x, y, v, r: F.gaussian_nll_loss(x, y, v, full=True, reduction=r), X, Y, P),
    "gaussian small": (lambda F, x, y, v, r: F.gaussian_nll_loss(x, y, v, eps=0.5, reduction=r), X, Y, P),
    "gaussian row": (lambda F, x, y, v, r: F.gaussian_nll_loss(x, y, v, reduction=r), X, Y, P[:, 0]),
    "gaussian column": (lambda F, x, y, v, r: F.gaussian_nll_loss(x, y, v, reduction=r), X, Y, P[:, :1]),
    "gaussian number": (lambda F, x, y, r: F.gaussian_nll_loss(x, y, 0.5, reduction=r), X, Y),
    "gaussian negative": (lambda F, x, y, v, r: F.gaussian_nll_loss(x, y, v, reduction=r), X, Y, -P),
    "gaussian middle": (lambda F, x, y, v, r: F.gaussian_nll_loss(x, y, v, reduction=r), X, Y, P[:1]),
    "gaussian one": (lambda F, x, y, v, r: F.gaussian_nll_loss(x, y, v, reduction=r), X, Y, P[:1, :1]),
    "gaussian shape": (lambda F, x, y, v, r: F.gaussian_nll_loss(x, y, v, reduction=r), X, Y, P[:2]),
    "kl": (lambda F, x, y, r: F.kl_div(x, y, reduction=r), LOG_P, P),
    "kl zeros": (lambda F, x, y, r: F.kl_div(x, y.detach(), reduction=r), LOG_P, np.where(P > 0.5, P, 0).astype("float32")),
    "kl log": (lambda F, x, y, r: F.kl_div(x, y, reduction=r, log_target=True), LOG_P, LOG_P * 0.5),
    "kl batchmean": (lambda F, x, y, r: F.kl_div(x, y, reduction="batchmean"), LOG_P, P),
    "bce": (lambda F, x, y, r: F.binary_cross_entropy(x, y, reduction=r), P, probabilities(4, 3, seed=9)),
    "bce weight": (lambda F, x, y, w, r: F.binary_cross_entropy(x, y, w.detach(), reduction=r), P, probabilities(4, 3, seed=9), P[0]),
    "bce weight shape": (lambda F, x, y, w, r: F.binary_cross_entropy(x, y, w.detach(), reduction=r), P[:, :1], P[:, :1], P[0]),
    "ce probabilities, ignored": (lambda F, x, y, r: F.cross_entropy(x, y, ignore_index=1, reduction=r), X, P),
    "ce probabilities, weight": (lambda F, x, y, w, r: F.cross_entropy(x, y, w, reduction=r), X, P, P[0]),
    "bce edges": (lambda F, x, y, r: F.binary_cross_entropy(x, y.detach(), reduction=r), np.array([0, 0, 1, 1, 0.5], "float32"), np.array([0, 1, 0, 1, 0.5], "float32")),
    "bce out of range": (lambda F, x, y, r: F.binary_cross_entropy(x, y, reduction=r), X, P),
    "bce NaN": (lambda F, x, y, r: F.binary_cross_entropy(x, y, reduction=r), X * NAN, P),
    "bce shape": (lambda F, x, y, r: F.binary_cross_entropy(x, y, reduction=r), P, P[:, :1]),
    "bce_with_logits": (lambda F, x, y, r: F.binary_cross_entropy_with_logits(x, y, reduction=r), X, P),
    "bce_with_logits 0-d": (lambda F, x, y, r: F.binary_cross_entropy_with_logits(x, y, reduction=r), floats(), probabilities()),
    "bce_with_logits extreme": (lambda F, x, y, r: F.binary_cross_entropy_with_logits(x, y, reduction=r), X * 1e4, P),
    "bce_with_logits weight": (lambda F, x, y, w, r: F.binary_cross_entropy_with_logits(x, y, w.detach(), reduction=r), X, P, P[0]),
    "bce_with_logits pos_weight": (lambda F, x, y, w, r: F.binary_cross_entropy_with_logits(x, y.detach(), reduction=r, pos_weight=w.detach()), X * 9, P, P[0] * 3),
    "bce_with_logits pos_weight shape": (lambda F, x, y, w, r: F.binary_cross_entropy_with_logits(x, y.detach(), reduction=r, pos_weight=w.detach()), X[:, :1], P[:, :1], P[0]),
    "bce_with_logits both": (lambda F, x, y, w, v, r: F.binary_cross_entropy_with_logits(x, y.detach(), v.detach(), reduction=r, pos_weight=w.detach()), X, P, P[0] * 3, P),
    "bce_with_logits shape": (lambda F, x, y, r: F.binary_cross_entropy_with_logits(x, y, reduction=r), X, P[:, :1]),
    "bce_with_logits large": (lambda F, x, y, r: F.binary_cross_entropy_with_logits(x, y, reduction=r), floats(100, 90), probabilities(100, 90)),
    "margin_ranking": (lambda F, a, b, y, r: F.margin_ranking_loss(a, b, y.detach(), 0.3, reduction=r), X, Y, signs(4, 3)),
    "margin_ranking shape": (lambda F, a, b, y, r: F.margin_ranking_loss(a, b, y, reduction=r), X, Y, signs(4)),
    "hinge_embedding": (lambda F, x, y, r: F.hinge_embedding_loss(x, y.detach(), 0.8, reduction=r), X, signs(4, 3)),
    "soft_margin": (lambda F, x, y, r: F.soft_margin_loss(x, y.detach(), reduction=r), X * 20, signs(4, 3)),
    "multilabel_soft_margin": (lambda F, x, y, r: F.multilabel_soft_margin_loss(x, y, reduction=r), X, P),
    "multilabel_soft_margin weight": (lambda F, x, y, w, r: F.multilabel_soft_margin_loss(x, y, w, reduction=r), X, P, P[0]),
    "multi_margin": (lambda F, x, t, r: F.multi_margin_loss(x, t, reduction=r), X, indices(3, 4)),
    "multi_margin p weight": (lambda F, x, t, w, r: F.multi_margin_loss(x, t, p=2, margin=0.7, weight=w.detach(), reduction=r), X, indices(3, 4), P[0]),
    "multi_margin one": (lambda F, x, t, r: F.multi_margin_loss(x, t, reduction=r), X[0], indices(3)),
    "multi_margin p 3": (lambda F, x, t, r: F.multi_margin_loss(x, t, p=3, reduction=r), X, indices(3, 4)),
    "multi_margin range": (lambda F, x, t, r: F.multi_margin_loss(x, t, reduction=r), X, indices(3, 4) + 5),
    "multi_margin shape": (lambda F, x, t, r: F.multi_margin_loss(x, t, reduction=r), X, indices(3, 5)),
    "multilabel_margin": (lambda F, x, t, r: F.multilabel_margin_loss(x, t, reduction=r), X, np.array([[0, -1, 1], [2, 1, -1], [-1, 0, 0], [0, 1, 2]])),
    "multilabel_margin one": (lambda F, x, t, r: F.multilabel_margin_loss(x, t, reduction=r), X[0], np.array([2, -1, 0])),
    "multilabel_margin shape": (lambda F, x, t, r: F.multilabel_margin_loss(x, t, reduction=r), X, indices(3, 4, 2)),
    "cosine_embedding": (lambda F, a, b, y, r: F.cosine_embedding_loss(a, b, y.detach(), 0.1, reduction=r), X, Y, signs(4)),
    "cosine_embedding one": (lambda F, a, b, y, r: F.cosine_embedding_loss(a, b, y.detach(), reduction=r), X[0], Y[0], signs()),
    "cosine_embedding shape": (lambda F, a, b, y, r: F.cosine_embedding_loss(a, b, y, reduction=r), X, Y, signs(4, 3)),
    "triplet_margin": (lambda F, a, p, n, r: F.triplet_margin_loss(a, p, n, reduction=r), X, Y, floats(4, 3, seed=8)),
    "triplet_margin swap": (lambda F, a, p, n, r: F.triplet_margin_loss(a, p, n, margin=2.0, p=1, swap=True, reduction=r), X, Y, floats(4, 3, seed=8)),
    "triplet_margin margin": (lambda F, a, p, n, r: F.triplet_margin_loss(a, p, n, margin=-1.0, reduction=r), X, Y, Y),
    "triplet_margin_with_distance": (lambda F, a, p, n, r: F.triplet_margin_with_distance_loss(a, p, n, swap=True, reduction=r, distance_function=lambda x, y: (x - y).abs().sum(-1)), X, Y, floats(4, 3, seed=8)),
    "pairwise_distance": (lambda F, a, b, r: F.pairwise_distance(a, b, keepdim=r == "none"), X, Y),
    "pairwise_distance 3": (lambda F, a, b, r: F.pairwise_distance(a, b, 3.0), X, Y),
    "cosine_similarity": (lambda F, a, b, r: F.cosine_similarity(a, b), X, Y),
    "cosine_similarity broadcast": (lambda F, a, b, r: F.cosine_similarity(a, b, dim=-1), X, Y[:1]),
    "normalize": (lambda F, x, r: F.normalize(x), X),
    "normalize 1": (lambda F, x, r: F.normalize(x, p=1, dim=0), X),
}  # fmt: skip


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("name", LOSSES)
def test_loss(name, reduction, agree):
    call, *arrays = LOSSES[name]
    agree(lambda F, *xs: call(F, *xs, reduction), *arrays)


def test_reductions_and_deprecated_arguments(agree):
    for name in ("mse_loss", "l1_loss", "cross_entropy", "binary_cross_entropy_with_logits", "kl_div"):
        agree(lambda F, x, y, name=name: getattr(F, name)(x, y, reduction="median"), X, P)
        with pytest.raises(TypeError, match="reduction="):
            getattr(tt_nn.functional, name)(None, None, size_average=False)


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("shape", [(4, 3), (64, 10), (3,), (2, 3, 5), (2, 3, 4, 2), (300, 200), (0, 3)])
class TestCrossEntropy:
    def data(self, shape, dtype="float32"):
        x = floats(*shape, dtype=dtype) * 3
        dim = 1 if x.ndim > 1 else 0
        return x, indices(shape[dim], *shape[:dim], *shape[dim + 1 :]), probabilities(shape[dim]) + 0.1

    @pytest.mark.parametrize("dtype", ["float32", "float64", "float16"])
    def test_indices(self, shape, reduction, dtype, agree):
        x, t, _ = self.data(shape, dtype)
        if dtype == "float16" and x.size > 1000:
            pytest.skip("PyTorch adds up float16 in float16")
        agree(lambda F, x, t: F.cross_entropy(x, t, reduction=reduction), x, t)
        if dtype != "float16":
            agree(lambda F, x, t: F.nll_loss(x, t, reduction=reduction), x, t)

    @pytest.mark.parametrize("ignore_index", [1, -1])
    @pytest.mark.parametrize("smoothing", [0.0, 0.3])
    @pytest.mark.parametrize("weighted", [False, True])
    def test_weights_and_ignored_targets(self, shape, reduction, ignore_index, smoothing, weighted, agree):
        x, t, w = self.data(shape)
        t = np.asarray(np.where(t == 0, ignore_index, t))

        def call(F, x, t, w):
            w = w.detach() if weighted else None
            return F.cross_entropy(x, t, w, ignore_index=ignore_index, reduction=reduction, label_smoothing=smoothing)

        agree(call, x, t, w)
        if not smoothing:
            agree(
                lambda F, x, t, w: F.nll_loss(
                    x, t, w.detach() if weighted else None, ignore_index=ignore_index, reduction=reduction
                ),
                x,
                t,
                w,
            )

    @pytest.mark.parametrize("smoothing", [0.0, 0.3])
    def test_probabilities(self, shape, reduction, smoothing, agree):
        x, _, w = self.data(shape)
        y = probabilities(*shape)
        agree(lambda F, x, y: F.cross_entropy(x, y, reduction=reduction, label_smoothing=smoothing), x, y)
        agree(
            lambda F, x, y, w: F.cross_entropy(x, y, w.detach(), reduction=reduction, label_smoothing=smoothing),
            x,
            y,
            w,
        )


def test_cross_entropy_of_extremes(agree):
    x = np.array([[1e4, -1e4], [-1e4, 1e4], [-INF, 0.0], [88.0, 89.0], [-200.0, -201.0]], "float32")
    for t in ([0, 1, 1, 0, 1], [1, 0, 1, 1, 1]):
        for reduction in REDUCTIONS:
            agree(lambda F, x, t, r=reduction: F.cross_entropy(x, t, reduction=r), x, np.array(t))


CROSS_ENTROPY_ERRORS = {
    "too large": (X, np.array([0, 1, 2, 3])),
    "negative": (X, np.array([0, 1, 2, -1])),
    "int32": (X, np.array([0, 1, 2, 0], "int32")),
    "float": (X, np.array([0, 1, 2, 0], "float32")),
    "bool": (X, np.array([True, False, True, True])),
    "batch": (X, np.array([0, 1, 2])),
    "column": (X, np.array([[0], [1], [2], [0]])),
    "scores are integers": (np.ones((4, 3), int), np.array([0, 1, 2, 0])),
    "probabilities of another shape": (X, P[:2]),
    "uint8": (X, np.array([0, 1, 2, 0], "uint8")),
}


@pytest.mark.parametrize("name", CROSS_ENTROPY_ERRORS)
def test_cross_entropy_errors(name, agree):
    agree(lambda F, x, t: F.cross_entropy(x, t), *CROSS_ENTROPY_ERRORS[name])
    if name != "probabilities of another shape":
        agree(lambda F, x, t: F.nll_loss(x, t), *CROSS_ENTROPY_ERRORS[name])
    if name == "uint8":
        return
    agree(lambda F, x, t, w: F.cross_entropy(x, t, w.detach()), *CROSS_ENTROPY_ERRORS[name], P[0])


def test_other_cross_entropy_errors(agree):
    agree(lambda F, x, t, w: F.cross_entropy(x, t, w.detach()), X, indices(3, 4), P[0, :2])
    agree(lambda F, x, t, w: F.nll_loss(x, t, w.detach()), X, indices(3, 4), P[0, :2])
    agree(lambda F, x, t: F.cross_entropy(x, t, label_smoothing=1.5), X, indices(3, 4))


CTC = {
    "padded": (indices(4, 3, 3) + 1, [6, 5, 6], [3, 2, 1]),
    "concatenated": (indices(4, 6) + 1, [6, 5, 6], [3, 2, 1]),
    "repeats": (np.array([[1, 1, 2], [3, 3, 3], [2, 2, 2]]), [6, 6, 5], [3, 3, 3]),
    "no labels": (indices(4, 3, 3) + 1, [6, 6, 6], [0, 3, 0]),
    "does not fit": (np.array([[1, 1, 1], [1, 2, 3], [1, 1, 1]]), [3, 6, 4], [3, 3, 3]),
    "too long": (indices(4, 3, 3) + 1, [7, 6, 6], [3, 2, 1]),
}


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("name", CTC)
def test_ctc(name, reduction, agree):
    targets, steps, counts = CTC[name]
    for zero_infinity in (True, False) if name != "does not fit" else (True,):
        agree(
            lambda F, x, t, z=zero_infinity: F.ctc_loss(
                F.log_softmax(x, 2), t, tuple(steps), tuple(counts), reduction=reduction, zero_infinity=z
            ),
            floats(6, 3, 5),
            targets,
        )
    agree(
        lambda F, x, t: F.ctc_loss(F.log_softmax(x, 2), t, tuple(steps), tuple(counts), blank=9),
        floats(6, 3, 5),
        targets,
    )


def test_ctc_of_one_sequence(agree):
    agree(
        lambda F, x, t, n, m: F.ctc_loss(F.log_softmax(x, 1), t, n, m, reduction="none"),
        floats(6, 5),
        np.array([1, 2]),
        np.array(6),
        np.array(2),
    )


MODULES = {
    "L1Loss": [()], "MSELoss": [(), dict(reduction="sum")], "SmoothL1Loss": [(), dict(beta=0.5)], "HuberLoss": [(), dict(delta=0.5)], "PoissonNLLLoss": [(), dict(full=True)],
    "KLDivLoss": [dict(reduction="batchmean"), dict(reduction="sum", log_target=True)], "BCEWithLogitsLoss": [()], "SoftMarginLoss": [()], "HingeEmbeddingLoss": [dict(margin=0.3)],
    "MultiLabelSoftMarginLoss": [()], "CosineSimilarity": [(), dict(dim=0)], "PairwiseDistance": [(), dict(p=1.0)], "CrossEntropyLoss": [(), dict(label_smoothing=0.1)], "BCELoss": [()],
}  # fmt: skip


@pytest.mark.parametrize("name", MODULES)
def test_module(name, agree):
    for settings in MODULES[name]:
        settings = dict(settings)
        ours, theirs = getattr(tt_nn, name)(**settings), getattr(torch.nn, name)(**settings)
        assert repr(ours) == repr(theirs)
        pair = {tt_nn.functional: ours, torch.nn.functional: theirs}
        agree(lambda F, x, y, pair=pair: pair[F](x, y.detach()), P, P[::-1].copy())


THREE = [
    "MarginRankingLoss",
    "CosineEmbeddingLoss",
    "TripletMarginLoss",
    "TripletMarginWithDistanceLoss",
    "GaussianNLLLoss",
]


@pytest.mark.parametrize("name", THREE)
def test_module_of_three(name, agree):
    assert repr(getattr(tt_nn, name)()) == repr(getattr(torch.nn, name)())
    last = {"MarginRankingLoss": signs(4, 3), "CosineEmbeddingLoss": signs(4)}.get(name, P)
    agree(
        lambda F, x, y, z: getattr(tt_nn if F is tt_nn.functional else torch.nn, name)()(x, y, z.detach()), X, Y, last
    )


def test_modules_of_classes(agree):
    for name in ("CrossEntropyLoss", "NLLLoss", "MultiMarginLoss"):
        agree(
            lambda F, x, t, w, n=name: getattr(tt_nn if F is tt_nn.functional else torch.nn, n)(weight=w.detach())(
                x, t
            ),
            X,
            indices(3, 4),
            P[0],
        )
    agree(
        lambda F, x, t: (tt_nn if F is tt_nn.functional else torch.nn).MultiLabelMarginLoss()(x, t), X, indices(3, 4, 3)
    )
    lengths = (6, 6, 6), (2, 2, 2)
    agree(
        lambda F, x, t: (tt_nn if F is tt_nn.functional else torch.nn).CTCLoss()(F.log_softmax(x, 2), t, *lengths),
        floats(6, 3, 5),
        indices(4, 3, 2) + 1,
    )


@pytest.mark.parametrize("bias", [False, True])
def test_adaptive_softmax(bias):
    ours = tt_nn.AdaptiveLogSoftmaxWithLoss(8, 20, [4, 10], div_value=2.0, head_bias=bias)
    theirs = torch.nn.AdaptiveLogSoftmaxWithLoss(8, 20, [4, 10], div_value=2.0, head_bias=bias)
    assert repr(ours) == repr(theirs)
    assert list(ours.state_dict()) == list(theirs.state_dict())
    theirs.load_state_dict({k: torch.from_numpy(v.array.copy()) for k, v in ours.state_dict().items()})
    from tt_autograd import Tensor

    x, t = floats(30, 8), indices(20, 30)
    y, z = ours(Tensor(x), Tensor(t)), theirs(torch.from_numpy(x), torch.from_numpy(t))
    y.loss.backward()
    z.loss.backward()
    np.testing.assert_allclose(y.output.detach().array, z.output.detach().numpy(), 1e-5, 1e-6)
    for a, b in zip(ours.parameters(), theirs.parameters(), strict=True):
        np.testing.assert_allclose(a.grad.array, b.grad.numpy(), 1e-5, 1e-6)
    np.testing.assert_allclose(
        ours.log_prob(Tensor(x)).detach().array, theirs.log_prob(torch.from_numpy(x)).detach().numpy(), 1e-5, 1e-6
    )
    np.testing.assert_array_equal(ours.predict(Tensor(x)).array, theirs.predict(torch.from_numpy(x)).numpy())
    with pytest.raises(ValueError):
        tt_nn.AdaptiveLogSoftmaxWithLoss(8, 20, [10, 4])


@pytest.mark.parametrize("out", [(), (2,), (4, 3)])
def test_linear_cross_entropy(out, agree):
    x, w, b, t = floats(5, 3), floats(6, *out, 3, seed=1), floats(6, *out, seed=2), indices(6, 5, *out)
    agree(lambda F, x, w, t: F.linear_cross_entropy(x, w, t, label_smoothing=0.1), x, w, t)
    agree(lambda F, x, w, t, b: F.linear_cross_entropy(x, w, t, linear_bias=b, ignore_index=1), x, w, t, b)
    ours = tt_nn.LinearCrossEntropyLoss(3, 6, out_features=out, bias=True)
    theirs = torch.nn.LinearCrossEntropyLoss(3, 6, out_features=out, bias=True)
    assert repr(ours) == repr(theirs)
    theirs.load_state_dict({k: torch.from_numpy(v.array.copy()) for k, v in ours.state_dict().items()})
    agree(lambda F, x, t: (ours if F is tt_nn.functional else theirs)(x, t), x, t)
