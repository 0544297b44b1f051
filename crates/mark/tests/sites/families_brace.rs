//! Families of Java, C#, Go, C and C++: both spellings into each other, and what must be left alone, with the reason.

use super::families::{both_ways, never, one_way};
use super::traps::copies_of;
use super::*;

fn java(body: &str) -> String {
    format!("class A {{\n    private int x;\n    private final int y = g();\n    static int z;\n{body}}}\n")
}

fn csharp(body: &str) -> String {
    format!("class A\n{{\n    public int x;\n    public static int z;\n{body}}}\n")
}

#[test]
fn members_are_named_with_and_without_their_object() {
    use Family::SelfQualifier;
    let in_method = |line: &str| java(&format!("    int f(int a) {{\n        {line}\n    }}\n"));
    for (plain, qualified) in [
        ("return x;", "return this.x;"),
        ("return z;", "return A.z;"),
        ("return a < y ? 1 : 2;", "return a < this.y ? 1 : 2;"),
    ] {
        both_ways(
            Language::Java,
            SelfQualifier,
            &in_method(plain),
            &in_method(qualified),
        );
    }
    let calls = |call: &str| {
        java(&format!(
            "    void g(int a) {{\n        {call}(a);\n    }}\n\n    static void h(int a) {{\n    }}\n"
        ))
    };
    both_ways(Language::Java, SelfQualifier, &calls("g"), &calls("this.g"));
    both_ways(Language::Java, SelfQualifier, &calls("h"), &calls("A.h"));
    for (text, why) in [
        (java("    int f(int x) {\n        return x;\n    }\n"), "a parameter has the name"),
        (java("    int f() {\n        int x = 1;\n        return this.x + x;\n    }\n"), "a local has the name"),
        (java("    IntSupplier f() {\n        return g(x -> x + 1);\n    }\n"), "a parameter of a lambda has the name"),
        (java("    boolean f(Object o) {\n        return o instanceof Integer x && x > 1;\n    }\n"), "a pattern declares the name"),
        (java("    Object f() {\n        return new Object() { int g() { return x; } };\n    }\n"), "`this` is another object in there"),
        (java("    A() {\n        g(y);\n    }\n"), "a final field may not be assigned yet"),
        (java("    static int f() {\n        return x;\n    }\n"), "no object in a static method"),
        (java("    int w = x;\n"), "forward references"),
        ("class A extends B {\n    void g(int a) {\n        g(a);\n    }\n}\n".to_owned(), "an inherited overload may be static"),
        ("class A implements I {\n    static int z;\n    int f() {\n        return z;\n    }\n}\n".to_owned(), "an interface may have a field named A"),
        ("import static a.B.*;\nclass A {\n    static int z;\n    int f() {\n        return z;\n    }\n}\n".to_owned(), "an imported field may be named A"),
        ("class A {\n    static void g(int a) { }\n    void g(String a) {\n        g(a);\n    }\n}\n".to_owned(), "overloads of both kinds"),
        ("class A {\n    int x;\n    int f(int a) {\n        switch (a) {\n        case x:\n            break;\n        }\n        x:\n        for (;;) {\n            break x;\n        }\n    }\n}\n".to_owned(), "labels"),
    ] {
        never(Language::Java, SelfQualifier, &text, why);
    }
    let in_method = |line: &str| {
        csharp(&format!(
            "    public int F(int a)\n    {{\n        {line}\n    }}\n"
        ))
    };
    both_ways(
        Language::CSharp,
        SelfQualifier,
        &in_method("return x;"),
        &in_method("return this.x;"),
    );
    both_ways(
        Language::CSharp,
        SelfQualifier,
        &in_method("return z;"),
        &in_method("return A.z;"),
    );
    both_ways(
        Language::CSharp,
        SelfQualifier,
        &in_method("F(1);"),
        &in_method("this.F(1);"),
    );
    for (text, why) in [
        (
            csharp("    public int F(int x)\n    {\n        return x;\n    }\n"),
            "a parameter has the name",
        ),
        (
            csharp("    public A F()\n    {\n        return new A { x = 1 };\n    }\n"),
            "a member of the new object",
        ),
        (
            csharp("    public void F()\n    {\n        G(x);\n    }\n"),
            "the call may write its argument down",
        ),
        (
            csharp(
                "    public object F()\n    {\n        return from x in G() where x > 1 select x;\n    }\n",
            ),
            "a query declares the name",
        ),
        (
            csharp("    public bool F(object o)\n    {\n        return o is int x && x > 1;\n    }\n"),
            "a pattern declares the name",
        ),
        (
            "class A\n{\n    Color Color;\n    int F()\n    {\n        return Color.Red;\n    }\n}\n"
                .to_owned(),
            "the type has the name as well",
        ),
        (
            "class A : B\n{\n    void F(int a)\n    {\n        F(a);\n    }\n}\n".to_owned(),
            "an inherited overload may be static",
        ),
        (
            "partial class A\n{\n    void F(int a)\n    {\n        F(a);\n    }\n}\n".to_owned(),
            "another part may have an overload",
        ),
        (
            "struct A\n{\n    int x;\n    int F()\n    {\n        return x;\n    }\n}\n".to_owned(),
            "structs are assigned field by field",
        ),
    ] {
        never(Language::CSharp, SelfQualifier, &text, why);
    }
}

#[test]
fn modifiers_that_are_meant_anyway_may_be_written() {
    use Family::Modifier;
    let method = |inner: &str| java(&format!("    void f({inner}\n    }}\n"));
    for (plain, marked) in [
        ("int a) {\n        g(a);", "final int a) {\n        g(a);"),
        (
            ") {\n        String b = g();",
            ") {\n        final String b = g();",
        ),
        (
            ") {\n        for (int c : d) {\n        }",
            ") {\n        for (final int c : d) {\n        }",
        ),
        (
            ") {\n        try {\n        } catch (E e) {\n        }",
            ") {\n        try {\n        } catch (final E e) {\n        }",
        ),
    ] {
        both_ways(Language::Java, Modifier, &method(plain), &method(marked));
    }
    both_ways(
        Language::Java,
        Modifier,
        "interface A {\n    int f(int a);\n}\n",
        "interface A {\n    public int f(int a);\n}\n",
    );
    for (text, why) in [
        (method("int a) {\n        a = 1;"), "it is assigned"),
        (method("int a) {\n        a++;"), "it is counted up"),
        (method(") {\n        int b = 1;"), "it would become a constant"),
        (
            method(") {\n        String b = \"a\" + C;"),
            "it might become a constant",
        ),
        (
            "abstract class A {\n    abstract void f(int a);\n}\n".to_owned(),
            "no body",
        ),
        (
            method("final int a) {\n        g(new Object() { int h() { return a; } });"),
            "old compilers ask for it",
        ),
        (
            "interface A {\n    private int f() {\n        return 1;\n    }\n}\n".to_owned(),
            "it says private",
        ),
    ] {
        never(Language::Java, Modifier, &text, why);
    }
    both_ways(
        Language::CSharp,
        Modifier,
        "class A\n{\n    int x;\n}\n",
        "class A\n{\n    private int x;\n}\n",
    );
    for (text, why) in [
        ("class A\n{\n    public int x;\n}\n", "it says public"),
        ("class A\n{\n    private protected int x;\n}\n", "it says more"),
        (
            "class A\n{\n    static A()\n    {\n    }\n}\n",
            "no modifier is allowed",
        ),
        (
            "class A\n{\n    int I.F()\n    {\n        return 1;\n    }\n}\n",
            "it implements an interface's member",
        ),
        (
            "partial class A\n{\n    partial void F();\n}\n",
            "it would need a body",
        ),
        ("interface A\n{\n    int F();\n}\n", "members are public there"),
    ] {
        never(Language::CSharp, Modifier, text, why);
    }
}

#[test]
fn assignments_name_their_place_once_or_twice() {
    use Family::CompoundAssignment;
    let c = |line: &str| format!("void f(int a, struct s *p)\n{{\n    {line}\n}}\n");
    for (once, twice) in [
        ("a += p->b;", "a = a + p->b;"),
        ("p->b[a] -= a * 2;", "p->b[a] = p->b[a] - a * 2;"),
        ("a *= a + 2;", "a = a * (a + 2);"),
    ] {
        both_ways(Language::C, CompoundAssignment, &c(once), &c(twice));
    }
    for (text, why) in [
        (c("a += 1;"), "people write that otherwise"),
        (c("a += g(a);"), "a call may change the place"),
        (c("*p++ += a;"), "the place has effects"),
        (c("p->b[g()] += a;"), "the place has effects"),
        (c("a = a - p->b - 2;"), "the brackets would be others"),
        (c("if (a += p->b) g();"), "the value is used"),
        (c("A += p->b;"), "it may be a macro"),
        (
            format!("volatile int v;\n{}", c("a += p->b;")),
            "objects that change by themselves",
        ),
    ] {
        never(Language::C, CompoundAssignment, &text, why);
    }
    let go = |line: &str| format!("package p\n\nfunc f(a int, b *s) {{\n\t{line}\n}}\n");
    both_ways(
        Language::Go,
        CompoundAssignment,
        &go("a += b.c"),
        &go("a = a + b.c"),
    );
    never(
        Language::Go,
        CompoundAssignment,
        &go("a += g()"),
        "the call may change the place",
    );
    never(
        Language::Go,
        CompoundAssignment,
        &go("a += 1"),
        "people write that otherwise",
    );
    never(
        Language::Java,
        CompoundAssignment,
        &java("    void f(byte a, int b) {\n        a += b;\n    }\n"),
        "it narrows",
    );
}

#[test]
fn comparisons_turn_where_no_order_of_evaluation_shows() {
    use Family::Comparison;
    let method = |line: &str| {
        java(&format!(
            "    boolean f(int a, Integer b) {{\n        {line}\n    }}\n"
        ))
    };
    both_ways(
        Language::Java,
        Comparison,
        &method("return a < g.h();"),
        &method("return g.h() > a;"),
    );
    both_ways(
        Language::Java,
        Comparison,
        &method("return a + 1 <= x;"),
        &method("return x >= a + 1;"),
    );
    for (text, why) in [
        (method("return g() < h();"), "both may have effects"),
        (method("return a < 1;"), "a literal"),
        (method("return a == MAX;"), "constants stand on the right"),
        (
            method("return b < g();"),
            "taking the number out of an object may fail",
        ),
        (method("return a < (a = g());"), "the other side assigns"),
        (method("return a < g(a++);"), "the other side counts"),
    ] {
        never(Language::Java, Comparison, &text, why);
    }
    let c = |line: &str| {
        format!(
            "#define LOW 5\n#define SUM 1 | 2\nenum e {{ ONE }};\nint f(int a, struct s *p)\n{{\n    {line}\n}}\n"
        )
    };
    both_ways(
        Language::C,
        Comparison,
        &c("return a < LOW;"),
        &c("return LOW > a;"),
    );
    both_ways(
        Language::C,
        Comparison,
        &c("return a >= p->b[a] % 2;"),
        &c("return p->b[a] % 2 <= a;"),
    );
    for (line, why) in [
        ("return a < SUM;", "the macro has an operator of its own"),
        ("return a < OTHER;", "the macro may have an operator of its own"),
        ("return a == ONE;", "constants stand on the right"),
        ("return a < 3;", "a literal"),
        ("return a < g(a);", "a call"),
        ("return p->a < p->b;", "two loads stay in order"),
        ("return a < p;", "two parameters that are read for the first time"),
        ("return g(&a), a < p->b;", "a lives in memory, so both are loads"),
    ] {
        never(Language::C, Comparison, &c(line), why);
    }
    let go = |line: &str| format!("package p\n\nfunc f(a int, b []int) bool {{\n\t{line}\n}}\n");
    both_ways(
        Language::Go,
        Comparison,
        &go("return a < len(b)"),
        &go("return len(b) > a"),
    );
    never(Language::Go, Comparison, &go("return a < g(b)"), "a call");
}

#[test]
fn an_operand_beside_what_was_not_understood_is_left_alone() {
    // The macro multiplies: brackets around what stands before it would change the value.
    let c = "#define KB *(1 << 10)\nvoid f(char *dict, int size)\n{\n    dict += size - 64 KB;\n    size = dict[0] - 64;\n}\n";
    let copies = copies_of(Language::C, c, Family::Parentheses);
    assert!(
        copies.iter().any(|copy| copy.contains("(dict[0] - 64)")),
        "{copies:#?}"
    );
    assert!(
        copies.iter().all(|copy| copy.contains("size - 64 KB")),
        "{copies:#?}"
    );
}

#[test]
fn parameters_of_macros_are_left_alone_and_bodies_under_conditions_are_not() {
    let class = |line: &str| format!("class Arg {{\n public:\n  {line}\n}};\n");
    never(
        Language::Cpp,
        Family::Idiom,
        &class("DECLARE_PARSER(short);"),
        "the macro pastes its parameter into a name",
    );
    both_ways(
        Language::Cpp,
        Family::Idiom,
        &class("Arg(short);"),
        &class("Arg(short int);"),
    );
    both_ways(
        Language::Cpp,
        Family::Braces,
        "int f(int a)\n{\n  if (a)\n    return 1;\n  return 2;\n}\n",
        "int f(int a)\n{\n  if (a) {\n    return 1;\n  }\n  return 2;\n}\n",
    );
    both_ways(
        Language::Cpp,
        Family::FunctionOrder,
        &class("int first(long a) const;\n  bool second();"),
        &class("bool second();\n  int first(long a) const;"),
    );
    for (line, why) in [
        (
            "virtual int first();\n  bool second();",
            "the order of virtual functions is the vtable's",
        ),
        (
            "class Inner *first();\n  Inner second();",
            "the first names a type for the first time",
        ),
    ] {
        never(Language::Cpp, Family::FunctionOrder, &class(line), why);
    }
    never(
        Language::Cpp,
        Family::FunctionOrder,
        "Lock first(mutex);\nbool second(int a);\n",
        "an object with arguments",
    );
}

#[test]
fn idioms_of_c_and_go() {
    use Family::Idiom;
    let c = |line: &str| format!("int f(int a, char *p)\n{{\n    {line}\n}}\n");
    for (one, other) in [
        ("if (a) return 2;", "if (a != 0) return 2;"),
        ("while (1) g(a);", "for (;;) g(a);"),
        ("unsigned long b;", "unsigned long int b;"),
        ("if (!strcmp(p, p)) return 2;", "if (strcmp(p, p) == 0) return 2;"),
    ] {
        both_ways(Language::C, Idiom, &c(one), &c(other));
    }
    // The other way brackets around `p == 0` come first.
    one_way(
        Language::C,
        Idiom,
        &c("if (!p || a > 2) return 2;"),
        &c("if (p == 0 || a > 2) return 2;"),
    );
    one_way(
        Language::C,
        Idiom,
        &c("if (p != NULL) return 2;"),
        &c("if (p) return 2;"),
    );
    for (line, why) in [
        ("return a != 0;", "the value is used"),
        ("if (A) return 2;", "it may be a macro"),
        ("if (!other(a)) return 2;", "it may be a macro"),
        ("if (a & 4) return 2;", "it binds less"),
    ] {
        never(Language::C, Idiom, &c(line), why);
    }
    let go = |head: &str, line: &str| format!("package p\n\nfunc f({head}) {{\n\t{line}\n}}\n");
    both_ways(
        Language::Go,
        Idiom,
        &go("a int, b int", "g(a)"),
        &go("a, b int", "g(a)"),
    );
    both_ways(Language::Go, Idiom, &go("", "g(s[0:n])"), &go("", "g(s[:n])"));
    one_way(Language::Go, Idiom, &go("", "var n int"), &go("", "n := 0"));
    never(
        Language::Go,
        Idiom,
        &go("a int, b ...int", "g(a)"),
        "a list of any length",
    );
    never(Language::Go, Idiom, &go("", "g(s[:n+1])"), "gofmt writes blanks");
    never(
        Language::Go,
        Idiom,
        &format!("{}\ntype int string\n", go("", "var n int")),
        "another type of the name",
    );
}

#[test]
fn brackets_and_braces_that_say_nothing() {
    let c = |line: &str| format!("int f(int a, int b)\n{{\n    {line}\n}}\n");
    both_ways(
        Language::C,
        Family::Parentheses,
        &c("return a;"),
        &c("return (a);"),
    );
    both_ways(
        Language::C,
        Family::Parentheses,
        &c("a = b + 2;"),
        &c("a = (b + 2);"),
    );
    never(
        Language::C,
        Family::Parentheses,
        &c("return A;"),
        "it may be a macro",
    );
    never(
        Language::Cpp,
        Family::Parentheses,
        &c("return a;"),
        "`decltype(auto)` tells them apart",
    );
    both_ways(
        Language::Java,
        Family::Idiom,
        &java("    Object f() {\n        return g(a -> b);\n    }\n"),
        &java("    Object f() {\n        return g((a) -> b);\n    }\n"),
    );
    both_ways(
        Language::CSharp,
        Family::Idiom,
        &csharp("    public object F()\n    {\n        return G(a => b);\n    }\n"),
        &csharp("    public object F()\n    {\n        return G((a) => b);\n    }\n"),
    );
    both_ways(
        Language::C,
        Family::Braces,
        &c("if (a)\n        b = 1;\n    else if (b)\n        OTHER(b);"),
        &c("if (a) {\n        b = 1;\n    } else if (b)\n        OTHER(b);"),
    );
    one_way(
        Language::CSharp,
        Family::Braces,
        &csharp("    public void F(bool a)\n    {\n        if (a)\n            G();\n    }\n"),
        &csharp(
            "    public void F(bool a)\n    {\n        if (a)\n        {\n            G();\n        }\n    }\n",
        ),
    );
    never(
        Language::C,
        Family::Braces,
        &c("if (a) {\n        other(b);\n    } else if (b) {\n        SWAP(a, b);\n    }"),
        "a macro may be two statements",
    );
}
