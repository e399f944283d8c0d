"""Tables that other tools export (CSV, JSON Lines) → documents, by a column map. No network, no lake."""
