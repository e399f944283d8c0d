"""What each social platform's payload means: raw post → the part of it that names nobody. Pure; no network."""
