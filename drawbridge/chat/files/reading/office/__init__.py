"""Office documents: files packed in a ZIP archive, of XML. What they say, as plain text with as much form as helps."""
