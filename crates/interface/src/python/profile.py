"""Prints the functions of files below ROOT that run while modules are imported: one line `path<TAB>line` each, sorted.

Usage: python profile.py ROOT MODULE...

The path is relative to ROOT; the line is the one of `def`, `async def` or `lambda`. Run by the owner, on the owner's machine:
importing runs the package's own code. A module that cannot be imported is named on standard error and makes the exit code 1;
what ran until then is printed all the same.
"""

import ast
import importlib
import os
import sys
import threading

OPTIMIZED = 0x1  # CO_OPTIMIZED: set for functions, not for module and class bodies


def run(modules):
    """Imports the modules; returns the code objects that ran as (file, first line) and the modules that failed."""
    seen = set()
    failed = []

    def note(code):
        # Comprehensions and generator expressions are part of the code around them.
        if code.co_flags & OPTIMIZED and (code.co_name == "<lambda>" or not code.co_name.startswith("<")):
            seen.add((code.co_filename, code.co_firstlineno))

    def profiler(frame, event, argument):
        if event == "call":
            note(frame.f_code)

    monitoring = getattr(sys, "monitoring", None)
    if monitoring is not None:
        tool = monitoring.PROFILER_ID
        monitoring.use_tool_id(tool, "ringfence import profile")

        def started(code, offset):
            note(code)
            return monitoring.DISABLE

        monitoring.register_callback(tool, monitoring.events.PY_START, started)
        monitoring.set_events(tool, monitoring.events.PY_START)
    else:
        threading.setprofile(profiler)
        sys.setprofile(profiler)
    try:
        for module in modules:
            try:
                importlib.import_module(module)
            except (Exception, SystemExit) as error:
                failed.append((module, f"{type(error).__name__}: {error}"))
    finally:
        if monitoring is not None:
            monitoring.set_events(monitoring.PROFILER_ID, 0)
            monitoring.free_tool_id(monitoring.PROFILER_ID)
        else:
            sys.setprofile(None)
            threading.setprofile(None)
    return seen, failed


def lines_of_definitions(path):
    """First line of a code object (its first decorator) to the line of its `def`."""
    with open(path, "rb") as file:
        tree = ast.parse(file.read(), path)
    lines = {}
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            first = min([node.lineno] + [decorator.lineno for decorator in node.decorator_list])
            lines.setdefault(first, set()).add(node.lineno)
    return lines


def main(arguments):
    if len(arguments) < 2:
        sys.stderr.write("usage: python profile.py ROOT MODULE...\n")
        return 2
    root = os.path.realpath(arguments[0])
    sys.path.insert(0, root)
    seen, failed = run(arguments[1:])
    known = {}
    found = set()
    for path, first in seen:
        real = os.path.realpath(path)
        if os.path.commonprefix([real, root + os.sep]) != root + os.sep or not os.path.isfile(real):
            continue
        if real not in known:
            known[real] = lines_of_definitions(real)
        relative = os.path.relpath(real, root).replace(os.sep, "/")
        if "\t" in relative or "\n" in relative:
            continue
        for line in known[real].get(first, {first}):
            found.add((relative, line))
    for relative, line in sorted(found):
        sys.stdout.buffer.write(os.fsencode(f"{relative}\t{line}\n"))
    for module, error in failed:
        sys.stderr.write(f"{module} could not be imported: {error}\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
