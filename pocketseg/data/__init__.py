"""Photos and masks: one file a format, the frozen split, the embedded sample."""
