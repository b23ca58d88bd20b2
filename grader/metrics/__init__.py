"""Measures of agreement between a predicted mask and the ground truth."""
