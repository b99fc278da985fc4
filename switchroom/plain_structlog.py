"""structlog without rich.

structlog imports rich, where it is installed, to draw tracebacks on a terminal. Our command line uses rich, the
processes never do: it would cost each a quarter of its start-up and 10 MB. Import structlog by way of this module.
"""

from __future__ import annotations

import sys

_rich = sys.modules.get("rich")
sys.modules["rich"] = None  # type: ignore[assignment]  # what makes an import fail, as if it were not installed
try:
    import structlog
finally:
    if _rich is None:
        del sys.modules["rich"]
    else:
        sys.modules["rich"] = _rich

__all__ = ["structlog"]
