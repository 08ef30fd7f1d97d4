"""The widgets: the models of answers, inspectors and races, and the channel to their views."""
