//! Documentation, default values, constants.

use ringfence_interface::Docs;

use super::{run, text, texts, with_docs};

const DOCUMENTED: &str = "\"\"\"About the module.\n\nMore of it.\n\"\"\"\n\n\nclass A:\n    \"\"\"What it is.\n    It goes on.\n\n    Example with a secret.\n    \"\"\"\n\n    limit = 3\n    \"\"\"Most of them.\"\"\"\n\n    def f(self):\n        \"\"\"Says so.\n\n        At length.\"\"\"\n        return 1\n\n    def g(self):\n        \"\"\"Only this.\"\"\"\n";

#[test]
fn docstrings_stay_whole_unless_said_otherwise() {
    let full = with_docs(DOCUMENTED, Docs::Full);
    assert_eq!(
        full,
        DOCUMENTED.replace("        return 1\n", "        raise NotImplementedError\n")
    );
}

#[test]
fn first_paragraphs_end_where_they_end() {
    let out = with_docs(DOCUMENTED, Docs::FirstParagraph);
    assert_eq!(
        out,
        "\"\"\"About the module.\"\"\"\n\n\nclass A:\n    \"\"\"What it is.\n    It goes on.\"\"\"\n\n    limit = 3\n    \"\"\"Most of them.\"\"\"\n\n    def f(self):\n        \"\"\"Says so.\"\"\"\n        raise NotImplementedError\n\n    def g(self):\n        \"\"\"Only this.\"\"\"\n"
    );
    let backslash = with_docs(
        "def f():\n    \"\"\"Ends so \\\\\n\n    more\"\"\"\n    return 1\n",
        Docs::FirstParagraph,
    );
    assert!(
        run(&[("m.py", &backslash)], "import m; print(m.f.__doc__)")
            .unwrap()
            .starts_with("Ends so \\")
    );
}

#[test]
fn no_documentation_leaves_none() {
    let out = with_docs(DOCUMENTED, Docs::None);
    assert_eq!(
        out,
        "class A:\n    limit = 3\n\n    def f(self):\n        raise NotImplementedError\n\n    def g(self):\n        ...\n"
    );
    // Something that reads documentation at import finds an empty text.
    let reads = "class A:\n    \"\"\"Secret words.\"\"\"\n\n\nx = A.__doc__.strip()\n";
    let out = with_docs(reads, Docs::None);
    assert!(!out.contains("Secret"), "{out}");
    run(&[("m.py", &out)], "import m").unwrap();
}

#[test]
fn documentation_of_private_items_goes_always() {
    let source = "def _f():\n    \"\"\"Inner secret.\"\"\"\n    return 1\n\n\n_y = 1\n\"\"\"Inner secret, too.\"\"\"\n\n\nclass _A:\n    \"\"\"A third one.\"\"\"\n\n\nx = [_f, _y, _A]\n";
    let out = text(source);
    assert_eq!(
        out,
        "def _f():\n    raise NotImplementedError\n\n\n_y = 1\n\n\nclass _A:\n    pass\n\n\nx = [_f, _y, _A]\n"
    );
}

#[test]
fn default_values_that_say_something_go() {
    let out = text(
        "def f(a=None, b=True, c=0, d='', e='utf-8', g=8192, h=(1, 2), i: int = 3000, j=make()):\n    return a\n\n\nclass A:\n    def __init__(self, a: str = 'secret', b: int = 77, c: float = 1.5, d: bytes = b'raw', e='x'):\n        self.a = a\n",
    );
    assert!(
        out.contains("def f(a=None, b=True, c=0, d='', e=..., g=..., h=..., i: int = ..., j=...):"),
        "{out}"
    );
    // Where the checker compares a default with its type, it keeps the type and says nothing.
    assert!(
        out.contains("a: str = \"\", b: int = 0, c: float = 0.0, d: bytes = b\"\", e=...):"),
        "{out}"
    );
}

#[test]
fn constants_keep_their_type_and_lose_what_they_say() {
    let source = "import re\nimport typing as t\n\nURL = 'https://inner.example/secret'\nCODES = {'a': 1, 'b': 2}\nPRIMES = [2, 3, 5, 7, 11, 13, 17, 19, 23]\nPAIR = ('a', 2)\nBIG = 10_000\nMODE: t.Literal['r'] = 'r'\nTOKEN = re.compile(r'[a-z]+secret')\nNAME = 'seen'\nAGAIN = NAME + 'x'\n__version__ = '1.2'\n\n\nclass A:\n    text = 'secret'\n";
    let out = text(source);
    let expected = "import re\nimport typing as t\n\nURL = \"\"\nCODES = {\"\": 1, \"\": 2}\nPRIMES = [0]\nPAIR = (\"\", 0)\nBIG = 10_000\nMODE: t.Literal['r'] = 'r'\nTOKEN = re.compile(\"\")\nNAME = 'seen'\nAGAIN = NAME + 'x'\n__version__ = '1.2'\n\n\nclass A:\n    text = \"\"\n";
    assert_eq!(out, expected.replace("{\"\": 1, \"\": 2}", "{\"\": 0}"));
    run(&[("m.py", &out)], "import m; m.TOKEN.match('')").unwrap();
}

#[test]
fn a_constant_that_the_import_looks_at_keeps_its_value() {
    let files = [
        ("pkg/__init__.py", ""),
        ("pkg/a.py", "KEY = 'one'\nOTHER = 'hidden words'\nALIAS = KEY\n"),
        (
            "pkg/b.py",
            "from .a import ALIAS, OTHER\n\nTABLE = {'one': 1}\nVALUE = TABLE[ALIAS]\n\n\ndef f():\n    return OTHER\n",
        ),
    ];
    let out = texts(&files);
    assert_eq!(out[1], "KEY = 'one'\nOTHER = \"\"\nALIAS = KEY\n");
    let files: Vec<(&str, &str)> = files
        .iter()
        .zip(&out)
        .map(|((path, _), text)| (*path, text.as_str()))
        .collect();
    assert_eq!(run(&files, "import pkg.b; print(pkg.b.VALUE)").unwrap(), "1\n");
}

#[test]
fn tabs_and_carriage_returns_stay_what_they_are() {
    let out = text(
        "class A:\r\n\tdef f(self):\r\n\t\tx = 'secret'\r\n\t\treturn x\r\n\r\n\tdef g(self): return 1\r\n",
    );
    assert_eq!(
        out,
        "class A:\r\n\tdef f(self):\r\n\t\traise NotImplementedError\r\n\r\n\tdef g(self):\r\n\t\traise NotImplementedError\r\n"
    );
    run(&[("m.py", &out)], "import m").unwrap();
}
