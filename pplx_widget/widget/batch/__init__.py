"""`Batch`: many questions, and what shows them."""
