"""Photos and masks: one module per format, the frozen split, the embedded sample."""
