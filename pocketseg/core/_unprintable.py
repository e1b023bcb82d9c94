"""Characters that no name, no record and no terminal should be given."""

from __future__ import annotations

import re

# controls, line and paragraph separators, what turns the direction of text, halves of characters
UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
