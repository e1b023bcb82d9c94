"""The errors that reading a damaged archive of arrays raises: zipfile and NumPy have no error class of their own for
it."""

from __future__ import annotations

import lzma
import tokenize
import zipfile
import zlib

UNREADABLE_ARCHIVE = (
    ArithmeticError, EOFError, LookupError, MemoryError, NotImplementedError, OSError, RuntimeError, SyntaxError,
    TypeError, ValueError, lzma.LZMAError, tokenize.TokenError, zipfile.BadZipFile, zlib.error,
)  # fmt: skip
