"""Where and when a result was measured: beside every figure that is kept."""

from __future__ import annotations

import datetime
import os
import platform
import subprocess
from pathlib import Path


def origin() -> dict[str, str]:
    """Commit, day and machine of this run."""
    command = ["git", "describe", "--always", "--dirty", "--abbrev=12"]
    done = subprocess.run(command, cwd=Path(__file__).parent, capture_output=True, text=True, check=False)
    return {
        "commit": done.stdout.strip() or "unknown",
        "date": datetime.datetime.now(tz=datetime.UTC).date().isoformat(),
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
    }
