//! Python's own compiler and syntax tree.

use super::*;

const EQUAL_TREES: &str = "
import ast, sys
for pair in sys.argv[1:]:
    owner, layout, other = pair.split('|')
    read = lambda path: open(path, 'rb').read()
    compile(read(other), other, 'exec')
    assert ast.dump(ast.parse(read(owner))) == ast.dump(ast.parse(read(layout))), layout
";

#[test]
fn python_compiles_and_layout_families_keep_its_syntax_tree() {
    let folder = scratch("python");
    let mut pairs = Vec::new();
    for (fixture, robust, _) in tables()
        .iter()
        .filter(|(fixture, _, _)| fixture.language == Language::Python)
    {
        let owner = folder.join(fixture.file_name());
        write(&owner, &fixture.text);
        let layout = render(robust, &fixture.text, &|site| match site.family {
            Family::BlankLine
            | Family::CommentPeriod
            | Family::Parentheses
            | Family::Idiom
            | Family::HexCase => other(site.canonical),
            _ => site.canonical,
        })
        .unwrap();
        let layout_path = folder.join(format!("layout-{}", fixture.file_name()));
        write(&layout_path, &layout);
        for (name, copy) in copies(fixture, robust) {
            let path = folder.join(name);
            write(&path, &copy);
            pairs.push(format!(
                "{}|{}|{}",
                owner.display(),
                layout_path.display(),
                path.display()
            ));
        }
    }
    let mut arguments = vec!["-W", "ignore", "-c", EQUAL_TREES];
    arguments.extend(pairs.iter().map(String::as_str));
    let (success, said) = run("python3", &arguments);
    assert!(success, "{said}");
}
