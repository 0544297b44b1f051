"""Rewrites Python files in place: `attack.py reprint|minify FILE...`. Prints the names of those that it could not."""

import ast
import sys


def reprint(text):
    return ast.unparse(ast.parse(text))


def minify(text):
    import python_minifier

    return python_minifier.minify(text, rename_locals=True)


sys.setrecursionlimit(20_000)
work = {"reprint": reprint, "minify": minify}[sys.argv[1]]
for name in sys.argv[2:]:
    with open(name, "rb") as file:
        text = file.read()
    try:
        done = work(text)
    except Exception as error:
        print(name, type(error).__name__)
        continue
    with open(name, "w", encoding="utf-8") as file:
        file.write(done + "\n")
