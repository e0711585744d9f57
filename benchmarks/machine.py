"""What a ratio depends on: processor, cores, Python, NumPy and its BLAS. No names, no paths."""

from __future__ import annotations

import os
import platform

import numpy as np


def facts() -> dict:
    """Facts about this machine that a reader needs to compare with their own."""
    blas = np.show_config(mode="dicts")["Build Dependencies"]["blas"]
    return {
        "cpu": cpu_model(),
        "cores": os.cpu_count(),
        "system": platform.system(),
        "libc": " ".join(platform.libc_ver()).strip() or "unknown",
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "numpy": np.__version__,
        "blas": f"{blas['name']} {blas['version']}",
    }


def cpu_model() -> str:
    """The processor's own name, where the system tells it."""
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            lines = dict(line.split(":", 1) for line in file if ":" in line)
        names = {key.strip(): value.strip() for key, value in lines.items()}
        return names.get("model name") or platform.machine()
    except OSError:
        return platform.processor() or platform.machine()
