"""The platforms that containers are for, held against those that they run on."""
