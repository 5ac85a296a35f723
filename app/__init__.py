"""Residual Stream Viewer: look inside a transformer, one direction at a time."""
