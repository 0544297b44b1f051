//! The families of the fourth engine in JavaScript and TypeScript: what they write, and what they must leave alone.

use super::families::{both_ways, never, one_way};
use super::traps::copies_of;
use super::*;

#[test]
fn names_of_one_import_have_no_order() {
    for language in [Language::JavaScript, Language::TypeScript, Language::Tsx] {
        both_ways(
            language,
            Family::ImportGroup,
            "import { a, b } from './c';\n",
            "import { b, a } from './c';\n",
        );
        both_ways(
            language,
            Family::ImportGroup,
            "export {\n  a as b,\n  c,\n};\n",
            "export {\n  c,\n  a as b,\n};\n",
        );
    }
    both_ways(
        Language::TypeScript,
        Family::ImportGroup,
        "import d, { type A, b } from './c';\n",
        "import d, { b, type A } from './c';\n",
    );
    for (text, why) in [
        ("import { a } from './c';\n", "one name"),
        (
            "import {\n  a, // why\n  b,\n} from './c';\n",
            "a comment would be left behind",
        ),
        ("import './a';\nimport './b';\n", "modules run in order"),
        ("const { a, b } = c;\n", "accessors run in order"),
    ] {
        never(Language::JavaScript, Family::ImportGroup, text, why);
    }
}

#[test]
fn unions_have_no_order_wherever_they_stand() {
    for (one, other) in [
        ("let x: Map<string, A | B>;\n", "let x: Map<string, B | A>;\n"),
        (
            "type X<T extends A | null = B> = { y: T };\n",
            "type X<T extends null | A = B> = { y: T };\n",
        ),
        ("let x: (A | B)[];\n", "let x: (B | A)[];\n"),
        ("let x: () => A | B;\n", "let x: () => B | A;\n"),
        ("let x = y as A | [B, C];\n", "let x = y as [B, C] | A;\n"),
        (
            "let x: Pick<A, 'b' | keyof C>;\n",
            "let x: Pick<A, keyof C | 'b'>;\n",
        ),
    ] {
        both_ways(Language::TypeScript, Family::ListOrder, one, other);
    }
    for (text, why) in [
        (
            "type X<T> = T extends [infer A] | [infer B] ? A : B;\n",
            "inference meets them in order",
        ),
        (
            "type X<T> = Map<A, [T] | { y: T }>;\n",
            "both are open and name one parameter",
        ),
        ("let x: A | /* why */ B;\n", "a comment"),
        (
            "let x: A & B;\n",
            "overloads of an intersection are tried in order",
        ),
    ] {
        never(Language::TypeScript, Family::ListOrder, text, why);
    }
}

#[test]
fn arrays_have_two_spellings() {
    for (one, other) in [
        ("let x: Map<A, B>[];\n", "let x: Array<Map<A, B>>;\n"),
        ("let x: readonly A[];\n", "let x: ReadonlyArray<A>;\n"),
        ("let x: (A | B)[];\n", "let x: Array<A | B>;\n"),
        (
            "let x: readonly (() => A)[];\n",
            "let x: ReadonlyArray<() => A>;\n",
        ),
        (
            "function f(...x: any[]) {\n  return x as A[];\n}\n",
            "function f(...x: Array<any>) {\n  return x as Array<A>;\n}\n",
        ),
    ] {
        both_ways(Language::TypeScript, Family::Idiom, one, other);
    }
    for (text, why) in [
        ("class A extends Array<B> {}\n", "a value, not a type"),
        (
            "type A<T> = T extends any[] ? 1 : 2;\n",
            "formatters break chains by this type",
        ),
        (
            "type A<T> = T extends 1 ? readonly any[] & T : 2;\n",
            "`readonly` is of the array alone",
        ),
        (
            "type A<T> = T extends Array<infer U> ? U : never;\n",
            "inference inside",
        ),
        ("let x: /* why */ A /* and */ [];\n", "comments"),
        (
            "let xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx: yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy[];\n",
            "the line would be too long",
        ),
    ] {
        never(Language::TypeScript, Family::Idiom, text, why);
    }
}

#[test]
fn methods_of_types_have_no_order_but_their_overloads() {
    both_ways(
        Language::TypeScript,
        Family::ListOrder,
        "interface A {\n  b(x: string): void;\n  c?: number;\n}\n",
        "interface A {\n  c?: number;\n  b(x: string): void;\n}\n",
    );
    both_ways(
        Language::TypeScript,
        Family::ListOrder,
        "let x: { a: string; b?: number };\n",
        "let x: { b?: number; a: string };\n",
    );
    for (text, why) in [
        (
            "interface A {\n  b(x: string): void;\n  b(x: number): number;\n}\n",
            "overloads",
        ),
        (
            "interface A {\n  b(x: string): void;\n  (x: number): number;\n}\n",
            "a call",
        ),
        (
            "interface A {\n  get b(): string;\n  set b(x: number);\n}\n",
            "a pair",
        ),
        ("let x: { a: string /* b */; b?: number; c: A };\n", "a comment"),
    ] {
        never(Language::TypeScript, Family::ListOrder, text, why);
    }
}

#[test]
fn hoisted_and_quiet_declarations_change_places() {
    both_ways(
        Language::JavaScript,
        Family::FunctionOrder,
        "const a = (x) => {\n  return x;\n};\n\nfunction b(y) {\n  return c(y);\n}\n",
        "function b(y) {\n  return c(y);\n}\n\nconst a = (x) => {\n  return x;\n};\n",
    );
    both_ways(
        Language::TypeScript,
        Family::FunctionOrder,
        "export interface A {\n  x: B;\n}\n\nexport class B extends C {\n  y: A;\n}\n",
        "export class B extends C {\n  y: A;\n}\n\nexport interface A {\n  x: B;\n}\n",
    );
    let overloads = "export function a(x: string): void;\nexport function a(x: number): void;\nexport function a(x: any) {\n  g(x);\n}\n";
    let other = "function b(y) {\n  return c(y, 1);\n}\n";
    both_ways(
        Language::TypeScript,
        Family::FunctionOrder,
        &format!("{overloads}\n{other}"),
        &format!("{other}\n{overloads}"),
    );
    both_ways(
        Language::JavaScript,
        Family::FunctionOrder,
        "function f(x) {\n  function g(y) {\n    return y;\n  }\n\n  function h(z) {\n    x(z);\n  }\n}\n",
        "function f(x) {\n  function h(z) {\n    x(z);\n  }\n\n  function g(y) {\n    return y;\n  }\n}\n",
    );
    for (text, why) in [
        (
            "const a = b(1);\n\nfunction b(y) {\n  return c(y);\n}\n",
            "linters want it above what runs it",
        ),
        (
            "const a = b(1);\n\nconst c = () => {\n  return d;\n};\n",
            "one of them runs something",
        ),
        (
            "class A {\n  x() {}\n}\n\nclass B extends A {\n  y() {\n    g();\n  }\n}\n",
            "what it extends comes first",
        ),
        (
            "const a = () => {\n  return 1;\n};\n\nconst b = () => {\n  return a();\n};\n",
            "one names the other",
        ),
        (
            "if (x) {\n  function g(y) {\n    return y;\n  }\n\n  function h(z) {\n    x(z);\n  }\n}\n",
            "old rules hoist them out of the block",
        ),
        (
            "const a = require('a');\n\nfunction b(y) {\n  return c(y);\n}\n",
            "modules are loaded on top",
        ),
    ] {
        never(Language::JavaScript, Family::FunctionOrder, text, why);
    }
    never(
        Language::TypeScript,
        Family::FunctionOrder,
        "export function a(x: string): void;\nexport function b(x: number): void;\nexport function a(x: any) {\n  g(x);\n}\n",
        "overloads stand together",
    );
}

#[test]
fn methods_of_a_class_change_places() {
    for language in [Language::JavaScript, Language::TypeScript] {
        both_ways(
            language,
            Family::FunctionOrder,
            "class A {\n  // One.\n  b(x) {\n    return x;\n  }\n\n  async c() {\n    d(1);\n  }\n}\n",
            "class A {\n  async c() {\n    d(1);\n  }\n\n  // One.\n  b(x) {\n    return x;\n  }\n}\n",
        );
    }
    for (text, why) in [
        (
            "class A {\n  constructor() {\n    e();\n  }\n\n  b(x) {\n    return x;\n  }\n}\n",
            "constructors stand first",
        ),
        (
            "class A {\n  static c() {\n    e();\n  }\n\n  b(x) {\n    return x;\n  }\n}\n",
            "linters sort these",
        ),
        (
            "class A {\n  get b() {\n    return 1;\n  }\n\n  set b(x) {\n    c(x);\n  }\n}\n",
            "a pair",
        ),
        (
            "@D()\nclass A {\n  c() {\n    e();\n  }\n\n  b(x) {\n    return x;\n  }\n}\n",
            "a framework collects them",
        ),
        (
            "class A {\n  c() {\n    e(Reflect.ownKeys(A));\n  }\n\n  b(x) {\n    return x;\n  }\n}\n",
            "the order is read",
        ),
        (
            "const A = {\n  c() {\n    e();\n  },\n\n  b(x) {\n    return x;\n  },\n};\n",
            "an object lists them in order",
        ),
    ] {
        never(Language::TypeScript, Family::FunctionOrder, text, why);
    }
}

#[test]
fn cases_may_have_a_block() {
    both_ways(
        Language::JavaScript,
        Family::Braces,
        "switch (a) {\n  case 1:\n    b();\n    return c;\n}\n",
        "switch (a) {\n  case 1: {\n    b();\n    return c;\n  }\n}\n",
    );
    for (text, why) in [
        (
            "switch (a) {\n  case 1:\n    const b = 1;\n    c(b);\n    break;\n}\n",
            "a declaration for the other cases too",
        ),
        ("switch (a) {\n  case 1:\n  case 2:\n}\n", "nothing to enclose"),
        (
            "switch (a) {\n  case 1: {\n    const b = 1;\n    c(b);\n    break;\n  }\n}\n",
            "a declaration of its own",
        ),
        (
            "switch (a) {\n  case 1: // why\n    b();\n    break;\n}\n",
            "a comment on the label",
        ),
        ("switch (a) {\n  case 1: b(); break;\n}\n", "on one line"),
        (
            "switch (a) {\n  case 1: {\n    b();\n  }\n    break;\n}\n",
            "linters refuse a block beside another statement",
        ),
    ] {
        never(Language::JavaScript, Family::Braces, text, why);
    }
}

#[test]
fn conditionals_on_three_lines_swap() {
    both_ways(
        Language::TypeScript,
        Family::Conditional,
        "const a = b === c\n  ? d(1)\n  : e.f;\n",
        "const a = b !== c\n  ? e.f\n  : d(1);\n",
    );
    one_way(
        Language::JavaScript,
        Family::Conditional,
        "return b(1)\n  ? d\n  : e;\n",
        "return !b(1)\n  ? e\n  : d;\n",
    );
    for (text, why) in [
        (
            "const a = b && c\n  ? d\n  : e;\n",
            "formatters break a bracketed condition otherwise",
        ),
        (
            "const a = !b(1)\n  ? d\n  : e;\n",
            "it would be shorter, and fit on one line",
        ),
        ("const a = b // why\n  ? c\n  : d;\n", "a comment"),
        ("const a = b ?\n  c :\n  d;\n", "signs at the ends of lines"),
    ] {
        never(Language::JavaScript, Family::Conditional, text, why);
    }
}

#[test]
fn accessors_are_public_when_they_stand_alone() {
    both_ways(
        Language::TypeScript,
        Family::Modifier,
        "class A {\n  get x(): number {\n    return 1;\n  }\n}\n",
        "class A {\n  public get x(): number {\n    return 1;\n  }\n}\n",
    );
    never(
        Language::TypeScript,
        Family::Modifier,
        "class A {\n  get x() {\n    return 1;\n  }\n\n  set x(y) {\n    g(y);\n  }\n}\n",
        "accessors go in pairs",
    );
}

#[test]
fn short_properties_stay_short_where_the_line_is_full() {
    let short = "  f({ aaaaaaaaaaaaaa, bbbbbbbbbbbbbbbb, cccccccccccccccccc });\n";
    assert!(
        copies_of(Language::JavaScript, short, Family::Idiom).is_empty(),
        "all of them would not fit"
    );
}

#[test]
fn declarations_of_a_package_change_places() {
    let (function, kind) = (
        "func f(x int) int {\n\treturn x\n}\n",
        "type T struct {\n\tx int\n}\n",
    );
    for other in [
        "const (\n\ta = iota\n\tb\n)\n",
        "var a = g(1)\n",
        "var _ I = (*T)(nil)\n",
        kind,
    ] {
        both_ways(
            Language::Go,
            Family::FunctionOrder,
            &format!("package p\n\n{function}\n{other}"),
            &format!("package p\n\n{other}\n{function}"),
        );
    }
    for (text, why) in [
        (
            "package p\n\nvar a = g(1)\n\nvar (\n\tb = h()\n)\n",
            "variables are made in order",
        ),
        (
            "package p\n\nfunc init() {\n\tg()\n}\n\nvar a = 1\n",
            "`init` runs in order",
        ),
        (
            "package p\n\nvar a int\n\nvar b string\n\nfunc f(x int) int {\n\treturn x\n}\n",
            "a blank line may come and go beside it",
        ),
    ] {
        never(Language::Go, Family::FunctionOrder, text, why);
    }
}

#[test]
fn interfaces_of_go_are_sets_of_methods() {
    both_ways(
        Language::Go,
        Family::ListOrder,
        "package p\n\ntype T interface {\n\t// F does.\n\tF(x int) error\n\tG() string\n}\n",
        "package p\n\ntype T interface {\n\tG() string\n\t// F does.\n\tF(x int) error\n}\n",
    );
    never(
        Language::Go,
        Family::ListOrder,
        "package p\n\ntype T interface {\n\tF(x int) error // why\n\tG() string\n}\n",
        "gofmt aligns comments",
    );
}

#[test]
fn types_that_are_no_interfaces_never_match_together() {
    let switch = |first: &str, second: &str| {
        format!("package p\n\nfunc f(x interface{{}}) {{\n\tswitch x.(type) {{\n{first}{second}\t}}\n}}\n")
    };
    let (one, other) = ("\tcase int, *T:\n\t\tg()\n", "\tcase []byte:\n\t\th(x, 1)\n");
    both_ways(
        Language::Go,
        Family::CaseOrder,
        &switch(one, other),
        &switch(other, one),
    );
    never(
        Language::Go,
        Family::CaseOrder,
        &switch("\tcase error:\n\t\tg()\n", other),
        "an interface may match as well",
    );
    never(
        Language::Go,
        Family::CaseOrder,
        &switch(one, other).replace("func f(", "func f[T any]("),
        "both may be of one type",
    );
    never(
        Language::Go,
        Family::CaseOrder,
        "package p\n\nfunc f(x string) {\n\tswitch x {\n\tcase \"a\":\n\t\t// Nothing.\n\tcase \"b\":\n\t\tg()\n\tcase \"c\":\n\t\t// Nothing.\n\t}\n}\n",
        "the comments belong to the cases without statements",
    );
}

#[test]
fn literals_of_fields_are_the_same_whatever_runs_before() {
    both_ways(
        Language::Go,
        Family::InitialiserOrder,
        "package p\n\nvar t = T{A: f(1), B: \"b\"}\n",
        "package p\n\nvar t = T{B: \"b\", A: f(1)}\n",
    );
    for (text, why) in [
        ("package p\n\nvar t = T{A: f(1), B: g(2)}\n", "both run something"),
        (
            "package p\n\nvar t = T{A: f(1), B: c}\n",
            "the call may change it",
        ),
        (
            "package p\n\nvar t = T{\n\tA: 1,\n\n\tB: 2,\n}\n",
            "gofmt aligns the lines between blank ones",
        ),
    ] {
        never(Language::Go, Family::InitialiserOrder, text, why);
    }
}

#[test]
fn empty_containers_have_two_spellings() {
    let go = |value: &str| format!("package p\n\nfunc f() {{\n\tx = {value}\n}}\n");
    for (one, other) in [
        ("make(map[string]int)", "map[string]int{}"),
        ("make([]T, 0)", "[]T{}"),
    ] {
        both_ways(Language::Go, Family::Idiom, &go(one), &go(other));
    }
    for (text, why) in [
        (go("make(chan int)"), "channels have no literal"),
        (go("make(T)"), "it may be a channel"),
        (go("make(map[string]int, 4)"), "room for some"),
        (go("make([]int, 4)"), "not empty"),
        (
            go("make([]int, 0)").replace("func f() {", "func f(make func(int, int) int) {"),
            "a function of its own",
        ),
        (
            "package p\n\nfunc f() {\n\tfor range make([]int, 0) {\n\t}\n}\n".to_owned(),
            "a brace would begin the body",
        ),
    ] {
        never(Language::Go, Family::Idiom, &text, why);
    }
}

#[test]
fn brackets_that_change_the_blanks_of_gofmt_are_none() {
    both_ways(
        Language::Go,
        Family::Parentheses,
        "package p\n\nfunc f(a, b int, c bool) bool {\n\treturn a == 1 && c\n}\n",
        "package p\n\nfunc f(a, b int, c bool) bool {\n\treturn (a == 1) && c\n}\n",
    );
    never(
        Language::Go,
        Family::Parentheses,
        "package p\n\nfunc f(a, b, c int) int {\n\treturn a*b + c\n}\n",
        "gofmt writes the product with blanks in brackets",
    );
}
