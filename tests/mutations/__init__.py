"""Single changes of proven templates: each that is still proven must be declared not to stop the task.

The judge lists what is good, and whoever extends it forgets something. Here every place of a template that is proven is
changed, each alone. Either the judge answers otherwise, or a declaration says why the task starts all the same.
"""
