"""The slices of the panel: one folder each, the same file names in all."""
