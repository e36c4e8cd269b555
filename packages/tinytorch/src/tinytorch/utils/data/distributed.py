"""The sampler for several processes, where PyTorch has it: the same as `tinytorch.data`."""

from ...data import DistributedSampler as DistributedSampler
