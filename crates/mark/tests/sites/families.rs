//! What each family of the second engine writes, and what it must leave alone.

use super::traps::{copies_of, offers};
use super::*;

/// Checks that a family turns the first text into the second and the second into the first.
pub fn both_ways(language: Language, family: Family, first: &str, second: &str) {
    for (from, to) in [(first, second), (second, first)] {
        let copies = copies_of(language, from, family);
        assert!(
            copies.contains(to),
            "{} {family:?}: {from}\ngives {copies:#?}",
            language.name()
        );
    }
}

pub fn one_way(language: Language, family: Family, from: &str, to: &str) {
    let copies = copies_of(language, from, family);
    assert!(copies.contains(to), "{from}\ngives {copies:#?}");
}

pub fn never(language: Language, family: Family, text: &str, why: &str) {
    assert!(!offers(language, text, family), "{why}: {text}");
}

#[test]
fn conditionals_swap_where_the_negation_is_exact() {
    use Family::Conditional;
    both_ways(
        Language::Python,
        Conditional,
        "def f(a, b, c):\n    return a if c else b\n",
        "def f(a, b, c):\n    return b if not c else a\n",
    );
    both_ways(
        Language::JavaScript,
        Conditional,
        "const x = a === b ? c : d.e;\n",
        "const x = a !== b ? d.e : c;\n",
    );
    both_ways(
        Language::C,
        Conditional,
        "int f(int a, int b)\n{\n    return a < b ? a : 2;\n}\n",
        "int f(int a, int b)\n{\n    return !(a < b) ? 2 : a;\n}\n",
    );
    let chain = "def f(a, b, c, d, e):\n    return a if c else b if d else e\n";
    let copies = copies_of(Language::Python, chain, Conditional);
    assert!(
        copies.iter().all(|copy| copy.contains("a if c else")),
        "the last branch reaches to the end: {copies:#?}"
    );
    never(
        Language::C,
        Conditional,
        "int f(int a)\n{\n    return CHECK(a) ? 1 : a;\n}\n",
        "a macro may hold an operator",
    );
    never(
        Language::Cpp,
        Conditional,
        "int f(A a, A b)\n{\n    return a == b ? 1 : 2;\n}\n",
        "operators may be overloaded",
    );
}

#[test]
fn what_follows_a_leaving_branch_may_stand_under_else() {
    use Family::EarlyReturn;
    // The other way an `if` with both branches is a place for the swap, which comes first.
    one_way(
        Language::Python,
        EarlyReturn,
        "def f(a):\n    if a == 1:\n        g()\n        return 1\n    return 2\n",
        "def f(a):\n    if a == 1:\n        g()\n        return 1\n    else:\n        return 2\n",
    );
    one_way(
        Language::Java,
        EarlyReturn,
        "class A {\n    int f(int a) {\n        if (a > 1) {\n            g();\n            return 1;\n        }\n        return 2;\n    }\n}\n",
        "class A {\n    int f(int a) {\n        if (a > 1) {\n            g();\n            return 1;\n        } else {\n            return 2;\n        }\n    }\n}\n",
    );
    never(
        Language::Python,
        EarlyReturn,
        "def f(a):\n    if a:\n        g()\n    return 2\n",
        "the branch runs off its end",
    );
    never(
        Language::Python,
        EarlyReturn,
        "def f(a):\n    if a:\n        return 1\n    return 2\n    g()\n",
        "more statements follow",
    );
    never(
        Language::Python,
        EarlyReturn,
        "def f(a):\n    for b in a:\n        if b:\n            return 1\n    return 2\n",
        "the last statement belongs to another block",
    );
}

#[test]
fn statements_that_set_different_names_change_places() {
    use Family::StatementOrder;
    both_ways(
        Language::Python,
        StatementOrder,
        "def f():\n    a = 1\n    b = []\n    return a, b\n",
        "def f():\n    b = []\n    a = 1\n    return a, b\n",
    );
    both_ways(
        Language::C,
        StatementOrder,
        "int f(void)\n{\n    int a;\n    char *b = NULL;\n    return g(&a, b);\n}\n",
        "int f(void)\n{\n    char *b = NULL;\n    int a;\n    return g(&a, b);\n}\n",
    );
    for (language, text, why) in [
        (
            Language::Python,
            "class A:\n    a = 1\n    b = []\n",
            "enumerations and models read the order",
        ),
        (
            Language::Python,
            "def f():\n    a = g()\n    b = h(1)\n",
            "calls run in order",
        ),
        (
            Language::Python,
            "def f():\n    a = 1\n    a = []\n",
            "the last one stays",
        ),
        (
            Language::C,
            "int f(int n)\n{\n    int a = n;\n    char b[a];\n    return sizeof b;\n}\n",
            "the size is worked out",
        ),
        (
            Language::C,
            "int f(void)\n{\n    int a;\n    int *b = a;\n}\n",
            "one reads the other",
        ),
        (
            Language::Cpp,
            "void f()\n{\n    Lock a;\n    Guard b;\n}\n",
            "constructors run in order",
        ),
        (
            Language::Rust,
            "fn f() {\n    let a = Vec::new();\n    let b = Guard;\n}\n",
            "destructors run in order",
        ),
    ] {
        never(language, StatementOrder, text, why);
    }
}

#[test]
fn what_is_left_out_and_meant_is_quiet_in_its_function() {
    use Family::BareReturn;
    both_ways(
        Language::Python,
        BareReturn,
        "def f(a):\n    if a:\n        return\n    g()\n",
        "def f(a):\n    if a:\n        return None\n    g()\n",
    );
    both_ways(
        Language::Python,
        BareReturn,
        "def f(a):\n    raise ValueError\n",
        "def f(a):\n    raise ValueError()\n",
    );
    never(
        Language::Python,
        BareReturn,
        "async def f(a):\n    if a:\n        return\n    yield a\n",
        "an asynchronous generator returns no value",
    );
    never(
        Language::Python,
        BareReturn,
        "def f(a):\n    if a:\n        return\n    return 1\n",
        "other returns give something",
    );
    never(
        Language::Python,
        BareReturn,
        "def f(a):\n    raise Mine\n",
        "it may be an instance already",
    );
}

#[test]
fn long_branches_stay_where_they_are() {
    let branches = |lines: usize| {
        format!(
            "def f(a, b):\n    if a:\n{}    else:\n        h(b)\n",
            "        g(a)\n".repeat(lines)
        )
    };
    assert!(offers(Language::Python, &branches(20), Family::IfSwap));
    never(
        Language::Python,
        Family::IfSwap,
        &branches(40),
        "an edit of the condition would move them all",
    );
}

#[test]
fn python_members_and_chains() {
    both_ways(
        Language::Python,
        Family::ListOrder,
        "def f(a):\n    return a in (\"x\", \"y\")\n",
        "def f(a):\n    return a in (\"y\", \"x\")\n",
    );
    never(
        Language::Python,
        Family::ListOrder,
        "def f(a):\n    for b in (\"x\", \"y\"):\n        g(b)\n",
        "a loop sees the order",
    );
    never(
        Language::Python,
        Family::ListOrder,
        "def f(a):\n    return a in (b, c)\n",
        "names may compare in their own way",
    );
    both_ways(
        Language::Python,
        Family::IfSwap,
        "def f(a, b):\n    if a:\n        g()\n    elif b is None:\n        h()\n    else:\n        i()\n",
        "def f(a, b):\n    if a:\n        g()\n    elif b is not None:\n        i()\n    else:\n        h()\n",
    );
    both_ways(
        Language::Python,
        Family::Parentheses,
        "def f(a, b, c):\n    return a in b and c\n",
        "def f(a, b, c):\n    return (a in b) and c\n",
    );
    never(
        Language::Python,
        Family::FunctionOrder,
        "@register\ndef f(a):\n    return 1\n\n\ndef g(b, c):\n    return [c]\n",
        "a decorator runs",
    );
}

#[test]
fn cases_of_compiled_switches_may_be_any_constants() {
    both_ways(
        Language::C,
        Family::CaseOrder,
        "int f(int a)\n{\n    switch (a) {\n    case ONE:\n        return g(1);\n    case TWO:\n        h();\n        break;\n    }\n    return 0;\n}\n",
        "int f(int a)\n{\n    switch (a) {\n    case TWO:\n        h();\n        break;\n    case ONE:\n        return g(1);\n    }\n    return 0;\n}\n",
    );
    never(
        Language::C,
        Family::CaseOrder,
        "int f(int a)\n{\n    switch (a) {\n    case ONE:\n        g(1);\n    case TWO:\n        h();\n        break;\n    }\n    return 0;\n}\n",
        "one falls into the other",
    );
}

#[test]
fn cpp_and_csharp_traps() {
    both_ways(
        Language::Cpp,
        Family::QualifierOrder,
        "void f(const std::string &a);\n",
        "void f(std::string const &a);\n",
    );
    never(
        Language::Cpp,
        Family::QualifierOrder,
        "void f(const LPSTR a);\n",
        "a macro may be a pointer",
    );
    let virtuals = "class A {\n    virtual int f() {\n        return 1;\n    }\n    virtual long g(int a) {\n        return a;\n    }\n};\n";
    never(
        Language::Cpp,
        Family::FunctionOrder,
        virtuals,
        "the order of the vtable",
    );
    assert!(offers(
        Language::Cpp,
        &virtuals.replace("virtual ", ""),
        Family::FunctionOrder
    ));
    never(
        Language::Cpp,
        Family::Comparison,
        "bool f(Big a, Big b)\n{\n    return a < b;\n}\n",
        "operators may be overloaded",
    );
    both_ways(
        Language::CSharp,
        Family::Comparison,
        "class A\n{\n    bool F(int a, int b)\n    {\n        return a < b;\n    }\n}\n",
        "class A\n{\n    bool F(int a, int b)\n    {\n        return b > a;\n    }\n}\n",
    );
    never(
        Language::CSharp,
        Family::FunctionOrder,
        "interface A\n{\n    int F();\n    long G(int a);\n}\n",
        "slots have an order",
    );
    never(
        Language::CSharp,
        Family::Increment,
        "class A\n{\n    void F(Mine a)\n    {\n        a++;\n    }\n}\n",
        "operators may be overloaded",
    );
}
