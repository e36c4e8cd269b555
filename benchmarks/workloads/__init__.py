"""The workloads, one file per topic. Each is written once: `torch` is PyTorch or TinyTorch, whichever is passed in."""
