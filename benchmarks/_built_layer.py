"""What Lambda gives a Python function, in a folder: the layer as `sam build` makes it, the runtime, and its SDK.

The runtime and the SDK are compiled here, as they are on Lambda; the layer's own build compiles the layer.
https://docs.aws.amazon.com/lambda/latest/dg/packaging-layers.html
"""

from __future__ import annotations

import compileall
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from importlib.metadata import distribution
from pathlib import Path
from py_compile import PycInvalidationMode

_LAYER = Path(__file__).parent.parent / "layers" / "shared"
_RUNTIME, _SDK = "awslambdaric", "boto3"
_REQUIREMENT = re.compile(r"[\w.-]+")


@dataclass(frozen=True, slots=True)
class LambdaFolders:
    """The folders that stand for `/opt/python`, `/var/runtime`, and the SDK that Lambda's runtime brings."""

    layer: Path
    runtime: Path
    sdk: Path

    def environment(self, *, has_layer: bool) -> dict[str, str]:
        """How the interpreter finds the packages of a function that has the layer, or nothing but the runtime."""
        packages = [self.layer, self.runtime] if has_layer else [self.sdk, self.runtime]
        return {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": os.pathsep.join(map(str, packages)),
            # Lambda mounts the folders read-only: each start compiles what they hold without bytecode.
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONNOUSERSITE": "1",
        }


def make(folder: Path) -> LambdaFolders:
    """Builds the layer by its own Makefile, as `sam build` does, and copies the runtime and the SDK."""
    built = folder / "layer"
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])  # a python3.13 with pip
    command = ["make", "--silent", "-C", str(_LAYER), "build-SharedLayer", f"ARTIFACTS_DIR={built}"]
    subprocess.run(command, check=True, env=os.environ | {"PATH": path, "PIP_QUIET": "2"}, stdout=sys.stderr)
    return LambdaFolders(built / "python", copy_of(_RUNTIME, folder / "runtime"), copy_of(_SDK, folder / "sdk"))


def interpreter() -> str:
    """The interpreter without this environment's packages."""
    return str(Path(sys.base_prefix) / "bin" / f"python{sys.version_info[0]}.{sys.version_info[1]}")


def copy_of(package: str, folder: Path) -> Path:
    """A folder with one of this environment's packages, all that it requires, and their bytecode."""
    for top in sorted(_tops(package)):
        target = folder / top.name
        if top.is_dir():
            shutil.copytree(top, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(top, target)
    compileall.compile_dir(folder, quiet=1, invalidation_mode=PycInvalidationMode.UNCHECKED_HASH)
    return folder


def _tops(name: str) -> set[Path]:
    """The folders and files in site-packages of a package and all that it requires."""
    found: set[Path] = set()
    waiting, seen = [name], {name}
    while waiting:
        package = distribution(waiting.pop())
        for file in package.files or ():
            if file.parts[0] not in {"..", "__pycache__"}:
                found.add(Path(str(package.locate_file(file.parts[0]))))
        for requirement in package.requires or ():
            match = _REQUIREMENT.match(requirement)
            if match and "extra ==" not in requirement and match[0] not in seen:
                seen.add(match[0])
                waiting.append(match[0])
    return found
