"""The benchmark: how fast the judge is, beside what users would run instead of it."""
