"""Files that nginx serves."""

from pathlib import Path


def put(server, path, text):
    """Makes a file below the server's folder; its workers may read it."""
    file = Path(server.folder, path)
    file.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    file.write_text(text)
    file.chmod(0o644)
