"""The inspector: the stream of an answer, frame by frame, on a timeline."""
