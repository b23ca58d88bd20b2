"""Rules over source text. A student's code is parsed, never imported or run."""
