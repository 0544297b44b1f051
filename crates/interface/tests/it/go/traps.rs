//! Traps of the language, each with the real compiler.

use super::vetted;

#[test]
fn constants_that_count_keep_their_numbers() {
    let shown = vetted(
        "iota",
        &[
            (
                "a.go",
                "package p\n\nconst (\n\ta = iota\n\tB\n\tc\n\tD\n)\n\nconst first, Second = 1, \"a text of the owner\"\n",
            ),
            (
                "b.go",
                "package p\n\nvar _ = [1]int{}[B-1]\n\nvar Same = [D]bool{2: true}\n\nvar use = c\n",
            ),
        ],
        &["b.go"],
    );
    assert!(shown.contains("\t_ = iota\n\tB\n\tc\n\tD\n"), "{shown}");
    assert!(!shown.contains("a text of the owner"), "{shown}");
}

#[test]
fn the_type_of_a_variable_is_read_off_its_value() {
    let shown = vetted(
        "variables",
        &[(
            "a.go",
            r#"package p

import (
	"errors"
	"reflect"
	"regexp"
	"time"
)

type codec struct{ name string }

func pick() *codec { return &codec{name: "chosen in secret"} }

func (c *codec) Copy() codec { return *c }

func two() (int, error) { return 1, nil }

var (
	Codec      = pick()
	Copied     = pick().Copy()
	ErrGone    = errors.New("gone away")
	Pattern    = regexp.MustCompile(`^secret[0-9]+$`)
	Timeout    = 30 * time.Second
	Kind       = reflect.TypeOf((*error)(nil)).Elem()
	Table      = [...]string{"zero", "one", "two"}
	Names      = map[string][]int{"secret": {1, 2}}
	Handler    = func(n int) (string, error) { return "handled", nil }
	Made       = make(chan struct{}, 10)
	Count, Err = two()
	Number     = -1.5
	Letter     = 'x'
	Lookup     = func() map[string]bool { return nil }()
	First      = Table[0]
	Done, Text = true, "a text"
)
"#,
        )],
        &[],
    );
    for line in [
        "Codec   *codec",
        "Copied  codec",
        "ErrGone error",
        "Pattern *regexp.Regexp",
        "Timeout time.Duration",
        "Kind    reflect.Type",
        "Table   [3]string",
        "Names   map[string][]int",
        "Handler func(n int) (string, error)",
        "Made    chan struct{}",
        "Count   int",
        "Err     error",
        "Number  float64",
        "Letter  rune",
        "Lookup  map[string]bool",
        "First   string",
        "Done    bool",
        "Text    string",
    ] {
        assert!(shown.contains(line), "{line}\n{shown}");
    }
    assert!(!shown.contains("secret") && !shown.contains("a text"), "{shown}");
    assert!(
        shown.contains("type codec struct {\n}") || shown.contains("type codec struct{}"),
        "{shown}"
    );
}

#[test]
fn an_unreadable_type_keeps_the_value_and_says_so() {
    let rendered = crate::compiled::interface(
        ringfence_syntax::Language::Go,
        "a.go",
        "package p\n\nimport \"example.org/far\"\n\nvar X = far.Make(func() int { return 12345 })\n",
    );
    let text = String::from_utf8(rendered.text).unwrap();
    assert!(
        text.contains("var X = far.Make(func() int { panic(\"hidden\") })"),
        "{text}"
    );
    assert!(
        rendered.kept.iter().any(|kept| kept.name == "X"),
        "{:?}",
        rendered.kept
    );
}

#[test]
fn literals_without_names_keep_all_fields() {
    let shown = vetted(
        "unkeyed",
        &[
            (
                "a.go",
                "package p\n\ntype point struct{ x, y int }\n\ntype other struct{ z int }\n\ntype List []point\n",
            ),
            (
                "b.go",
                "package p\n\nvar Points = List{{1, 2}, {3, 4}}\n\nfunc Other() interface{} { return other{} }\n",
            ),
        ],
        &["b.go"],
    );
    assert!(shown.contains("x, y int") && !shown.contains("z int"), "{shown}");
}

#[test]
fn embedded_fields_and_sealed_interfaces_stay() {
    let shown = vetted(
        "embedded",
        &[(
            "a.go",
            "package p\n\nimport \"io\"\n\ntype base struct{ secret int }\n\nfunc (base) Close() error { return nil }\n\ntype File struct {\n\tbase\n\tio.Reader\n\tname string\n}\n\ntype Node interface{ node() }\n\ntype Leaf struct{}\n\nfunc (Leaf) node() {}\n\nvar _ io.Closer = File{}\n\nvar _ Node = Leaf{}\n",
        )],
        &[],
    );
    assert!(
        shown.contains("\tbase\n") && shown.contains("func (Leaf) node()"),
        "{shown}"
    );
    assert!(
        !shown.contains("secret") && !shown.contains("name string") && !shown.contains("io.Closer"),
        "{shown}"
    );
}

#[test]
fn generic_types_and_functions_stay_generic() {
    let shown = vetted(
        "generic",
        &[(
            "a.go",
            "package p\n\ntype number interface{ ~int | ~float64 }\n\ntype List[T any] struct {\n\titems []T\n\tOnly  *T\n}\n\nfunc (l *List[T]) Push(item T) { l.items = append(l.items, item) }\n\nfunc Sum[N number](all ...N) (sum N) {\n\tfor _, n := range all {\n\t\tsum += n\n\t}\n\treturn sum\n}\n\nvar Empty = List[int]{}\n",
        )],
        &[],
    );
    assert!(
        shown.contains("func Sum[N number](all ...N) (sum N) { panic(\"hidden\") }"),
        "{shown}"
    );
    assert!(
        shown.contains("var Empty List[int]") && !shown.contains("items"),
        "{shown}"
    );
}

#[test]
fn build_constraints_stay_and_directives_go() {
    let shown = vetted(
        "directives",
        &[
            (
                "a.go",
                "// Copyright of the owner.\n\n//go:build linux || darwin\n// +build linux darwin\n\n// Package p says what it is.\npackage p\n\nimport (\n\t\"embed\"\n\t_ \"strings\"\n\t_ \"unsafe\"\n)\n\n//go:generate secret-tool -x\n\n//go:embed a.go\nvar Files embed.FS\n\n//go:linkname now time.now\nfunc now() (sec int64, nsec int32, mono int64)\n\n// Now is public.\n//\n//go:noinline\nfunc Now() int64 {\n\tsec, _, _ := now()\n\treturn sec\n}\n",
            ),
            ("stub.s", ""),
        ],
        &["stub.s"],
    );
    assert!(
        shown.contains("//go:build linux || darwin") && shown.contains("// Copyright of the owner."),
        "{shown}"
    );
    assert!(
        shown.contains("// Package p says what it is.\npackage p"),
        "{shown}"
    );
    for gone in [
        "secret-tool",
        "go:embed",
        "linkname",
        "noinline",
        "strings",
        "unsafe",
    ] {
        assert!(!shown.contains(gone), "{gone}\n{shown}");
    }
    assert!(shown.contains("// Now is public.\nfunc Now() int64"), "{shown}");
}

#[test]
fn imports_go_with_what_used_them_whatever_their_name() {
    let shown = vetted(
        "imports",
        &[(
            "a.go",
            "package p\n\nimport (\n\t\"fmt\"\n\t. \"math\"\n\tre \"regexp\"\n\t\"strings\"\n\t\"text/template\"\n)\n\nfunc F(t *template.Template) string { return fmt.Sprint(Pi, strings.ToUpper(\"x\")) }\n\nvar Pattern *re.Regexp\n",
        )],
        &[],
    );
    assert!(
        shown.contains("import (\n\tre \"regexp\"\n\t\"text/template\"\n)"),
        "{shown}"
    );
}

#[test]
fn long_heads_and_odd_names_are_in_the_form_of_gofmt() {
    let shown = vetted(
        "form",
        &[(
            "a.go",
            "package p\n\ntype T struct {\n\tA int // the first\n\tb string\n\tLonger map[string]int // the second\n}\n\nfunc F(panic func()) { panic() }\n\nfunc ALongNameOfAFunction(first, second, third string, fourth map[string]int) (int, error) {\n\treturn 0, nil\n}\nfunc (T) One() int { return 1 }\nfunc (T) Another() int {\n\treturn 2\n}\n"
                .replace("\tA int // the first\n\tb string\n\tLonger map[string]int // the second", "\tA      int // the first\n\tb      string\n\tLonger map[string]int // the second")
                .as_str(),
        )],
        &[],
    );
    assert!(
        shown.contains("func F(panic func()) {\n\tfor {\n\t}\n}"),
        "{shown}"
    );
    assert!(
        shown.contains("func (T) One() int     { panic(\"hidden\") }"),
        "{shown}"
    );
}

#[test]
fn c_text_stays_only_for_declarations_that_need_it() {
    let text = |kind: &str| {
        format!(
            "package p\n\n// #include <stdint.h>\n// static int secret(void) {{ return 4711; }}\nimport \"C\"\n\n// F is public.\nfunc F(n {kind}) int {{ return int(C.secret()) }}\n"
        )
    };
    let render = |kind: &str| {
        let rendered = crate::compiled::interface(ringfence_syntax::Language::Go, "a.go", &text(kind));
        (String::from_utf8(rendered.text).unwrap(), rendered.kept)
    };
    let (shown, _) = render("int");
    assert!(
        shown.contains("import \"C\"") && !shown.contains("4711"),
        "{shown}"
    );
    let (shown, kept) = render("C.int32_t");
    assert!(shown.contains("4711"), "{shown}");
    assert!(kept.iter().any(|kept| kept.name == "import \"C\""), "{kept:?}");
}
