"""An oracle for conditions: the symbolic answer about a template must be the worst of those about its foldings.

A template with conditions and allowed values is a family of templates without any. The oracle puts conditions into
templates without any, folds them away again for every assignment of their parameters, judges each folding, and
compares. The judge of a folding never meets a condition, so that it can't be wrong about one.
"""
