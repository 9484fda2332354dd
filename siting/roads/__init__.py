"""Travel times on real roads: ask a server, an extract or a matrix once, and write tables for the study."""
