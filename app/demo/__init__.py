"""The bundled demo model: its text, its training script and its held-out prompts."""
