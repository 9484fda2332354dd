"""The side-by-side benchmark: published instances, solved by siting and by others."""
