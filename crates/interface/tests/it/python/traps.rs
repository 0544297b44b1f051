//! Each trap that the design names, and those met on the way.

use ringfence_interface::{Options, Outcome, Shown, SourceFile, render};
use ringfence_syntax::Language;

use super::{run, text, texts};

#[test]
fn a_module_getattr_says_that_there_is_nothing() {
    // The import system asks a package for `__path__` and other names.
    let source = "def __getattr__(name):\n    if name == 'old':\n        return compute()\n    raise AttributeError(name)\n";
    let out = text(source);
    assert_eq!(out, "def __getattr__(name):\n    raise AttributeError\n");
    let printed = run(
        &[("pkg/__init__.py", &out), ("pkg/inner.py", "")],
        "import pkg.inner, copy; print(hasattr(pkg, 'x'))",
    );
    assert_eq!(printed.unwrap(), "False\n");
}

#[test]
fn an_import_inside_try_keeps_its_branch() {
    let source = "try:\n    import json as fast\nexcept ImportError:\n    fast = None\n\n\ndef dumps(x):\n    return fast.dumps(x)\n";
    let out = text(source);
    assert!(
        out.contains("try:\n    import json as fast\nexcept ImportError:\n    fast = None\n"),
        "{out}"
    );
    assert_eq!(
        run(&[("m.py", &out)], "import m; print(m.fast.__name__)").unwrap(),
        "json\n"
    );
}

#[test]
fn a_module_that_is_tried_still_fails_without_its_packages() {
    let outs = texts(&[
        (
            "pkg/__init__.py",
            "try:\n    from .fast import Engine\nexcept ImportError:\n\n    class Engine:\n        is_fast = False\n",
        ),
        (
            "pkg/fast.py",
            "import os\nimport a_package_that_is_not_there\n\n\nclass Engine:\n    is_fast = True\n\n    def run(self):\n        return a_package_that_is_not_there.run(os)\n",
        ),
    ]);
    let printed = run(
        &[("pkg/__init__.py", &outs[0]), ("pkg/fast.py", &outs[1])],
        "import pkg; print(pkg.Engine.is_fast)",
    );
    assert_eq!(printed.unwrap(), "False\n");
}

#[test]
fn what_a_whole_file_imports_stays_where_it_passes_through() {
    // Nothing else uses the name, neither there nor here.
    let through = "import sys\n\nif sys.version_info > (3,):\n    from json import JSONDecodeError\nelse:\n    from simplejson import JSONDecodeError\n\nfrom json import dumps\n";
    let user = "from .compat import JSONDecodeError as Other\n\n\nclass Mine(Other):\n    pass\n";
    let files = [
        ("pkg/compat.py", through.as_bytes(), Shown::Interface),
        ("pkg/user.py", user.as_bytes(), Shown::Whole),
        ("pkg/__init__.py", b"".as_slice(), Shown::Whole),
    ];
    let sources: Vec<SourceFile<'_>> = files
        .iter()
        .map(|(path, text, visibility)| SourceFile {
            path: path.as_bytes(),
            text,
            visibility: *visibility,
        })
        .collect();
    let outcomes = render(Language::Python, &sources, &Options::default()).unwrap();
    let Outcome::Interface(rendered) = &outcomes[0] else {
        panic!("{outcomes:?}");
    };
    let out = std::str::from_utf8(&rendered.text).unwrap();
    assert!(!out.contains("dumps"), "{out}");
    let printed = run(
        &[
            ("pkg/__init__.py", ""),
            ("pkg/compat.py", out),
            ("pkg/user.py", user),
        ],
        "import pkg.user; print(pkg.user.Mine.__mro__[1].__name__)",
    );
    assert_eq!(printed.unwrap(), "JSONDecodeError\n");
}

#[test]
fn a_parameter_that_is_bound_anew_does_not_give_its_type() {
    let source = "class A:\n    def __init__(self, x: int | None = None, y: str = 'a', z: bytes | None = None):\n        if x is None:\n            x = 0\n        self.x = x\n        self.y = y\n        if z is None:\n            raise ValueError(z)\n        self.z = z\n";
    let out = text(source);
    assert!(out.starts_with("import typing as _typing\n"), "{out}");
    assert!(
        out.contains("        self.x: _typing.Any\n        self.y: str\n        self.z: _typing.Any\n"),
        "{out}"
    );
}

#[test]
fn what_runs_at_import_keeps_its_body() {
    let source = "def make():\n    return helper() + [1]\n\n\ndef helper():\n    return []\n\n\ndef other():\n    return ['hidden text']\n\n\nREG = make()\n";
    let out = text(source);
    assert!(!out.contains("hidden text"), "{out}");
    assert_eq!(run(&[("m.py", &out)], "import m; print(m.REG)").unwrap(), "[1]\n");
}

#[test]
fn decorators_bases_and_metaclasses_run_at_import() {
    let source = "\
def register(key):
    def wrap(function):
        KNOWN[key] = function
        return function
    return wrap


KNOWN = {}


class Meta(type):
    def __new__(mcs, name, bases, body):
        body['made'] = True
        return super().__new__(mcs, name, bases, body)


class Base(metaclass=Meta):
    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        cls.known = sorted(KNOWN)


class Field:
    def __init__(self, default):
        self.default = default

    def __set_name__(self, owner, name):
        self.name = name


@register('one')
def one():
    return secret()


class Item(Base):
    field = Field(3)
";
    let out = text(source);
    assert!(!out.contains("secret"), "{out}");
    let said = run(
        &[("m.py", &out)],
        "import m; print(m.Item.known, m.Item.made, m.Item.field.name, m.Item.field.default)",
    );
    assert_eq!(said.unwrap(), "['one'] True field 3\n");
}

#[test]
fn a_generator_stays_one() {
    let source = "import contextlib\n\n\n@contextlib.contextmanager\ndef opened(path):\n    handle = open(path)\n    yield handle\n\n\nasync def ticks():\n    while True:\n        yield 1\n\n\ndef plain():\n    return (yield_ for yield_ in [])\n";
    let out = text(source);
    assert_eq!(
        out.matches("    raise NotImplementedError\n    yield\n").count(),
        2,
        "{out}"
    );
    let said = run(
        &[("m.py", &out)],
        "import m, inspect; print(inspect.isasyncgenfunction(m.ticks), inspect.isgeneratorfunction(m.opened.__wrapped__), inspect.isgeneratorfunction(m.plain))",
    );
    assert_eq!(said.unwrap(), "True True False\n");
}

#[test]
fn overloads_and_bodies_that_say_nothing_stay() {
    let source = "import typing as t\n\n\n@t.overload\ndef get(x: int) -> int: ...\n@t.overload\ndef get(x: str) -> str: ...\ndef get(x):\n    return x\n\n\nclass P(t.Protocol):\n    def close(self) -> None:\n        \"\"\"Closes.\"\"\"\n        ...\n";
    let out = text(source);
    assert_eq!(
        out,
        source.replace("    return x\n", "    raise NotImplementedError\n")
    );
}

#[test]
fn one_line_functions_become_two() {
    let out = text("class A:\n    def f(self): return 'kept to itself'\n    def g(self): 'doc'; return 2\n");
    assert_eq!(
        out,
        "class A:\n    def f(self):\n        raise NotImplementedError\n    def g(self):\n        raise NotImplementedError\n"
    );
}

#[test]
fn private_names_go_unless_somebody_says_them() {
    let files = [
        ("pkg/__init__.py", "from .a import public\n"),
        (
            "pkg/a.py",
            "import os\nimport re\n\n_used = 1\n_unused = 2\n_spoken = 3\n__all__ = ['public', '_spoken']\n\n\ndef _helper():\n    return os.sep\n\n\ndef _shared():\n    return re.compile('x')\n\n\ndef public(x=_used):\n    return _helper()\n",
        ),
        (
            "pkg/b.py",
            "from .a import _shared, public\n\n\nclass B(public and object):\n    made = _shared\n",
        ),
    ];
    let out = texts(&files);
    assert_eq!(out[0], files[0].1);
    assert!(
        !out[1].contains("_unused") && !out[1].contains("_helper") && !out[1].contains("import os"),
        "{}",
        out[1]
    );
    assert!(
        out[1].contains("_spoken = 3") && out[1].contains("def _shared():\n    raise NotImplementedError\n"),
        "{}",
        out[1]
    );
    assert_eq!(out[2], files[2].1);
}

#[test]
fn what_is_emptied_keeps_its_form() {
    let out = text(
        "class A:\n    _x = 1\n\n    def _y(self):\n        return 2\n\n\nif True:\n    _z = 1\n\nif print:\n    def _w():\n        return 1\nelse:\n    w = 1\n",
    );
    assert_eq!(
        out,
        "class A:\n    pass\n\n\nif print:\n    pass\nelse:\n    w = 1\n"
    );
}

#[test]
fn the_main_part_goes() {
    let out = text(
        "import sys\n\n\ndef main():\n    return 0\n\n\nif __name__ == \"__main__\":\n    # run it\n    sys.exit(main())\n",
    );
    assert_eq!(out, "def main():\n    raise NotImplementedError\n");
}

#[test]
fn comments_go_but_for_those_that_tools_read() {
    let out = text(
        "#!/usr/bin/env python\n# -*- coding: utf-8 -*-\n# Why we do this.\nimport os  # noqa: secret\n\nx = os.sep  # type: ignore[attr-defined]  # because of the bug\ny = 1  # why\n",
    );
    assert_eq!(
        out,
        "#!/usr/bin/env python\n# -*- coding: utf-8 -*-\nimport os\n\nx = os.sep  # type: ignore[attr-defined]\ny = 1\n"
    );
}

#[test]
fn promises_of_the_type_checker_that_need_a_body_are_loosened() {
    let source = "import typing as t\n\n\nclass A:\n    x: t.Final[int]\n    y: t.Final\n\n    def __init__(self, z: t.Optional[\n        str\n    ]) -> None:\n        self.x = 1\n        self.y = 2\n        self.z = z\n";
    let out = text(source);
    assert!(out.contains("    x: int\n    y: t.Any\n"), "{out}");
    assert!(out.contains("        self.z: t.Optional[str]\n"), "{out}");
}

#[test]
fn imports_of_files_that_are_not_delivered_go() {
    let files = [
        (
            "pkg/__init__.py",
            "from . import hidden\nfrom .a import A\nfrom .hidden import x, y\n",
        ),
        (
            "pkg/a.py",
            "from pkg.hidden import Base, other\nfrom .b import b\n\ntry:\n    from .hidden import fast\nexcept ImportError:\n    fast = None\n\n\nclass A(Base):\n    def f(self) -> b:\n        return other()\n",
        ),
        ("pkg/b.py", "b = int\n"),
    ];
    let out = texts(&files);
    assert!(out.iter().all(|text| !text.contains("hidden")), "{out:#?}");
    assert!(
        out[1].contains("Base = _typing.Any\n") && !out[1].contains("other"),
        "{}",
        out[1]
    );
    let files: Vec<(&str, &str)> = files
        .iter()
        .zip(&out)
        .map(|((path, _), text)| (*path, text.as_str()))
        .collect();
    assert_eq!(
        run(&files, "import pkg.a; print(pkg.A.__name__, pkg.a.fast)").unwrap(),
        "A None\n"
    );
}

#[test]
fn methods_of_enumerations_and_values_that_are_members_stay() {
    let source = "import enum\n\n\nclass Color(enum.Enum):\n    RED = 'red'\n    _ignore_ = ['x']\n\n    @classmethod\n    def _missing_(cls, value):\n        return cls.RED\n";
    let out = text(source);
    assert!(
        out.contains("RED = 'red'")
            && out.contains("def _missing_(cls, value):\n        raise NotImplementedError\n"),
        "{out}"
    );
}
