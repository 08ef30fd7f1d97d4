"""Every visible state of an answer, for people and for tests."""
