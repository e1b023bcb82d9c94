"""Training: recipes as data, augmentation, the loop, evaluation, released weights."""
