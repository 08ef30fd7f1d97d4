"""One question asked in two ways at once, and what was measured: see `pplx_widget.race`."""
