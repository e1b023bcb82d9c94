"""Number formats that a training may compute in, as Fabric names them. The command line imports it, so it is light."""

PRECISIONS = ("32-true", "bf16-mixed", "16-mixed")
