"""Running a question: preparation, the session, the conversation before it, and costs."""
