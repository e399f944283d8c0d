"""What one task of a schedule does: settings, keys and times in, keys and counts out. Knows no scheduler.

``dags/`` wires these functions; a cron line could as well. Every function may be called again at any moment: it takes
up what is undone and changes nothing where all is done. Times come from the caller.
"""
