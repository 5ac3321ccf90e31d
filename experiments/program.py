"""What the scripts of this folder share: running gracevae, and telling files apart."""
import hashlib
import subprocess
import sys


def run(program, *arguments):
    """Its standard output; ends the script with its message when it fails."""
    result = subprocess.run([program, *map(str, arguments)], capture_output=True, text=True)
    if result.returncode != 0:
        sys.exit(f"{program} {' '.join(map(str, arguments))}\n{result.stderr}")
    return result.stdout


def hash_of(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]
