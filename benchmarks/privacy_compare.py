"""Our detector beside others on MEDDOCAN dev: what each leaves in clear, masks in vain, and costs.

    python benchmarks/privacy_compare.py --data DIR [--with presidio] [--with onnx:FOLDER] [--json FILE]

The whole detector that is served (rules, tagger, document pass), each plug-in alone, and both together; intervals by
bootstrap over documents. The same as `ambos privacy compare`, with commit, date and machine. Nothing of a text is printed.
"""

from __future__ import annotations

import argparse
import json
import platform
import subprocess
import time
from pathlib import Path

from ambos.cli.calibrating import read_file
from ambos.cli.comparing import compare
from ambos.privacy import Settings


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--with", dest="others", action="append", default=[])
    parser.add_argument("--json", type=Path)
    chosen = parser.parse_args()
    documents = read_file(chosen.data / "meddocan" / "dev.jsonl")
    rows = [row.told() for row in compare(Settings(), chosen.others, documents, lambda: None)]
    for row in rows:
        print(json.dumps(row), flush=True)
    if chosen.json:
        commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
        about = {
            "commit": commit.stdout.strip(),
            "date": time.strftime("%Y-%m-%d"),
            "machine": f"{platform.machine()}, {platform.system()}, Python {platform.python_version()}",
            "set": "MEDDOCAN dev",
        }
        chosen.json.write_text(json.dumps({**about, "rows": rows}, indent=1) + "\n")


if __name__ == "__main__":
    main()
