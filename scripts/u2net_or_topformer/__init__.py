"""docs/u2net-or-topformer.md: the comparison of U2Net with TopFormer, made from kept files alone."""
