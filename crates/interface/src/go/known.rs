//! What is known of packages whose source is not there: how they are called, what some of their functions give.

/// Names that an imported package may have, the likeliest first.
pub(super) fn package_names(path: &[u8]) -> Vec<Vec<u8>> {
    let mut parts = path.rsplit(|byte| *byte == b'/');
    let mut last = parts.next().unwrap_or_default();
    if is_version(last)
        && let Some(before) = parts.next()
    {
        last = before;
    }
    if let Some(dot) = last.windows(2).rposition(|pair| pair == b".v")
        && last
            .get(dot.saturating_add(2)..)
            .is_some_and(|digits| digits.iter().all(u8::is_ascii_digit))
    {
        last = last.get(..dot).unwrap_or_default();
    }
    let pieces: Vec<&[u8]> = last
        .split(|byte| matches!(byte, b'-' | b'.'))
        .filter(|piece| !piece.is_empty())
        .collect();
    let mut names = vec![last.to_vec(), pieces.concat(), pieces.join(&b'_')];
    names.extend(pieces.iter().rev().map(|piece| piece.to_vec()));
    let without_go: Vec<&[u8]> = pieces
        .iter()
        .copied()
        .filter(|piece| !matches!(*piece, b"go" | b"golang"))
        .collect();
    names.push(without_go.concat());
    for name in names.clone() {
        if let Some(rest) = name.strip_prefix(b"go") {
            names.push(rest.to_vec());
        }
        if let Some(rest) = name.strip_suffix(b"go") {
            names.push(rest.to_vec());
        }
    }
    let mut seen = Vec::new();
    for name in names {
        if !name.is_empty() && !seen.contains(&name) {
            seen.push(name);
        }
    }
    seen
}

fn is_version(part: &[u8]) -> bool {
    match part.split_first() {
        Some((b'v', digits)) => !digits.is_empty() && digits.iter().all(u8::is_ascii_digit),
        _ => false,
    }
}

/// Types of functions' results and of variables in the standard library; `.` stands for the package's name and a dot.
const STANDARD: &[(&str, &str, &str)] = &[
    ("errors", "New", "error"),
    ("fmt", "Errorf", "error"),
    ("fmt", "Sprintf", "string"),
    ("fmt", "Sprint", "string"),
    ("fmt", "Sprintln", "string"),
    ("regexp", "MustCompile", "*.Regexp"),
    ("regexp", "MustCompilePOSIX", "*.Regexp"),
    ("text/template", "Must", "*.Template"),
    ("text/template", "New", "*.Template"),
    ("html/template", "Must", "*.Template"),
    ("html/template", "New", "*.Template"),
    ("strings", "NewReplacer", "*.Replacer"),
    ("strings", "NewReader", "*.Reader"),
    ("strings", "ToLower", "string"),
    ("strings", "ToUpper", "string"),
    ("strings", "TrimSpace", "string"),
    ("strings", "Repeat", "string"),
    ("strings", "Join", "string"),
    ("strings", "Replace", "string"),
    ("strings", "Split", "[]string"),
    ("strings", "Fields", "[]string"),
    ("bytes", "NewReader", "*.Reader"),
    ("bytes", "NewBuffer", "*.Buffer"),
    ("bytes", "NewBufferString", "*.Buffer"),
    ("bytes", "Repeat", "[]byte"),
    ("math/big", "NewInt", "*.Int"),
    ("math/big", "NewFloat", "*.Float"),
    ("math/big", "NewRat", "*.Rat"),
    ("math/rand", "New", "*.Rand"),
    ("math/rand", "NewSource", ".Source"),
    ("math", "Inf", "float64"),
    ("math", "NaN", "float64"),
    ("math", "Pow", "float64"),
    ("math", "Log", "float64"),
    ("math", "Log2", "float64"),
    ("math", "Sqrt", "float64"),
    ("math", "Float64bits", "uint64"),
    ("math", "Float32bits", "uint32"),
    ("math", "Float64frombits", "float64"),
    ("time", "Now", ".Time"),
    ("time", "Date", ".Time"),
    ("time", "Unix", ".Time"),
    ("time", "Since", ".Duration"),
    ("time", "Duration", ".Duration"),
    ("time", "FixedZone", "*.Location"),
    ("time", "UTC", "*.Location"),
    ("time", "Local", "*.Location"),
    ("time", "Nanosecond", ".Duration"),
    ("time", "Microsecond", ".Duration"),
    ("time", "Millisecond", ".Duration"),
    ("time", "Second", ".Duration"),
    ("time", "Minute", ".Duration"),
    ("time", "Hour", ".Duration"),
    ("time", "NewTimer", "*.Timer"),
    ("time", "NewTicker", "*.Ticker"),
    ("os", "Getenv", "string"),
    ("os", "Getpid", "int"),
    ("os", "TempDir", "string"),
    ("os", "Stdin", "*.File"),
    ("os", "Stdout", "*.File"),
    ("os", "Stderr", "*.File"),
    ("os", "Args", "[]string"),
    ("reflect", "TypeOf", ".Type"),
    ("reflect", "ValueOf", ".Value"),
    ("reflect", "Zero", ".Value"),
    ("context", "Background", ".Context"),
    ("context", "TODO", ".Context"),
    ("log", "New", "*.Logger"),
    ("log", "Default", "*.Logger"),
    ("flag", "String", "*string"),
    ("flag", "Bool", "*bool"),
    ("flag", "Int", "*int"),
    ("flag", "Int64", "*int64"),
    ("flag", "Uint", "*uint"),
    ("flag", "Float64", "*float64"),
    ("flag", "NewFlagSet", "*.FlagSet"),
    ("container/list", "New", "*.List"),
    ("encoding/base64", "NewEncoding", "*.Encoding"),
    ("encoding/base64", "StdEncoding", "*.Encoding"),
    ("encoding/base64", "URLEncoding", "*.Encoding"),
    ("encoding/base64", "RawStdEncoding", "*.Encoding"),
    ("encoding/base64", "RawURLEncoding", "*.Encoding"),
    ("encoding/base32", "NewEncoding", "*.Encoding"),
    ("encoding/base32", "StdEncoding", "*.Encoding"),
    ("hash/crc32", "MakeTable", "*.Table"),
    ("hash/crc32", "IEEETable", "*.Table"),
    ("hash/crc64", "MakeTable", "*.Table"),
    ("io", "EOF", "error"),
    ("io", "ErrUnexpectedEOF", "error"),
    ("io", "Discard", ".Writer"),
    ("runtime", "NumCPU", "int"),
    ("runtime", "GOMAXPROCS", "int"),
    ("runtime", "Version", "string"),
    ("sort", "StringSlice", ".StringSlice"),
    ("strconv", "Itoa", "string"),
    ("strconv", "Quote", "string"),
    ("sync", "NewCond", "*.Cond"),
    ("net", "ParseIP", ".IP"),
    ("net", "IPv4", ".IP"),
    ("net", "CIDRMask", ".IPMask"),
    ("net/http", "NewServeMux", "*.ServeMux"),
    ("net/http", "DefaultClient", "*.Client"),
    ("net/http", "HandlerFunc", ".HandlerFunc"),
    ("net/http", "NotFoundHandler", ".Handler"),
    ("net/http", "FileServer", ".Handler"),
    ("expvar", "NewInt", "*.Int"),
    ("expvar", "NewMap", "*.Map"),
    ("expvar", "NewString", "*.String"),
    ("unicode/utf8", "RuneLen", "int"),
    ("path/filepath", "Join", "string"),
    ("path", "Join", "string"),
    ("unsafe", "Sizeof", "uintptr"),
];

/// What a name of the standard library is, as a file writes it that imports the package as `qualifier`; functions: their result.
pub(super) fn standard(path: &[u8], name: &[u8], qualifier: &[u8]) -> Option<Vec<u8>> {
    let (_, _, kind) = STANDARD
        .iter()
        .find(|(package, member, _)| package.as_bytes() == path && member.as_bytes() == name)?;
    let kind = kind.as_bytes();
    match kind.iter().position(|byte| *byte == b'.') {
        Some(at) => {
            let (pointer, rest) = kind.split_at_checked(at)?;
            Some([pointer, qualifier, rest].concat())
        }
        None => Some(kind.to_vec()),
    }
}

/// Types that every file has.
pub(super) fn is_builtin_type(name: &[u8]) -> bool {
    matches!(
        name,
        b"bool"
            | b"byte"
            | b"complex64"
            | b"complex128"
            | b"error"
            | b"float32"
            | b"float64"
            | b"int"
            | b"int8"
            | b"int16"
            | b"int32"
            | b"int64"
            | b"rune"
            | b"string"
            | b"uint"
            | b"uint8"
            | b"uint16"
            | b"uint32"
            | b"uint64"
            | b"uintptr"
            | b"any"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_real_packages_are_guessed() {
        for (path, name) in [
            ("encoding/json", "json"),
            ("gopkg.in/yaml.v3", "yaml"),
            ("github.com/go-chi/chi/v5", "chi"),
            ("github.com/google/go-cmp/cmp", "cmp"),
            ("github.com/mattn/go-isatty", "isatty"),
            ("github.com/cpuguy83/go-md2man/v2/md2man", "md2man"),
            ("github.com/dgrijalva/jwt-go", "jwt"),
            ("github.com/nats-io/nats.go", "nats"),
            ("github.com/kballard/go-shellquote", "shellquote"),
        ] {
            let names = package_names(path.as_bytes());
            assert!(
                names.iter().any(|found| found == name.as_bytes()),
                "{path}: {names:?}"
            );
        }
    }

    #[test]
    fn the_standard_table_names_the_package_as_the_file_does() {
        let kind = |path: &str, name: &str, qualifier: &str| {
            standard(path.as_bytes(), name.as_bytes(), qualifier.as_bytes())
                .map(|kind| String::from_utf8(kind).unwrap())
        };
        assert_eq!(kind("regexp", "MustCompile", "re").as_deref(), Some("*re.Regexp"));
        assert_eq!(kind("errors", "New", "errors").as_deref(), Some("error"));
        assert_eq!(kind("github.com/pkg/errors", "New", "errors"), None);
    }
}
