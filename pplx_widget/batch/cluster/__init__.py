"""The rows of a batch, asked by the workers of a Dask cluster."""
