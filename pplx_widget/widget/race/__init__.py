"""One question asked in two ways at once, and the figures of both: see `pplx_widget.race`."""
