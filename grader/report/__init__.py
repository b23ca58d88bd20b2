"""How a grading is told: report.json, the console, feedback for the student, pictures."""
