"""One engine owns the model on one thread; requests are jobs in a bounded queue."""
