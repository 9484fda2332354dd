"""The report: one page that carries the decision, what it rests on and how good it is to those who decide."""
