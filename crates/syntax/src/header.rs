//! Whether a header is C++: by words at the start of its lines that no C header has outside of a branch for C++.
//!
//! Refuses to guess: a header without such a word is C, which both languages read.

/// How far into a header is looked.
const MOST_BYTES: usize = 1 << 18;
/// How lines begin that only C++ has.
const BEGINNINGS: [&[u8]; 12] = [
    b"namespace ",
    b"template<",
    b"template <",
    b"class ",
    b"using ",
    b"public:",
    b"private:",
    b"protected:",
    b"constexpr ",
    b"inline namespace ",
    b"explicit ",
    b"virtual ",
];

/// Tells whether the text of a header can only be C++.
#[must_use]
pub fn is_cpp(text: &[u8]) -> bool {
    let text = text.get(..MOST_BYTES).unwrap_or(text);
    // Depth of directives, and the depth at which a branch for C++ began.
    let (mut depth, mut guarded): (usize, Option<usize>) = (0, None);
    let mut in_comment = false;
    for line in text.split(|byte| *byte == b'\n') {
        let line = line.trim_ascii();
        if in_comment {
            in_comment = !ends_comment(line);
            continue;
        }
        if line.starts_with(b"/*") {
            in_comment = !ends_comment(line);
            continue;
        }
        if let Some(directive) = line.strip_prefix(b"#") {
            let directive = directive.trim_ascii_start();
            if directive.starts_with(b"if") {
                depth = depth.saturating_add(1);
                if names_cpp(directive) && guarded.is_none() {
                    guarded = Some(depth);
                }
            } else if directive.starts_with(b"el") && guarded == Some(depth) {
                guarded = None;
            } else if directive.starts_with(b"endif") {
                if guarded == Some(depth) {
                    guarded = None;
                }
                depth = depth.saturating_sub(1);
            }
            continue;
        }
        if guarded.is_none() && BEGINNINGS.iter().any(|beginning| line.starts_with(beginning)) {
            return true;
        }
    }
    false
}

fn ends_comment(line: &[u8]) -> bool {
    line.windows(2).any(|pair| pair == b"*/")
}

fn names_cpp(directive: &[u8]) -> bool {
    directive.windows(11).any(|window| window == b"__cplusplus")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_of_c_stay_c() {
        assert!(!is_cpp(
            b"#ifdef __cplusplus\nextern \"C\" {\nclass a;\n#endif\nint f(void);\n"
        ));
        assert!(!is_cpp(b"/*\nclass of service\n*/\nstruct a { int class_; };\n"));
        assert!(!is_cpp(b""));
    }

    #[test]
    fn headers_of_cpp_are_told() {
        assert!(is_cpp(b"#pragma once\nnamespace a {\n}\n"));
        assert!(is_cpp(b"#if X\n#endif\n  template <typename T>\nT f();\n"));
        assert!(is_cpp(
            b"#ifndef __cplusplus\n#error C++\n#else\nclass a;\n#endif\n"
        ));
    }
}
