//! Prints how quickly an unmarked tree is projected: `cargo test -p ringfence-git --test it throughput -- --nocapture`.

use std::time::Instant;

use ringfence_domain::view::{PathRule, Visibility};
use ringfence_git::mirror::Mirror;
use ringfence_view::project::{Flow, Limits, Projector, Unmarked, ViewRules};

use crate::support::{File, Home};

#[test]
fn prints_the_throughput_of_an_unmarked_tree() {
    // 2,000 files of prose-like text: enough to measure, small enough for every run.
    let files: Vec<File<'_>> = (0..2_000_u32)
        .map(|n| {
            let lines = (0..200_u32).map(|line| format!("let value_{line} = compute({n}, {line});\n"));
            File {
                mode: "100644",
                path: format!("src/m{}/f{n}.rs", n % 40).into_bytes(),
                data: lines.collect::<String>().into_bytes(),
            }
        })
        .collect();
    let bytes: usize = files.iter().map(|file| file.data.len()).sum();
    let home = Home::new();
    let mut owner = home.owner();
    let tip = owner.commit("main", &files, &[]);
    let mirror = Mirror::open_or_create(&home.mirrors(), "code").unwrap();
    mirror.sync(owner.source(), "main").unwrap();
    let tree = ringfence_view::object::read_commit(&mirror, &tip).unwrap().tree;
    let view = ViewRules::new(
        &[PathRule {
            visibility: Visibility::Read,
            paths: vec!["/src/".to_owned()],
        }],
        Vec::new(),
    )
    .unwrap();
    let store = home.store();
    let megabytes = bytes as f64 / 1e6;

    let started = Instant::now();
    let mut writer = store.pack_writer().unwrap();
    let mut unmarked = Unmarked;
    let mut projector = Projector::new(&view, Limits::default());
    let mut flow = Flow {
        source: &mirror,
        deliver: &mut unmarked,
        sink: &mut writer,
    };
    let projected = projector.project_tree(tree, &mut flow).unwrap();
    let projecting = started.elapsed();
    let started = Instant::now();
    let written = store.publish(writer, &[]).unwrap();
    let indexing = started.elapsed();
    assert_eq!(projected.tree, tree);
    assert_eq!(written.objects, 2_000 + 42);

    let started = Instant::now();
    let mut writer = store.pack_writer().unwrap();
    let mut flow = Flow {
        source: &mirror,
        deliver: &mut unmarked,
        sink: &mut writer,
    };
    Projector::new(&view, Limits::default())
        .project_tree(tree, &mut flow)
        .unwrap();
    let again = started.elapsed();
    println!(
        "projection of an unmarked tree: {megabytes:.1} MB in 2,000 files: read and pack {:.0} MB/s, with index-pack {:.0} MB/s, again (nothing to write) {:.0} MB/s",
        megabytes / projecting.as_secs_f64(),
        megabytes / (projecting + indexing).as_secs_f64(),
        megabytes / again.as_secs_f64(),
    );
}
