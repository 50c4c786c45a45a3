"""The pull path of a container: its image, the repository, who pulls it and where it runs."""
