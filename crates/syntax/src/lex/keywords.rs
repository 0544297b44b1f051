//! Words that are not names, per language. Renaming leaves them alone, so alignment may compare them.

use crate::Language;

/// Says whether a word is reserved or predefined.
pub(super) fn is_keyword(language: Language, word: &[u8]) -> bool {
    // The longest is `synchronized`.
    if word.len() > 12 {
        return false;
    }
    let words: &[&str] = match language {
        Language::Rust => RUST,
        Language::Python => PYTHON,
        Language::JavaScript => JAVASCRIPT,
        Language::TypeScript | Language::Tsx => TYPESCRIPT,
        Language::Java => JAVA,
        Language::Go => GO,
        Language::C => C,
        Language::Cpp => CPP,
        Language::CSharp => CSHARP,
    };
    words
        .binary_search_by(|candidate| candidate.as_bytes().cmp(word))
        .is_ok()
}

#[rustfmt::skip]
const PYTHON: &[&str] = &[
    "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue", "def", "del",
    "elif", "else", "except", "finally", "for", "from", "global", "if", "import", "in", "is", "lambda", "nonlocal",
    "not", "or", "pass", "raise", "return", "try", "while", "with", "yield",
];

#[rustfmt::skip]
const JAVASCRIPT: &[&str] = &[
    "async", "await", "break", "case", "catch", "class", "const", "continue", "debugger", "default", "delete", "do",
    "else", "export", "extends", "false", "finally", "for", "function", "get", "if", "import", "in", "instanceof",
    "let", "new", "null", "of", "return", "set", "static", "super", "switch", "this", "throw", "true", "try",
    "typeof", "undefined", "var", "void", "while", "with", "yield",
];

#[rustfmt::skip]
const C: &[&str] = &[
    "NULL", "auto", "break", "case", "char", "const", "continue", "default", "define", "do", "double", "else",
    "endif", "enum", "extern", "float", "for", "goto", "if", "ifdef", "ifndef", "include", "inline", "int", "long",
    "register", "return", "short", "signed", "sizeof", "static", "struct", "switch", "typedef", "undef", "union",
    "unsigned", "void", "volatile", "while",
];

#[rustfmt::skip]
const GO: &[&str] = &[
    "any", "bool", "break", "byte", "case", "chan", "const", "continue", "default", "defer", "else", "error",
    "fallthrough", "false", "for", "func", "go", "goto", "if", "import", "int", "interface", "map", "nil", "package",
    "range", "return", "select", "string", "struct", "switch", "true", "type", "var",
];

#[rustfmt::skip]
const RUST: &[&str] = &[
    "Self", "as", "async", "await", "bool", "break", "char", "const", "continue", "crate", "dyn", "else", "enum",
    "extern", "false", "fn", "for", "i16", "i32", "i64", "i8", "if", "impl", "in", "isize", "let", "loop", "match",
    "mod", "move", "mut", "pub", "ref", "return", "self", "static", "str", "struct", "super", "trait", "true", "type",
    "u16", "u32", "u64", "u8", "unsafe", "use", "usize", "where", "while",
];

#[rustfmt::skip]
const JAVA: &[&str] = &[
    "abstract", "assert", "boolean", "break", "byte", "case", "catch", "char", "class", "const", "continue",
    "default", "do", "double", "else", "enum", "extends", "false", "final", "finally", "float", "for", "goto", "if",
    "implements", "import", "instanceof", "int", "interface", "long", "native", "new", "null", "package", "private",
    "protected", "public", "return", "short", "static", "strictfp", "super", "switch", "synchronized", "this",
    "throw", "throws", "transient", "true", "try", "var", "void", "volatile", "while",
];

#[rustfmt::skip]
const TYPESCRIPT: &[&str] = &[
    "abstract", "any", "as", "async", "await", "boolean", "break", "case", "catch", "class", "const", "continue",
    "debugger", "declare", "default", "delete", "do", "else", "enum", "export", "extends", "false", "finally", "for",
    "function", "get", "if", "implements", "import", "in", "infer", "instanceof", "interface", "keyof", "let",
    "namespace", "never", "new", "null", "number", "of", "private", "protected", "public", "readonly", "return",
    "set", "static", "string", "super", "switch", "this", "throw", "true", "try", "typeof", "undefined", "unknown",
    "var", "void", "while", "with", "yield",
];

#[rustfmt::skip]
const CPP: &[&str] = &[
    "NULL", "alignas", "alignof", "and", "asm", "auto", "bool", "break", "case", "catch", "char", "class", "concept",
    "const", "const_cast", "consteval", "constexpr", "constinit", "continue", "decltype", "default", "define",
    "delete", "do", "double", "dynamic_cast", "else", "endif", "enum", "explicit", "export", "extern", "false",
    "final", "float", "for", "friend", "goto", "if", "ifdef", "ifndef", "include", "inline", "int", "long", "mutable",
    "namespace", "new", "noexcept", "not", "nullptr", "operator", "or", "override", "private", "protected", "public",
    "register", "requires", "return", "short", "signed", "sizeof", "static", "static_cast", "struct", "switch",
    "template", "this", "thread_local", "throw", "true", "try", "typedef", "typeid", "typename", "undef", "union",
    "unsigned", "using", "virtual", "void", "volatile", "while",
];

#[rustfmt::skip]
const CSHARP: &[&str] = &[
    "abstract", "as", "async", "await", "base", "bool", "break", "byte", "case", "catch", "char", "checked", "class",
    "const", "continue", "decimal", "default", "delegate", "do", "double", "else", "enum", "event", "explicit",
    "extern", "false", "finally", "fixed", "float", "for", "foreach", "get", "goto", "if", "implicit", "in", "int",
    "interface", "internal", "is", "lock", "long", "nameof", "namespace", "new", "null", "object", "operator", "out",
    "override", "params", "private", "protected", "public", "readonly", "record", "ref", "return", "sbyte", "sealed",
    "set", "short", "sizeof", "stackalloc", "static", "string", "struct", "switch", "this", "throw", "true", "try",
    "typeof", "uint", "ulong", "unchecked", "unsafe", "ushort", "using", "value", "var", "virtual", "void",
    "volatile", "when", "where", "while", "yield",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_sorted_and_short() {
        for list in [RUST, PYTHON, JAVASCRIPT, TYPESCRIPT, JAVA, GO, C, CPP, CSHARP] {
            assert!(list.windows(2).all(|pair| pair[0] < pair[1]));
            assert!(list.iter().all(|word| word.len() <= 12));
        }
        assert!(is_keyword(Language::Java, b"synchronized"));
        assert!(!is_keyword(Language::Python, b"synchronized"));
    }
}
