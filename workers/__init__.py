"""Workers: run follow-ups when the doorbell rings, and by sweep whether it rings or not."""
