"""The yardstick: ratios to backpropagation written out by hand in NumPy, never absolute times."""
