"""What touches transformer_lens and tokenizers, and nothing else does."""
