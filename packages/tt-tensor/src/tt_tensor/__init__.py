"""The array: creation, indexing, arithmetic, reductions, linear algebra, random numbers, and no gradient anywhere."""
