"""The figures of the house, each a ratio between two things measured in the same run."""
