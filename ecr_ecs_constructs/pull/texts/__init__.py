"""Texts of which parts are known only at deployment."""
