"""Pure numerics: tensors in, arrays out; no web, no SQL, no model loading."""
