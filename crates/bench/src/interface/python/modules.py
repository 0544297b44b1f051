"""Questions of the interface bench to a Python package: `python modules.py QUESTION FOLDER`.

modules: every module, a line each, with a tab and the path of its file.
entries: the files that no other file of the folder imports.
import:  the modules that a fresh process cannot import, with the error.
items:   the public functions, classes, methods and values with their signatures, as JSON.
"""

import ast
import importlib
import inspect
import json
import os
import re
import sys
import types
import warnings


def files(folder):
    for at, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if name != "__pycache__")
        for name in sorted(names):
            if name.endswith(".py"):
                yield os.path.relpath(os.path.join(at, name), folder).replace(os.sep, "/")


def module_of(path):
    parts = path[: -len(".py")].split("/")
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def tree_of(folder, path):
    with open(os.path.join(folder, path), "rb") as file:
        return ast.parse(file.read(), path)


def imported(folder, path):
    """Names of modules that a file may import; too many do no harm."""
    found = set()
    package = module_of(path).split(".")
    if not path.endswith("__init__.py"):
        package = package[:-1]
    for node in ast.walk(tree_of(folder, path)):
        if isinstance(node, ast.Import):
            found.update(name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            base = ".".join(above + ([node.module] if node.module else []))
            found.add(base)
            found.update(f"{base}.{name.name}" for name in node.names)
    return found


def entries(folder):
    paths = list(files(folder))
    users = {path: imported(folder, path) for path in paths}
    for path in paths:
        module = module_of(path)
        is_used = any(module in names for other, names in users.items() if other != path)
        if not is_used and not path.endswith("__init__.py"):
            print(path)


def import_all(folder):
    sys.path.insert(0, folder)
    for path in files(folder):
        module = module_of(path)
        if module.endswith("__main__"):
            continue
        try:
            importlib.import_module(module)
        except BaseException as error:
            print(f"{module}: {type(error).__name__}: {error}".replace(folder, "").replace("\n", " "))


def annotation(said):
    """The words of an annotation: members of a union come in the order in which the process first met them."""
    if isinstance(said, str):
        text = said
    elif isinstance(said, type) and not hasattr(said, "__args__"):
        text = said.__qualname__
    else:
        text = str(said)
    return " ".join(sorted(re.findall(r"[\w.]+", text)))


def signature(function):
    """Names, kinds and annotations; that there is a default, not which."""
    try:
        whole = inspect.signature(function)
    except (TypeError, ValueError):
        return "?"
    said = []
    for parameter in whole.parameters.values():
        words = [parameter.kind.name, parameter.name]
        if parameter.annotation is not parameter.empty:
            words.append(": " + annotation(parameter.annotation))
        if parameter.default is not parameter.empty:
            words.append("with a default")
        said.append(" ".join(words))
    returned = whole.return_annotation
    end = "" if returned is whole.empty else " -> " + annotation(returned)
    return "(" + ", ".join(said) + ")" + end


def plain(member):
    """What a decorator of the language wraps."""
    if isinstance(member, (staticmethod, classmethod)):
        return member.__func__
    if isinstance(member, property):
        return member.fget
    return member


def values(folder, path):
    found = set()
    for node in tree_of(folder, path).body:
        if isinstance(node, ast.Assign):
            found.update(target.id for target in node.targets if isinstance(target, ast.Name))
        elif isinstance(node, ast.AnnAssign) and node.value and isinstance(node.target, ast.Name):
            found.add(node.target.id)
    return found


def items(folder):
    sys.path.insert(0, folder)
    found = {}
    for path in files(folder):
        name = module_of(path)
        if name.endswith("__main__"):
            continue
        try:
            module = importlib.import_module(name)
        except BaseException:
            continue
        assigned = values(folder, path)
        exported = set(getattr(module, "__all__", ()))
        for key, value in vars(module).items():
            if key.startswith("_") or isinstance(value, types.ModuleType):
                continue
            place = f"{name}.{key}"
            own = getattr(value, "__module__", None) == name
            if inspect.isclass(value) and own:
                found[place] = "class " + ", ".join(base.__name__ for base in value.__bases__)
                for inner, member in vars(value).items():
                    member = plain(member)
                    if inspect.isfunction(member) and (not inner.startswith("_") or inner == "__init__"):
                        found[f"{place}.{inner}"] = signature(member)
            elif inspect.isfunction(value) and own:
                found[place] = signature(value)
            elif key in exported or path.endswith("__init__.py"):
                found[place] = "exported"
            elif key in assigned:
                found[place] = "value " + type(value).__name__
    json.dump(found, sys.stdout)


def main():
    question, folder = sys.argv[1:]
    folder = os.path.abspath(folder)
    warnings.simplefilter("ignore")
    if question == "modules":
        for path in files(folder):
            print(f"{module_of(path)}\t{path}")
    else:
        {"entries": entries, "import": import_all, "items": items}[question](folder)


main()
