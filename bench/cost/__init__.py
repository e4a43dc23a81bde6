"""Counts of a run on the local stack, priced by a table: what Citas costs on AWS."""
