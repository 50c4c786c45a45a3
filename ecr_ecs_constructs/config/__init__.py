"""The one configuration of a project, for the command and inside a synthesis alike."""
