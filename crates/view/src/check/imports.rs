//! Imports that resolve to something hidden, by each language's own way from a name to a file.
//!
//! Patterns over text, not a parser: a check must also work on files that do not parse. What resolves to nothing of this repository is
//! somebody else's package and is passed over.

use regex::bytes::{Regex, RegexBuilder};

use super::names::{Known, Names, folder_of, join, last_name};
use super::{CheckError, Kind, Notes, rust};

/// Patterns of every language.
pub(super) struct Imports {
    python: Regex,
    python_from: Regex,
    script: Regex,
    go: Regex,
    java: Regex,
    include: Regex,
    rust: rust::Patterns,
}

/// The most dots, names or parts of one import that are followed.
const MOST_PARTS: usize = 64;

/// Compiles a pattern of ours over bytes; what is not ASCII counts as a letter.
pub(super) fn compile(rule: &'static str, pattern: &str) -> Result<Regex, CheckError> {
    RegexBuilder::new(&pattern.replace(r"\w", r"[0-9A-Za-z_\x80-\xff]"))
        .unicode(false)
        .build()
        .map_err(|error| CheckError::Pattern {
            rule,
            problem: error.to_string(),
        })
}

impl Imports {
    pub(super) fn new() -> Result<Self, CheckError> {
        Ok(Self {
            python: compile(
                "python import",
                r"(?m)^[ \t]*import[ \t]+([A-Za-z_][^\n#;]{0,2000})",
            )?,
            python_from: compile(
                "python from",
                r"(?m)^[ \t]*from[ \t]+(\.{0,32})[ \t]*([A-Za-z_][\w.]{0,500})?[ \t]+import[ \t]+(?:\(([^)]{0,8000})\)|([^\n#;]{1,2000}))",
            )?,
            script: compile(
                "script import",
                r#"\b(?:from|import|require|require\.resolve|mock|export)\b[ \t]*\(?[ \t]*["'`]([^"'`\n]{1,500})["'`]"#,
            )?,
            go: compile("go import", r#""([A-Za-z0-9_.~\-]+(?:/[A-Za-z0-9_.~\-]+)*)""#)?,
            java: compile(
                "java import",
                r"(?m)^[ \t]*import[ \t]+(?:static[ \t]+)?([A-Za-z_][\w.]{1,500})(\.\*)?",
            )?,
            include: compile(
                "include",
                r#"(?m)^[ \t]*#[ \t]*(?:include|import)[ \t]*(["<])([^">\n]{1,500})[">]"#,
            )?,
            rust: rust::Patterns::new()?,
        })
    }

    /// Notes every import of something hidden.
    pub(super) fn find(&self, names: &Names, text: &[u8], notes: &mut Notes<'_>) {
        let name = last_name(notes.path);
        let ending = name.rsplit(|byte| *byte == b'.').next().unwrap_or_default();
        match ending {
            b"rs" => self.rust.find(names, text, notes),
            b"py" | b"pyi" => self.find_python(names, text, notes),
            b"js" | b"jsx" | b"mjs" | b"cjs" | b"ts" | b"tsx" | b"mts" | b"cts" | b"vue" | b"svelte" => {
                self.find_script(names, text, notes);
            }
            b"go" => {
                for found in self.go.captures_iter(text) {
                    let Some(import) = found.get(1) else { continue };
                    if let Some(folder) = names.go_folder(import.as_bytes())
                        && names.at(&folder) == Some(Known::Hidden)
                    {
                        notes.name(import.start(), Kind::Import, import.as_bytes(), &folder);
                    }
                }
            }
            b"java" | b"kt" | b"kts" | b"scala" | b"groovy" => {
                for found in self.java.captures_iter(text) {
                    let Some(import) = found.get(1) else { continue };
                    if let Some(target) = java_target(names, import.as_bytes(), found.get(2).is_some()) {
                        notes.name(import.start(), Kind::Import, import.as_bytes(), &target);
                    }
                }
            }
            b"c" | b"h" | b"cc" | b"cpp" | b"cxx" | b"hpp" | b"hh" | b"hxx" | b"m" | b"mm" | b"inc" => {
                for found in self.include.captures_iter(text) {
                    let (Some(quote), Some(import)) = (found.get(1), found.get(2)) else {
                        continue;
                    };
                    let quoted = quote.as_bytes() == b"\"";
                    if let Some(target) = include_target(names, notes.path, import.as_bytes(), quoted) {
                        notes.name(import.start(), Kind::Import, import.as_bytes(), &target);
                    }
                }
            }
            _ => {}
        }
    }

    fn find_python(&self, names: &Names, text: &[u8], notes: &mut Notes<'_>) {
        let folder = folder_of(notes.path).unwrap_or_default().to_vec();
        for found in self.python.captures_iter(text) {
            let Some(list) = found.get(1) else { continue };
            for module in list.as_bytes().split(|byte| *byte == b',').take(MOST_PARTS) {
                let module = first_word(module);
                if let Some(target) = python_target(names, &folder, 0, module) {
                    notes.name(list.start(), Kind::Import, module, &target);
                }
            }
        }
        for found in self.python_from.captures_iter(text) {
            let dots = found.get(1).map_or(0, |dots| dots.len());
            let module = found.get(2).map_or(&b""[..], |module| module.as_bytes());
            let start = found.get(0).map_or(0, |whole| whole.start());
            // The line of the word itself, not of the white space before it.
            let start = start.saturating_add(
                found
                    .get(0)
                    .and_then(|whole| {
                        whole
                            .as_bytes()
                            .iter()
                            .position(|byte| !byte.is_ascii_whitespace())
                    })
                    .unwrap_or(0),
            );
            if !module.is_empty()
                && let Some(target) = python_target(names, &folder, dots, module)
            {
                notes.name(start, Kind::Import, module, &target);
                continue;
            }
            let list = found.get(3).or_else(|| found.get(4));
            let Some(list) = list else { continue };
            for name in list.as_bytes().split(|byte| *byte == b',').take(MOST_PARTS) {
                let name = first_word(name);
                if name.is_empty()
                    || !name
                        .iter()
                        .all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
                {
                    continue;
                }
                let whole = if module.is_empty() {
                    name.to_vec()
                } else {
                    [module, b".", name].concat()
                };
                if let Some(target) = python_target(names, &folder, dots, &whole) {
                    notes.name(start, Kind::Import, &whole, &target);
                }
            }
        }
    }

    fn find_script(&self, names: &Names, text: &[u8], notes: &mut Notes<'_>) {
        let folder = folder_of(notes.path).unwrap_or_default().to_vec();
        for found in self.script.captures_iter(text) {
            let Some(import) = found.get(1) else { continue };
            let target = if import.as_bytes().starts_with(b".") {
                join(&folder, import.as_bytes()).and_then(|path| script_file(names, &path))
            } else {
                script_package(names, import.as_bytes())
            };
            if let Some(target) = target {
                notes.name(import.start(), Kind::Import, import.as_bytes(), &target);
            }
        }
    }
}

fn first_word(text: &[u8]) -> &[u8] {
    let text = text.trim_ascii();
    let end = text
        .iter()
        .position(u8::is_ascii_whitespace)
        .unwrap_or(text.len());
    text.get(..end).unwrap_or_default()
}

/// What an import resolves to at a path: hidden, shown, or nothing there.
fn first_known(names: &Names, candidates: impl IntoIterator<Item = Vec<u8>>) -> Option<(Known, Vec<u8>)> {
    candidates
        .into_iter()
        .find_map(|candidate| names.at(&candidate).map(|known| (known, candidate)))
}

fn python_target(names: &Names, folder: &[u8], dots: usize, module: &[u8]) -> Option<Vec<u8>> {
    let relative: Vec<u8> = module
        .iter()
        .map(|byte| if *byte == b'.' { b'/' } else { *byte })
        .collect();
    let files = |base: &[u8]| {
        let path = join(base, &relative)?;
        first_known(
            names,
            [
                [path.as_slice(), b".py"].concat(),
                [path.as_slice(), b".pyi"].concat(),
                [path.as_slice(), b"/__init__.py"].concat(),
                path,
            ],
        )
    };
    let hidden = |found: Option<(Known, Vec<u8>)>| match found {
        Some((Known::Hidden, path)) => Some(Some(path)),
        Some((Known::Shown, _)) => Some(None),
        None => None,
    };
    if dots > 0 {
        let mut base = folder;
        for _ in 1..dots {
            base = folder_of(base).unwrap_or_default();
        }
        return hidden(files(base))?;
    }
    // Any folder above may be where the interpreter starts.
    let mut base = Some(folder);
    while let Some(here) = base {
        for start in [here.to_vec(), join(here, b"src").unwrap_or_default()] {
            if let Some(answer) = hidden(files(&start)) {
                return answer;
            }
        }
        base = if here.is_empty() {
            None
        } else {
            Some(folder_of(here).unwrap_or_default())
        };
    }
    // Somebody's package by name, when no folder of this repository answers to it.
    if let Some(at) = names.package(module.split(|byte| *byte == b'.').next()?) {
        return Some(at.to_vec());
    }
    if !relative.contains(&b'/') {
        return None;
    }
    let module_file = [relative.as_slice(), b".py"].concat();
    let package_file = [relative.as_slice(), b"/__init__.py"].concat();
    names
        .hidden_ending(&module_file)
        .or_else(|| names.hidden_ending(&package_file))
        .map(<[u8]>::to_vec)
}

/// The file that a script's path means, when it is hidden.
fn script_file(names: &Names, path: &[u8]) -> Option<Vec<u8>> {
    const ENDINGS: [&[u8]; 12] = [
        b".ts", b".tsx", b".js", b".jsx", b".mjs", b".cjs", b".mts", b".d.ts", b".json", b".vue", b".svelte",
        b".css",
    ];
    const INDEXES: [&[u8]; 4] = [b"/index.ts", b"/index.tsx", b"/index.js", b"/index.mjs"];
    let mut stems = vec![path.to_vec()];
    // TypeScript writes the ending that the compiled file will have.
    for ending in [&b".js"[..], b".mjs", b".cjs", b".jsx"] {
        if let Some(stem) = path.strip_suffix(ending) {
            stems.push(stem.to_vec());
        }
    }
    let candidates = stems.iter().flat_map(|stem| {
        std::iter::once(stem.clone())
            .filter(|stem| last_name(stem).contains(&b'.'))
            .chain(
                ENDINGS
                    .iter()
                    .chain(&INDEXES)
                    .map(|ending| [stem.as_slice(), ending].concat()),
            )
    });
    match first_known(names, candidates) {
        Some((Known::Hidden, found)) => Some(found),
        Some((Known::Shown, _)) => None,
        // A folder whose index we do not know.
        None => (names.at(path) == Some(Known::Hidden)).then(|| path.to_vec()),
    }
}

fn script_package(names: &Names, import: &[u8]) -> Option<Vec<u8>> {
    // The names that bundlers commonly give to the source folder.
    for (alias, base) in [
        (&b"@/"[..], &b"src"[..]),
        (b"~/", b"src"),
        (b"src/", b"src"),
        (b"/", b""),
    ] {
        if let Some(rest) = import.strip_prefix(alias)
            && let Some(found) = join(base, rest).and_then(|path| script_file(names, &path))
        {
            return Some(found);
        }
    }
    // `name` or `@scope/name`, and what follows inside it.
    let scoped = import.starts_with(b"@");
    let parts: Vec<&[u8]> = import.split(|byte| *byte == b'/').take(3).collect();
    let length = if scoped { 2 } else { 1 };
    let name = parts.get(..length)?.join(&b'/');
    names.package(&name).map(<[u8]>::to_vec)
}

fn java_target(names: &Names, import: &[u8], star: bool) -> Option<Vec<u8>> {
    let parts: Vec<&[u8]> = import.split(|byte| *byte == b'.').take(MOST_PARTS).collect();
    let mut length = parts.len();
    while length >= 2 {
        let path = parts.get(..length)?.join(&b'/');
        for ending in [&b".java"[..], b".kt", b".scala"] {
            let file = [path.as_slice(), ending].concat();
            if names.shown_ending(&file) {
                return None;
            }
            if let Some(found) = names.hidden_ending(&file) {
                return Some(found.to_vec());
            }
        }
        if star && length == parts.len() {
            return names.hidden_ending(&path).map(<[u8]>::to_vec);
        }
        length = length.saturating_sub(1);
    }
    None
}

fn include_target(names: &Names, from: &[u8], import: &[u8], quoted: bool) -> Option<Vec<u8>> {
    let mut base = Some(folder_of(from).unwrap_or_default());
    while let Some(here) = base {
        for start in [
            here.to_vec(),
            join(here, b"include").unwrap_or_default(),
            join(here, b"src").unwrap_or_default(),
        ] {
            match join(&start, import).map(|path| (names.at(&path), path)) {
                Some((Some(Known::Hidden), path)) => return Some(path),
                Some((Some(Known::Shown), _)) => return None,
                _ => {}
            }
        }
        base = if here.is_empty() {
            None
        } else {
            Some(folder_of(here).unwrap_or_default())
        };
    }
    if import.contains(&b'/') {
        names.hidden_ending(import).map(<[u8]>::to_vec)
    } else if quoted {
        names.hidden_alone(import).map(<[u8]>::to_vec)
    } else {
        None
    }
}
