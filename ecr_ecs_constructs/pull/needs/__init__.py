"""Needs: all that a task must have before its process starts."""
