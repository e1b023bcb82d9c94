"""Characters that must not appear in a name, in a record or on a terminal."""

from __future__ import annotations

import re

# control characters, line and paragraph separators, bidirectional controls, surrogates
UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
