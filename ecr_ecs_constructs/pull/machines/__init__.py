"""Container instances: what launches them, what they boot, and what they register with."""
