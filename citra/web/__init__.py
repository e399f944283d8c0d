"""The dashboard: server-rendered pages over the verbs, behind users, roles and a strict content policy."""
