"""Why the released networks score higher on test photos than on validation photos, and the strict subset."""
