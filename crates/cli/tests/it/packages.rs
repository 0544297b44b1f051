//! Suspects as they travel: packages of each ecosystem, a bundle in one line, a hundred thousand files, archives that mean harm.

use crate::support::{Done, Owner, files_of, program, shown};
use crate::trees::{Tree, corpus, moved, owner_of, write};
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Runs Python's own archivers over a folder.
fn packed(script: &str, folder: &Path, to: &Path) {
    Done::of(program("python3").args(["-I", "-c", script]).arg(folder).arg(to)).expect_code(0);
}

const TGZ: &str = "
import sys, tarfile
with tarfile.open(sys.argv[2], 'w:gz') as out:
    out.add(sys.argv[1], arcname='package')
";
const WHEEL: &str = "
import sys, os, zipfile
with zipfile.ZipFile(sys.argv[2], 'w', zipfile.ZIP_DEFLATED) as out:
    for root, _, names in os.walk(sys.argv[1]):
        for name in sorted(names):
            path = os.path.join(root, name)
            out.write(path, os.path.relpath(path, sys.argv[1]))
    out.writestr('tool-1.0.dist-info/METADATA', 'Metadata-Version: 2.1\\nName: tool\\nVersion: 1.0\\n')
    out.writestr('tool-1.0.dist-info/RECORD', '')
";

fn owner(tree: &Tree) -> (Owner, PathBuf) {
    let owner = owner_of(&moved(tree, "src"), &[]);
    owner.export("suedwerk", "s");
    let copy: Tree = files_of(&owner.export("nordwind", "n"))
        .into_iter()
        .filter_map(|(path, text)| Some((path.strip_prefix("src/")?.to_owned(), text)))
        .collect();
    let leak = write(&owner, "leak", &copy);
    (owner, leak)
}

#[track_caller]
fn names_nordwind(owner: &Owner, suspect: &Path, inside: &str) {
    let (_, recipient, report) = owner.trace(suspect);
    assert_eq!(recipient.as_deref(), Some("nordwind"), "{report}");
    let first = report["matches"][0]["suspect"].as_str().unwrap();
    assert!(first.contains(inside), "{first}");
}

#[test]
fn a_package_from_npm_names_the_copy() {
    let (owner, leak) = owner(&corpus("express/lib", &[".js"]));
    std::fs::write(
        leak.join("package.json"),
        "{\"name\":\"tool\",\"version\":\"1.0.0\"}\n",
    )
    .unwrap();
    let package = owner.path("tool-1.0.0.tgz");
    packed(TGZ, &leak, &package);
    names_nordwind(&owner, &package, "tool-1.0.0.tgz!/package/");
}

#[test]
fn a_source_distribution_and_a_wheel_name_the_copy() {
    let (owner, leak) = owner(&corpus("click/src/click", &[".py"]));
    let source = owner.path("tool-1.0.tar.gz");
    packed(TGZ, &leak, &source);
    names_nordwind(&owner, &source, "tool-1.0.tar.gz!/package/");
    let wheel = owner.path("tool-1.0-py3-none-any.whl");
    packed(WHEEL, &leak, &wheel);
    names_nordwind(&owner, &wheel, ".whl!/");
}

#[test]
fn a_jar_with_sources_names_the_copy() {
    let (owner, leak) = owner(&corpus("commons-csv/src/main/java", &[".java"]));
    let jar = owner.path("tool-1.0-sources.jar");
    Done::of(
        program("jar")
            .args(["--create", "--file"])
            .arg(&jar)
            .arg("-C")
            .arg(&leak)
            .arg("."),
    )
    .expect_code(0);
    names_nordwind(&owner, &jar, "sources.jar!/");
}

#[test]
fn a_hundred_thousand_files_are_looked_at_within_bounds() {
    let (owner, leak) = owner(&corpus("click/src/click", &[".py"]));
    // Files of all sizes and of every language, most of them nothing of the owner's, and the leak among them.
    let script = "
import sys, os, io, tarfile
words = 'alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu'.split()
endings = ['py', 'js', 'rs', 'txt', 'go', 'java', 'c', 'json']
with tarfile.open(sys.argv[2], 'w') as out:
    for number in range(100_000 - int(len(os.listdir(sys.argv[1])))):
        lines = ''.join(f'{words[(number * 7 + line) % 12]}_{number % 977} = {words[(number + line * 5) % 12]}({line * number})\\n' for line in range(number % 23 + 1))
        info = tarfile.TarInfo(f'many/{number % 211}/{number}.{endings[number % 8]}')
        data = lines.encode()
        info.size = len(data)
        out.addfile(info, io.BytesIO(data))
    out.add(sys.argv[1], arcname='many/leak')
";
    let many = owner.path("many.tar");
    packed(script, &leak, &many);
    let start = Instant::now();
    let (_, recipient, report) = owner.trace(&many);
    let time = start.elapsed();
    assert_eq!(recipient.as_deref(), Some("nordwind"), "{report}");
    assert!(
        report["left_out"].as_array().unwrap().is_empty(),
        "{}",
        report["left_out"]
    );
    assert!(time.as_secs() < 120, "{time:?}");
    // One more than the bound is said, not silently dropped.
    let script = "
import sys, io, tarfile
with tarfile.open(sys.argv[2], 'a') as out:
    for number in range(3):
        out.addfile(tarfile.TarInfo(f'zz/{number}.py'), io.BytesIO(b''))
";
    packed(script, &leak, &many);
    let (_, _, report) = owner.trace(&many);
    assert!(
        report["left_out"].to_string().contains("limit of 100000 files"),
        "{}",
        report["left_out"]
    );
}

#[test]
fn a_hundred_megabytes_in_one_line_name_the_copy_that_is_in_them() {
    let (owner, leak) = owner(&corpus("express/lib", &[".js"]));
    // All of the copy without its comments and line breaks, in the middle of what a bundler brings along.
    let script = r"
import sys, os, re
own = ''
for root, _, names in sorted(os.walk(sys.argv[1])):
    for name in sorted(names):
        text = open(os.path.join(root, name)).read()
        text = re.sub(r'(?ms)^\s*/\*.*?\*/', '', text)
        text = '\n'.join(line for line in text.split('\n') if not line.strip().startswith('//'))
        own += '(function(module,exports,require){' + re.sub(r'\s*\n\s*', ' ', text) + '})();'
filling = lambda number: f'var a{number}=function(b,c){{return b.d{number % 71}(c+{number})}},e{number}=[a{number},{number % 97}];'
with open(sys.argv[2], 'w') as out:
    size, number, placed = 0, 0, False
    while size < 100_000_000:
        if size > 50_000_000 and not placed:
            out.write(own)
            size, placed = size + len(own), True
        part = ''.join(filling(at) for at in range(number, number + 1000))
        out.write(part)
        size, number = size + len(part), number + 1000
";
    let bundle = owner.path("bundle.min.js");
    packed(script, &leak, &bundle);
    let size = std::fs::metadata(&bundle).unwrap().len();
    assert!(size >= 100_000_000, "{size}");
    let start = Instant::now();
    names_nordwind(&owner, &bundle, "bundle.min.js");
    let time = start.elapsed();
    assert!(time.as_secs() < 300, "{time:?}");
}

#[test]
fn links_and_bombs_lead_nowhere() {
    let (owner, leak) = owner(&corpus("click/src/click", &[".py"]));
    // A folder that holds itself, and the owner's own home, by links.
    std::os::unix::fs::symlink(&leak, leak.join("again")).unwrap();
    std::os::unix::fs::symlink("/etc", leak.join("etc")).unwrap();
    let (_, recipient, report) = owner.trace(&leak);
    assert_eq!(recipient.as_deref(), Some("nordwind"), "{report}");
    assert_eq!(
        report["left_out"].to_string().matches("symbolic link").count(),
        2,
        "{}",
        report["left_out"]
    );
    // The same in archives, where a link is an entry with a target, and a name may point out of the folder.
    let script = "
import sys, io, tarfile, zipfile
if sys.argv[2].endswith('.tar'):
    with tarfile.open(sys.argv[2], 'w') as out:
        for kind, name in [(tarfile.SYMTYPE, 'link.py'), (tarfile.LNKTYPE, 'hard.py'), (tarfile.FIFOTYPE, 'pipe.py'), (tarfile.CHRTYPE, 'device.py')]:
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, '/etc/passwd'
            out.addfile(info)
        info = tarfile.TarInfo('../../../../tmp/escape.py')
        info.size = 6
        out.addfile(info, io.BytesIO(b'x = 1\\n'))
else:
    with zipfile.ZipFile(sys.argv[2], 'w') as out:
        info = zipfile.ZipInfo('link.py')
        info.external_attr = 0o120777 << 16
        out.writestr(info, '/etc/passwd')
";
    for name in ["links.tar", "links.zip"] {
        let archive = owner.path(name);
        packed(script, &leak, &archive);
        let (verdict, recipient, report) = owner.trace(&archive);
        assert_eq!((verdict.as_str(), recipient), ("none", None), "{report}");
        assert!(!report.to_string().contains("root:"), "{report}");
    }
    // Nine members of 64 MiB in 600 KB, in an archive of which sixteen copies lie in another: 9 GiB in all.
    let script = "
import sys, io, zipfile
inner = io.BytesIO()
with zipfile.ZipFile(inner, 'w', zipfile.ZIP_DEFLATED) as out:
    for number in range(9):
        out.writestr(f'{number}.py', bytes(64 << 20))
with zipfile.ZipFile(sys.argv[2], 'w', zipfile.ZIP_DEFLATED) as out:
    for number in range(16):
        out.writestr(f'{number}.zip', inner.getvalue())
";
    let bomb = owner.path("bomb.zip");
    packed(script, &leak, &bomb);
    let start = Instant::now();
    let (verdict, recipient, report) = owner.trace(&bomb);
    assert_eq!((verdict.as_str(), recipient), ("none", None), "{report}");
    assert!(
        report["left_out"].to_string().contains("limit"),
        "{}",
        report["left_out"]
    );
    assert!(start.elapsed().as_secs() < 120);
    // For a person too, what was not looked at is said.
    owner
        .run(&["trace", &shown(&bomb)])
        .expect_code(1)
        .says(&["not looked at"]);
}
