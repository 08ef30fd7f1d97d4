"""Many questions: the rows of a batch, and how they are asked."""
