"""A stand-in for NVIDIA's management library, where there is no device."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

_SOURCE = """
#include <stdio.h>
#include <string.h>
int nvmlInit_v2(void) { return 0; }
int nvmlInitWithFlags(unsigned flags) { return 0; }
int nvmlShutdown(void) { return 0; }
int nvmlDeviceGetCount_v2(unsigned *count) { *count = 3; return 0; }
int nvmlDeviceGetHandleByIndex_v2(unsigned index, void **device) {
  if (index == 1) return 4;  /* NVML_ERROR_NO_PERMISSION */
  *device = (void *)(long)(index + 1);
  return 0;
}
int nvmlDeviceGetUUID(void *device, char *uuid, unsigned length) {
  snprintf(uuid, length, "GPU-%ld", (long)device - 1);
  return 0;
}
"""


def build(folder: Path) -> Path:
    """Make a library of three devices, of which a cgroup hides the second.

    Returns:
        What has to be in LD_LIBRARY_PATH.
    """
    source = folder / "nvml.c"
    source.write_text(_SOURCE)
    library = folder / "libnvidia-ml.so.1"
    command = ["cc", "-shared", "-fPIC", "-o", str(library), str(source)]
    try:
        subprocess.run(command, check=True)
    except FileNotFoundError:
        pytest.skip("no C compiler")
    return folder
