"""The links of a container's pull path, one file each."""
