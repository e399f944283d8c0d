"""A small fictional press and social platform on loopback, so that the main job can be shown without a network."""
