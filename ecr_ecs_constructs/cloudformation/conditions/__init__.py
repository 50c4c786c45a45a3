"""The mechanism for conditions: every question is asked in a world."""
