"""The morning brief: its shapes, and how it is written: HTML, Markdown, PDF, tables, slides."""
