"""Turn what `pip config list` prints, on stdin, into one pip.conf and the paths it names, to hand
to a container build.

    python3 -m pip config list | python3 pip_settings.py PIP_CONF PATHS

Settings from every file and from PIP_* variables end up in one section, the variables last, since
they win.
"""

import ast
import sys
from pathlib import Path

NOT_FOR_A_BUILD = {
    "cache-dir",
    "config-file",
    "no-cache-dir",
    "prefix",
    "python",
    "require-virtualenv",
    "target",
    "user",
}


def read(lines: list[str]) -> dict[str, str]:
    """Setting -> value; a line is `section.name='value'`, with the section `:env:` for a
    variable.
    """
    found: dict[str, str] = {}
    for line in sorted(lines, key=lambda line: line.startswith(":env:")):
        name, _, value = line.strip().partition("=")
        key = name.rpartition(".")[2]
        if value and key not in NOT_FOR_A_BUILD:
            found[key] = str(ast.literal_eval(value))
    return found


def paths_in(settings: dict[str, str]) -> list[str]:
    """The files and folders of this machine that the values name."""
    words = {word.removeprefix("file://") for value in settings.values() for word in value.split()}
    return sorted(word for word in words if Path(word).is_absolute() and Path(word).exists())


if __name__ == "__main__":
    pip_conf, paths = map(Path, sys.argv[1:])
    settings = read(sys.stdin.readlines())
    lines = ["[global]", *(f"{key} = {' '.join(value.split())}" for key, value in settings.items())]
    pip_conf.write_text("\n".join(lines) + "\n", "utf-8")
    paths.write_text("".join(f"{path}\n" for path in paths_in(settings)), "utf-8")
