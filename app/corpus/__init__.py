"""Text on disk: ingested tokens, fitted bases and corpus scores, as files with a manifest."""
