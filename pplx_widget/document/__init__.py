"""Finished answers as documents: their forms, their record in a notebook, and exports."""
