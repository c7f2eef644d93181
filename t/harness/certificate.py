"""A certificate of localhost that nobody but itself has signed."""

import subprocess


def make(folder):
    """{"cert": path, "key": path} of a new one."""
    files = {"cert": str(folder / "cert.pem"), "key": str(folder / "key.pem")}
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
         "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
         "-subj", "/CN=localhost", "-out", files["cert"],
         "-keyout", files["key"]], check=True, capture_output=True)
    return files
