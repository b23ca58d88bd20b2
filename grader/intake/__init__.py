"""The door: a folder or an archive comes in, two files of ours go on, or a reason why not.

`receive` tells the story. A parcel (`parcel`) is a `folder` or an archive (`archive` recognises it,
`zip_archive` and `tar_archive` unpack it, `member_names` turns tricks away); `choice` finds the two
files in it, `copying` brings them over and counts, `contents` looks at what was brought.
"""

from grader.intake.receiving import receive, student_name

__all__ = ["receive", "student_name"]
