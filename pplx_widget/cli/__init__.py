"""The command `pplx-widget`."""
