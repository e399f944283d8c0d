"""Fetched bytes to documents. Pure: nothing here opens a socket or asks a clock."""
