"""Find a Chromium for the browser tests and for `tools/look.py`, and say which one it is.

    python tools/chromium.py             print the browser that is there
    python tools/chromium.py --install   get one where none is there

It takes CHROMIUM from the environment, a browser of the system, or Playwright's own, and believes
none that does not start. Where none is there, `--install` asks Playwright for one and, as root on
Debian or Ubuntu, apt. In CI (CI=true) having none is an error, elsewhere the browser tests are
skipped, loudly.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"]
MACOS = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"
FLAGS = [
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
]
MISSING = (
    "no Chromium: install one (apt-get install chromium, or playwright install chromium), or "
    "name it in the variable CHROMIUM"
)


def in_ci() -> bool:
    return os.environ.get("CI", "").lower() in ("1", "true", "yes")


def flags() -> list[str]:
    """Give the command-line flags; as root without the sandbox, which Chromium refuses there."""
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    return [*FLAGS, "--no-sandbox"] if root else FLAGS


def version(path: str) -> str | None:
    """Ask a browser for its version; None when it does not run."""
    try:
        done = subprocess.run(
            [path, "--version"], capture_output=True, text=True, timeout=60, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() or None if done.returncode == 0 else None


def candidates() -> list[str]:
    """List the places to look in, best first."""
    found = [os.environ.get("CHROMIUM"), *map(shutil.which, NAMES), MACOS]
    cache = os.environ.get("PLAYWRIGHT_BROWSERS_PATH")
    homes = [cache] if cache else ["~/.cache/ms-playwright", "~/Library/Caches/ms-playwright"]
    for home in homes:
        for pattern in (
            "chromium*/chrome-linux*/*chrome*",
            "chromium-*/chrome-mac*/*.app/Contents/MacOS/Chromium",
        ):
            found += map(str, sorted(Path(home).expanduser().glob(pattern), reverse=True))
    return [path for path in found if path and os.access(path, os.X_OK) and Path(path).is_file()]


def find() -> tuple[str, str] | None:
    """Give the path and the version of the first browser that runs."""
    for path in candidates():
        name = version(path)
        if name:
            return path, name
    return None


def install() -> None:
    """Try to get a browser: Playwright's own, or Debian's as root."""
    attempts = [[sys.executable, "-m", "playwright", "install", "chromium"]]
    if shutil.which("apt-get") and os.geteuid() == 0:
        quiet = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq"]
        apt = [[*quiet, "update"], [*quiet, "install", "-y", "--no-install-recommends", "chromium"]]
        attempts = [*apt, *attempts]
    for command in attempts:
        print("browser: trying", " ".join(command), flush=True)
        try:
            subprocess.run(
                command,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                stdin=subprocess.DEVNULL,
                timeout=600,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            print(f"browser: {error}")
        if find():
            return


def main() -> int:
    if find() is None and "--install" in sys.argv:
        install()
    found = find()
    if found:
        print(f"browser: {found[0]} ({found[1]})")
        return 0
    print(f"browser: {MISSING}")
    if in_ci():
        return 1
    print("browser: THE BROWSER TESTS WILL BE SKIPPED: the pages are not looked at")
    return 0


if __name__ == "__main__":
    sys.exit(main())
