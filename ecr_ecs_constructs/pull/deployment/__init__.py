"""Deployments: what they wait for, what ends them, and what they hand to what."""
