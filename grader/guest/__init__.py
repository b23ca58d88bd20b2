"""The small program that runs inside a box. It imports nothing else of grader."""
