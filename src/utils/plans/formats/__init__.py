"""One module a format: a file's bytes in, an Extracted out. Nothing here executes, fetches or writes anything.

kinds tells the formats apart by their first bytes; plain (.txt, .md), web (.html), word (.docx), pdf and office (.doc,
through LibreOffice) read them. A module is imported when a file of its format is read, so a text plan waits for none.
"""
