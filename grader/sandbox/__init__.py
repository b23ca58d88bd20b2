"""Where untrusted code runs: boxes, their limits, and the channel into them."""
