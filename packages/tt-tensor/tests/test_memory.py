"""Arrays that are made and freed again and again get the same pages."""

import os
import subprocess
import sys

import pytest

CODE = """
import resource
import numpy as np
import tt_tensor

def step():
    kept = [np.ones(400_000, np.float32) for _ in range(20)]
    del kept

for _ in range(3):
    step()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(10):
    step()
print((resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before) // 10)
"""


def faults(**variables):
    done = subprocess.run(
        [sys.executable, "-c", CODE], env=os.environ | variables, capture_output=True, text=True, check=True
    )
    return int(done.stdout)


@pytest.mark.skipif(sys.platform != "linux" or os.confstr("CS_GNU_LIBC_VERSION") is None, reason="about glibc")
def test_freed_memory_is_kept():
    """Ten steps of 32 MB are 8,000 pages each if they are asked for anew."""
    assert faults() < 100
    assert faults(MALLOC_TRIM_THRESHOLD_="131072") > 2000
