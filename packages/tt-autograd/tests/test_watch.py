import pytest
import tt_autograd as tt
from tt_autograd import detect_anomaly, grad_mode, is_anomaly_enabled, set_detect_anomaly


def leaf(*values):
    return tt.tensor(values, requires_grad=True)


def test_forward_names_the_operation_and_the_line():
    x = leaf(0.0, 1.0)
    with (
        pytest.raises(RuntimeError, match=r"log turned finite inputs into Inf, in .*test_watch.py:\d+: y = x.log"),
        detect_anomaly(),
    ):
        y = x.log()  # noqa: F841
    assert grad_mode.unusual == 0
    assert grad_mode.thread.watching is None


def test_values_that_are_not_finite_from_the_start_do_not_count():
    x = leaf(1.0, 2.0)
    with detect_anomaly():
        y = x * float("inf")
        (y * 2).sum()


def test_backward_names_the_operation_and_the_line():
    x = leaf(0.0)
    with (
        pytest.raises(RuntimeError, match=r"SqrtBackward0.*0th output.*Inf.*test_watch.py:\d+: x.sqrt"),
        detect_anomaly(),
    ):
        x.sqrt().sum().backward()
    z = leaf(0.0).sqrt()
    with pytest.raises(RuntimeError, match="not known"), detect_anomaly():
        z.sum().backward()


def test_nested_blocks_and_the_switch():
    assert not is_anomaly_enabled()
    set_detect_anomaly(True)
    try:
        assert is_anomaly_enabled()
        with set_detect_anomaly(False):
            assert not is_anomaly_enabled()
            leaf(0.0).log()
        assert is_anomaly_enabled()
        with pytest.raises(RuntimeError, match="log"):
            leaf(0.0).log()
    finally:
        set_detect_anomaly(False)
    with detect_anomaly(check_nan=False):
        leaf(0.0).log()
    leaf(0.0).log()
    assert grad_mode.unusual == 0
