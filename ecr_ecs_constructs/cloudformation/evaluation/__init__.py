"""The values of a template's nodes in one world."""
