//! The families of the third engine in Rust, JavaScript and TypeScript: what they write, and what they must leave alone.

use super::families::{both_ways, never, one_way};
use super::*;

#[test]
fn arrows_with_one_value_may_return_it() {
    for language in [Language::JavaScript, Language::TypeScript, Language::Tsx] {
        both_ways(
            language,
            Family::BareReturn,
            "function f(xs) {\n  const ys = xs.map((x) => x.y);\n  return ys;\n}\n",
            "function f(xs) {\n  const ys = xs.map((x) => {\n    return x.y;\n  });\n  return ys;\n}\n",
        );
    }
    both_ways(
        Language::JavaScript,
        Family::BareReturn,
        "class A {\n    f = (x) => g(x, 1)\n}\n",
        "class A {\n    f = (x) => {\n        return g(x, 1)\n    }\n}\n",
    );
    for (text, why) in [
        (
            "function f(xs) {\n  g(xs.map((x) => x.y), 1);\n}\n",
            "formatters break the other arguments",
        ),
        (
            "function f(xs) {\n  g((x) => (y) => x + y);\n}\n",
            "the inner one would be indented",
        ),
        (
            "function f(xs) {\n  g((x) => ({ y: x }));\n}\n",
            "an object's type waits for its context",
        ),
        (
            "function f(xs) {\n  if (xs) return g((x) => x.y);\n}\n",
            "the branch may be moved",
        ),
        (
            "function f(xs) {\n  g((x) => {\n    h();\n    return x.y;\n  });\n}\n",
            "more than a value",
        ),
        (
            "function f(xs) {\n  g((x) => {\n    return;\n  });\n}\n",
            "no value",
        ),
        ("function f(xs) {\n  g((x) => x.y /* why */);\n}\n", "a comment"),
        (
            "function f(xs) {\n  a().b().c((x) => x.y);\n}\n",
            "formatters write each call on its line",
        ),
    ] {
        never(Language::JavaScript, Family::BareReturn, text, why);
    }
}

#[test]
fn compound_assignments_to_own_variables() {
    both_ways(
        Language::JavaScript,
        Family::CompoundAssignment,
        "function f(a) {\n  let x = 0;\n  x += a.b;\n  return x;\n}\n",
        "function f(a) {\n  let x = 0;\n  x = x + a.b;\n  return x;\n}\n",
    );
    both_ways(
        Language::TypeScript,
        Family::CompoundAssignment,
        "function f(x: number, a: number) {\n  x -= a * 2;\n  return x;\n}\n",
        "function f(x: number, a: number) {\n  x = x - a * 2;\n  return x;\n}\n",
    );
    for (text, why) in [
        ("function f(a) {\n  x += a;\n}\n", "a global may be an accessor"),
        (
            "function f(x, a) {\n  x.y += a;\n}\n",
            "an accessor may run twice",
        ),
        ("function f(x, a) {\n  x *= a + 1;\n}\n", "the value binds less"),
        ("function f(x, a) {\n  x = a - x;\n}\n", "the other way round"),
        ("function f(x) {\n  x += 1;\n}\n", "an increment"),
        ("function f(x, a) {\n  x ||= a;\n}\n", "may not assign"),
        ("function f(x, a) {\n  return x += a;\n}\n", "the value is seen"),
        (
            "function f(x, a) {\n  with (a) {\n    x += b;\n  }\n}\n",
            "`with` puts an object before the variable",
        ),
    ] {
        never(Language::JavaScript, Family::CompoundAssignment, text, why);
    }
}

#[test]
fn braces_need_no_semicolon_where_the_line_ends_the_statement() {
    both_ways(
        Language::JavaScript,
        Family::Braces,
        "function f(a) {\n  if (a) {\n    g(a)\n  }\n  h(a)\n}\n",
        "function f(a) {\n  if (a)\n    g(a)\n  h(a)\n}\n",
    );
    for (text, why) in [
        (
            "function f(a) {\n  if (a) {\n    g(a)\n  }\n  (h)(a)\n}\n",
            "the next line goes on with a call",
        ),
        (
            "function f(a) {\n  if (a) {\n    g(a)\n  }\n  return 1\n}\n",
            "an `else` may be written in",
        ),
    ] {
        never(Language::JavaScript, Family::Braces, text, why);
    }
}

#[test]
fn members_are_public_also_when_it_is_not_written() {
    both_ways(
        Language::TypeScript,
        Family::Modifier,
        "class A {\n  f(x: string): void {\n    g(x);\n  }\n}\n",
        "class A {\n  public f(x: string): void {\n    g(x);\n  }\n}\n",
    );
    both_ways(
        Language::TypeScript,
        Family::Modifier,
        "class A {\n  static readonly x = 1;\n}\n",
        "class A {\n  public static readonly x = 1;\n}\n",
    );
    for (text, why) in [
        (
            "class A {\n  #f() {\n    g();\n  }\n}\n",
            "private names take no modifier",
        ),
        ("class A {\n  private x = 1;\n}\n", "another modifier"),
        ("class A {\n  @B() x = 1;\n}\n", "a decorator"),
        ("const a = {\n  f() {\n    return 1;\n  },\n};\n", "no class"),
        (
            "class A {\n  *f() {\n    yield 1;\n  }\n}\n",
            "without its word it could go on with the line before",
        ),
    ] {
        never(Language::TypeScript, Family::Modifier, text, why);
    }
    never(
        Language::JavaScript,
        Family::Modifier,
        "class A {\n  f() {\n    g();\n  }\n}\n",
        "JavaScript has no such word",
    );
}

#[test]
fn properties_of_types_have_no_order() {
    both_ways(
        Language::TypeScript,
        Family::ListOrder,
        "interface A {\n  /** One. */\n  a: string;\n  b?: number[];\n}\n",
        "interface A {\n  b?: number[];\n  /** One. */\n  a: string;\n}\n",
    );
    for (text, why) in [
        (
            "interface A {\n  a: string;\n  b: string;\n}\n",
            "alike once names are gone",
        ),
        (
            "interface A<T> {\n  a: T;\n  b: T[];\n}\n",
            "inference meets them in order",
        ),
        (
            "interface A {\n  a: string; // why\n  b: number;\n}\n",
            "a comment would be left behind",
        ),
        (
            "interface A {\n  a: string;\n  [x: string]: unknown;\n}\n",
            "an index signature",
        ),
    ] {
        never(Language::TypeScript, Family::ListOrder, text, why);
    }
}

#[test]
fn bounds_stand_with_their_parameter_or_in_a_clause() {
    both_ways(
        Language::Rust,
        Family::Idiom,
        "fn f<'a, P: AsRef<Path>, Q>(x: &'a P, y: Q) -> u8 {\n    g(x)\n}\n",
        "fn f<'a, P, Q>(x: &'a P, y: Q) -> u8\nwhere\n    P: AsRef<Path>,\n{\n    g(x)\n}\n",
    );
    both_ways(
        Language::Rust,
        Family::Idiom,
        "impl<T: Clone + Debug, U: Copy> A for B<T, U> {\n    const X: u8 = 1;\n}\n",
        "impl<T, U> A for B<T, U>\nwhere\n    T: Clone + Debug,\n    U: Copy,\n{\n    const X: u8 = 1;\n}\n",
    );
    for (text, why) in [
        (
            "fn f<T: A>(x: T)\nwhere\n    T: B,\n{\n    g(x)\n}\n",
            "bounds in both places",
        ),
        (
            "fn f<T>(x: T)\nwhere\n    Vec<T>: B,\n{\n    g(x)\n}\n",
            "not a parameter",
        ),
        (
            "fn f<T>(x: T)\nwhere\n    T: A,\n    T: B,\n{\n    g(x)\n}\n",
            "two predicates",
        ),
        (
            "impl<T: A<'_>> B<T> {\n    const X: u8 = 1;\n}\n",
            "an anonymous lifetime",
        ),
        (
            "fn f<'a, 'b: 'a, T: A>(x: &'a &'b T) {\n    g(x)\n}\n",
            "a lifetime with a bound",
        ),
        (
            "impl<T: A, const N: usize> B<T, N> {\n    const X: u8 = 1;\n}\n",
            "a constant",
        ),
        (
            "fn f<T: A>(\n    x: T,\n) -> u8 {\n    g(x)\n}\n",
            "a header of several lines",
        ),
        ("fn f<T: A>(x: T) {}\n", "a body on the line"),
    ] {
        never(Language::Rust, Family::Idiom, text, why);
    }
}

#[test]
fn jumps_of_arms_may_have_braces() {
    both_ways(
        Language::Rust,
        Family::Braces,
        "fn f(x: Option<u8>) {\n    let y = match x {\n        Some(y) => y,\n        None => return,\n    };\n    g(y);\n}\n",
        "fn f(x: Option<u8>) {\n    let y = match x {\n        Some(y) => y,\n        None => {\n            return;\n        }\n    };\n    g(y);\n}\n",
    );
    for (text, why) in [
        (
            "fn f(x: u8) {\n    match x {\n        1 => g(x),\n        _ => h(x),\n    }\n}\n",
            "values, whose block a formatter takes away",
        ),
        (
            "fn f(x: Option<u8>) -> Option<u8> {\n    let y = match x {\n        Some(y) => y,\n        None => {\n            return None;\n        }\n    };\n    g(y)\n}\n",
            "linters ask for `?`",
        ),
    ] {
        never(Language::Rust, Family::Braces, text, why);
    }
}

#[test]
fn imports_from_one_place_stand_together_or_apart() {
    both_ways(
        Language::Rust,
        Family::ImportGroup,
        "use a::{b, C};\n\nuse crate::d::{E, F};\n",
        "use a::b;\nuse a::C;\n\nuse crate::d::E;\nuse crate::d::F;\n",
    );
    for (text, why) in [
        ("use a::{self, b};\n", "`self` is not the last name of a path"),
        ("use a::{b as c, d};\n", "another name"),
        ("use a::{b, *};\n", "a glob"),
        (
            "use a::z;\nuse a::{b, c};\n",
            "formatters sort them among each other",
        ),
        (
            "#[cfg(unix)]\nuse a::{b, c};\n",
            "an attribute belongs to one of them",
        ),
        (
            "fn f() {\n    use a::{b, c};\n    g();\n}\n",
            "inside of a function",
        ),
        ("use a::{\n    b,\n    c,\n};\n", "lines of its own"),
    ] {
        never(Language::Rust, Family::ImportGroup, text, why);
    }
}

#[test]
fn what_the_standard_library_passes_on_has_two_paths() {
    one_way(
        Language::Rust,
        Family::Idiom,
        "fn f(a: &mut u8) {\n    std::mem::swap(a, &mut 1);\n}\n",
        "fn f(a: &mut u8) {\n    core::mem::swap(a, &mut 1);\n}\n",
    );
    one_way(
        Language::Rust,
        Family::Idiom,
        "impl std::fmt::Display for A {\n    const X: u8 = 1;\n}\n",
        "impl core::fmt::Display for A {\n    const X: u8 = 1;\n}\n",
    );
    for (text, why) in [
        (
            "use std::fmt::Debug;\n",
            "imports begin elsewhere in edition 2015",
        ),
        ("fn f() {\n    std::fmt::format(a);\n}\n", "only `std` has it"),
        (
            "mod core;\nfn f() {\n    std::mem::drop(1);\n}\n",
            "a `core` of its own",
        ),
        (
            "use super::*;\nfn f() {\n    std::mem::drop(1);\n}\n",
            "a `core` may come in",
        ),
        ("fn f() {\n    core::mem::drop(1);\n}\n", "there may be no `std`"),
        ("fn f() {\n    m!(std::mem::drop(1));\n}\n", "macros see tokens"),
    ] {
        never(Language::Rust, Family::Idiom, text, why);
    }
}

#[test]
fn self_may_stand_for_a_type_with_its_arguments() {
    both_ways(
        Language::Rust,
        Family::SelfType,
        "impl<'a, T> A<'a, T> {\n    fn f(x: &A<'a, T>) -> u8 {\n        g(x)\n    }\n}\n",
        "impl<'a, T> A<'a, T> {\n    fn f(x: &Self) -> u8 {\n        g(x)\n    }\n}\n",
    );
    both_ways(
        Language::Rust,
        Family::SelfType,
        "struct A<T>(T);\n\nimpl<T> A<T> {\n    fn f(x: T) -> A<T> {\n        g(x)\n    }\n}\n",
        "struct A<T>(T);\n\nimpl<T> A<T> {\n    fn f(x: T) -> Self {\n        g(x)\n    }\n}\n",
    );
    for (text, why) in [
        (
            "impl<T> A<T> {\n    fn f(x: T) -> A<T> {\n        g(x)\n    }\n}\n",
            "a lifetime may be left out",
        ),
        (
            "struct A<'a, T>(&'a T);\n\nimpl<T> A<T> {\n    fn f(x: T) -> A<T> {\n        g(x)\n    }\n}\n",
            "a lifetime is left out",
        ),
        (
            "impl A<'_> {\n    fn f(x: A<'_>) -> u8 {\n        g(x)\n    }\n}\n",
            "two lifetimes",
        ),
        (
            "impl<'a> A<'a> {\n    fn f(x: A<'static>) -> u8 {\n        g(x)\n    }\n}\n",
            "another type",
        ),
        (
            "impl<'a> A<'a> {\n    async fn f(x: A<'a>) -> u8 {\n        g(x)\n    }\n}\n",
            "older compilers refuse `Self` here",
        ),
    ] {
        never(Language::Rust, Family::SelfType, text, why);
    }
}

#[test]
fn one_of_two_arms_may_lean_on_inference() {
    both_ways(
        Language::Rust,
        Family::CaseOrder,
        "fn f(x: K) -> usize {\n    let v = g();\n    match x {\n        K::One => v.len(),\n        K::Two => 1,\n        _ => 0,\n    }\n}\n",
        "fn f(x: K) -> usize {\n    let v = g();\n    match x {\n        K::Two => 1,\n        K::One => v.len(),\n        _ => 0,\n    }\n}\n",
    );
}

#[test]
fn attributes_stay_with_their_item_and_negations_with_their_linter() {
    never(
        Language::Rust,
        Family::FunctionOrder,
        "#[cfg(a)] // since 1.45\nfn f() -> u8 {\n    1\n}\n\nfn g(x: u8) {\n    h(x);\n}\n",
        "the attribute would be left behind",
    );
    never(
        Language::Rust,
        Family::IfSwap,
        "fn f(x: Option<u8>) -> u8 {\n    if x.is_some() {\n        1\n    } else {\n        g()\n    }\n}\n",
        "clippy asks for `is_none`",
    );
}
