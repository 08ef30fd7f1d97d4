"""Every state that an answer can be seen in: for people to look at, and for tests."""
