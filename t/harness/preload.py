"""Libraries that nginx preloads: functions in the place of the C library's."""

import subprocess
from pathlib import Path

# The sanitizer of an nginx that has one is loaded behind the library.
SANITIZER = "detect_odr_violation=0:verify_asan_link_order=0"


def build(source, folder, *options):
    """Compiles the source for LD_PRELOAD; returns the library's path."""
    library = Path(folder, Path(source).stem + ".so")
    subprocess.run(["cc", "-shared", "-fPIC", "-Wall", "-Wextra", "-Werror",
                    *options, "-o", library, source], check=True)
    return library
