"""The rules: one module a family of rules, the catalogue, and the judge that applies it."""
