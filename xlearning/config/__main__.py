"""Print the key table as Markdown: `python -m xlearning.config`."""

from __future__ import annotations

import sys

from xlearning.config.document import key_table

if __name__ == "__main__":
    sys.stdout.write(key_table())
