//! Chains of releases for the `replay` bench: the edits between consecutive releases of one package are real edits.
//!
//! Fetched only when asked for by name or as `chains`. Their folders begin with a period, so that whoever measures on the corpus
//! as a whole leaves them out.

use super::{Registry, Subject, chosen, run};
use crate::process::root;
use anyhow::{Result, ensure};
use std::path::Path;

/// What the names of these subjects begin with.
pub const PREFIX: &str = "chain-";

/// The pinned formatters of the `replay` bench, and its chains of releases unless its arguments name a repository.
///
/// # Errors
/// When something is missing and cannot be downloaded.
pub fn for_replay(arguments: &[String]) -> Result<()> {
    let is_repository = |word: &String| {
        let folder = Path::new(word);
        folder.join(".git").exists() || folder.join("HEAD").is_file()
    };
    let tools = FORMATTERS.map(str::to_owned);
    let chains = (!arguments.iter().any(is_repository)).then(|| vec!["chains".to_owned()]);
    for names in std::iter::once(tools.to_vec()).chain(chains) {
        let corpus = root().join("corpus");
        let wanted = chosen(&names)?;
        if !wanted.iter().all(|subject| subject.is_present(&corpus)) {
            ensure!(run(&names)?, "the bench needs them all");
        }
    }
    Ok(())
}

/// Subjects that hold the formatters which vendors run in the `replay` bench; rustfmt and gofmt come with their languages.
const FORMATTERS: [&str; 3] = ["prettier", ".python-packages", ".attack-tools"];

pub const SUBJECTS: &[Subject] = &[
    Subject {
        name: "chain-clap-builder-4.2.0",
        registry: Registry::Crates,
        package: "clap_builder",
        version: "4.2.0",
        sha256: "671fcaa5debda4b9a84aa7fde49c907c8986c0e6ab927e04217c9cb74e7c8bc9",
        language: "Rust",
    },
    Subject {
        name: "chain-clap-builder-4.3.0",
        registry: Registry::Crates,
        package: "clap_builder",
        version: "4.3.0",
        sha256: "4f423e341edefb78c9caba2d9c7f7687d0e72e89df3ce3394554754393ac3990",
        language: "Rust",
    },
    Subject {
        name: "chain-clap-builder-4.4.0",
        registry: Registry::Crates,
        package: "clap_builder",
        version: "4.4.0",
        sha256: "78116e32a042dd73c2901f0dc30790d20ff3447f3e3472fad359e8c3d282bcd6",
        language: "Rust",
    },
    Subject {
        name: "chain-clap-builder-4.4.18",
        registry: Registry::Crates,
        package: "clap_builder",
        version: "4.4.18",
        sha256: "4df4df40ec50c46000231c914968278b1eb05098cf8f1b3a518a95030e71d1c7",
        language: "Rust",
    },
    Subject {
        name: "chain-clap-builder-4.5.0",
        registry: Registry::Crates,
        package: "clap_builder",
        version: "4.5.0",
        sha256: "458bf1f341769dfcf849846f65dffdf9146daa56bcd2a47cb4e1de9915567c99",
        language: "Rust",
    },
    Subject {
        name: "chain-clap-builder-4.5.20",
        registry: Registry::Crates,
        package: "clap_builder",
        version: "4.5.20",
        sha256: "19bc80abd44e4bed93ca373a0704ccbd1b710dc5749406201bb018272808dc54",
        language: "Rust",
    },
    Subject {
        name: "chain-regex-syntax-0.6.0",
        registry: Registry::Crates,
        package: "regex-syntax",
        version: "0.6.0",
        sha256: "8f1ac0f60d675cc6cf13a20ec076568254472551051ad5dd050364d70671bf6b",
        language: "Rust",
    },
    Subject {
        name: "chain-regex-syntax-0.6.20",
        registry: Registry::Crates,
        package: "regex-syntax",
        version: "0.6.20",
        sha256: "8cab7a364d15cde1e505267766a2d3c4e22a843e1a601f0fa7564c0f82ced11c",
        language: "Rust",
    },
    Subject {
        name: "chain-regex-syntax-0.7.0",
        registry: Registry::Crates,
        package: "regex-syntax",
        version: "0.7.0",
        sha256: "b6868896879ba532248f33598de5181522d8b3d9d724dfd230911e1a7d4822f5",
        language: "Rust",
    },
    Subject {
        name: "chain-regex-syntax-0.8.0",
        registry: Registry::Crates,
        package: "regex-syntax",
        version: "0.8.0",
        sha256: "c3cbb081b9784b07cceb8824c8583f86db4814d172ab043f3c23f7dc600bf83d",
        language: "Rust",
    },
    Subject {
        name: "chain-tokio-1.10.0",
        registry: Registry::Crates,
        package: "tokio",
        version: "1.10.0",
        sha256: "01cf844b23c6131f624accf65ce0e4e9956a8bb329400ea5bcc26ae3a5c20b0b",
        language: "Rust",
    },
    Subject {
        name: "chain-tokio-1.20.0",
        registry: Registry::Crates,
        package: "tokio",
        version: "1.20.0",
        sha256: "57aec3cfa4c296db7255446efb4928a6be304b431a806216105542a67b6ca82e",
        language: "Rust",
    },
    Subject {
        name: "chain-tokio-1.30.0",
        registry: Registry::Crates,
        package: "tokio",
        version: "1.30.0",
        sha256: "2d3ce25f50619af8b0aec2eb23deebe84249e19e2ddd393a6e16e3300a6dadfd",
        language: "Rust",
    },
    Subject {
        name: "chain-click-6.7",
        registry: Registry::Python,
        package: "click",
        version: "6.7",
        sha256: "f15516df478d5a56180fbf80e68f206010e6d160fc39fa508b65e035fd75130b",
        language: "Python",
    },
    Subject {
        name: "chain-click-7.0",
        registry: Registry::Python,
        package: "click",
        version: "7.0",
        sha256: "5b94b49521f6456670fdb30cd82a4eca9412788a93fa6dd6df72c94d5a8ff2d7",
        language: "Python",
    },
    Subject {
        name: "chain-click-7.1.2",
        registry: Registry::Python,
        package: "click",
        version: "7.1.2",
        sha256: "d2b5255c7c6349bc1bd1e59e08cd12acbbd63ce649f2588755783aa94dfb6b1a",
        language: "Python",
    },
    Subject {
        name: "chain-click-8.0.0",
        registry: Registry::Python,
        package: "click",
        version: "8.0.0",
        sha256: "7d8c289ee437bcb0316820ccee14aefcb056e58d31830ecab8e47eda6540e136",
        language: "Python",
    },
    Subject {
        name: "chain-click-8.1.0",
        registry: Registry::Python,
        package: "click",
        version: "8.1.0",
        sha256: "977c213473c7665d3aa092b41ff12063227751c41d7b17165013e10069cc5cd2",
        language: "Python",
    },
    Subject {
        name: "chain-jinja2-2.9",
        registry: Registry::Python,
        package: "Jinja2",
        version: "2.9",
        sha256: "bc5ce80fba5561ed94807f91e42e608b04b92861e22f8f79cef3af0444046f5d",
        language: "Python",
    },
    Subject {
        name: "chain-jinja2-2.10",
        registry: Registry::Python,
        package: "Jinja2",
        version: "2.10",
        sha256: "f84be1bb0040caca4cea721fcbbbbd61f9be9464ca236387158b0feea01914a4",
        language: "Python",
    },
    Subject {
        name: "chain-jinja2-2.11.3",
        registry: Registry::Python,
        package: "Jinja2",
        version: "2.11.3",
        sha256: "a6d58433de0ae800347cab1fa3043cebbabe8baa9d29e668f1c768cb87a333c6",
        language: "Python",
    },
    Subject {
        name: "chain-jinja2-3.0.0",
        registry: Registry::Python,
        package: "Jinja2",
        version: "3.0.0",
        sha256: "ea8d7dd814ce9df6de6a761ec7f1cac98afe305b8cdc4aaae4e114b8d8ce24c5",
        language: "Python",
    },
    Subject {
        name: "chain-jinja2-3.1.0",
        registry: Registry::Python,
        package: "Jinja2",
        version: "3.1.0",
        sha256: "a2f09a92f358b96b5f6ca6ecb4502669c4acb55d8733bbb2b2c9c4af5564c605",
        language: "Python",
    },
    Subject {
        name: "chain-werkzeug-1.0.0",
        registry: Registry::Python,
        package: "Werkzeug",
        version: "1.0.0",
        sha256: "169ba8a33788476292d04186ab33b01d6add475033dfc07215e6d219cc077096",
        language: "Python",
    },
    Subject {
        name: "chain-werkzeug-2.0.0",
        registry: Registry::Python,
        package: "Werkzeug",
        version: "2.0.0",
        sha256: "3389bbfe6d40c6dd25e6d3f974155163c8b3de5bbda6a89342d4ab93fae80ba0",
        language: "Python",
    },
    Subject {
        name: "chain-werkzeug-2.1.0",
        registry: Registry::Python,
        package: "Werkzeug",
        version: "2.1.0",
        sha256: "9b55466a3e99e13b1f0686a66117d39bda85a992166e0a79aedfcf3586328f7a",
        language: "Python",
    },
    Subject {
        name: "chain-werkzeug-2.2.0",
        registry: Registry::Python,
        package: "Werkzeug",
        version: "2.2.0",
        sha256: "fe8bcdcef40275ed915fc734c2527a39d705b57a716d4f09e790296abbd16a7f",
        language: "Python",
    },
    Subject {
        name: "chain-werkzeug-2.3.0",
        registry: Registry::Python,
        package: "Werkzeug",
        version: "2.3.0",
        sha256: "3b6b46926d052b8ebca97c4dc73c12e47bdd07d57ab0600c039c3155450227bc",
        language: "Python",
    },
    Subject {
        name: "chain-werkzeug-3.0.0",
        registry: Registry::Python,
        package: "Werkzeug",
        version: "3.0.0",
        sha256: "3ffff4dcc32db52ef3cc94dff3000a3c2846890f3a5a51800a27b909c5e770f0",
        language: "Python",
    },
    Subject {
        name: "chain-rxjs-7.1.0",
        registry: Registry::Npm,
        package: "rxjs",
        version: "7.1.0",
        sha256: "a6e6a2a39e310fbcc09798d794d6a5172cdd7747c17b6d5aafd7bd65c5926e4b",
        language: "TypeScript",
    },
    Subject {
        name: "chain-rxjs-7.2.0",
        registry: Registry::Npm,
        package: "rxjs",
        version: "7.2.0",
        sha256: "cc3601d896eae0bc7281804c6ad080150a008d5b0e78b4efd3bfff0b26a64244",
        language: "TypeScript",
    },
    Subject {
        name: "chain-rxjs-7.3.0",
        registry: Registry::Npm,
        package: "rxjs",
        version: "7.3.0",
        sha256: "98573b62a091f35f9c0a888bea3c55d1acc65ff3e28e663e3a511d6569a3d0fb",
        language: "TypeScript",
    },
    Subject {
        name: "chain-rxjs-7.4.0",
        registry: Registry::Npm,
        package: "rxjs",
        version: "7.4.0",
        sha256: "34a685fcd9cd450bec972c68bffd3479e71b3ccad06c9755a644c78c98bae220",
        language: "TypeScript",
    },
    Subject {
        name: "chain-rxjs-7.8.0",
        registry: Registry::Npm,
        package: "rxjs",
        version: "7.8.0",
        sha256: "693b37ffcde839f6026c822b66bfac187c10673c89c4325f32c61eefedb15480",
        language: "TypeScript",
    },
    Subject {
        name: "chain-zod-3.25.1",
        registry: Registry::Npm,
        package: "zod",
        version: "3.25.1",
        sha256: "4e84e2fc9a93cb3c86f9e43f06b237cf5bc8a83a1e64085704dc4e89a3434b74",
        language: "TypeScript",
    },
    Subject {
        name: "chain-zod-3.25.30",
        registry: Registry::Npm,
        package: "zod",
        version: "3.25.30",
        sha256: "5139dcddcaf80a45726dbc2efd299e5f1d53cfa2e3c4d1959a17e7bd4f4c2933",
        language: "TypeScript",
    },
    Subject {
        name: "chain-zod-3.25.50",
        registry: Registry::Npm,
        package: "zod",
        version: "3.25.50",
        sha256: "416a199b108836b909f862db0baaa12c4946d887366859dd9b4ab641f1b28a0c",
        language: "TypeScript",
    },
    Subject {
        name: "chain-mongoose-5.0.0",
        registry: Registry::Npm,
        package: "mongoose",
        version: "5.0.0",
        sha256: "52fcb42b697a867094247c3acbc154d7ed6e20b2133fdb58e8128c2307c24410",
        language: "JavaScript",
    },
    Subject {
        name: "chain-mongoose-5.5.0",
        registry: Registry::Npm,
        package: "mongoose",
        version: "5.5.0",
        sha256: "280c123cdaf7a96b94cbd0521bcb9a5d66c3216c6f39ba75aa36df3846269977",
        language: "JavaScript",
    },
    Subject {
        name: "chain-mongoose-5.10.0",
        registry: Registry::Npm,
        package: "mongoose",
        version: "5.10.0",
        sha256: "114128c4603726723f99308712309880dcd4786f2d9d8defc5da74fe38bf5f03",
        language: "JavaScript",
    },
    Subject {
        name: "chain-mongoose-6.0.0",
        registry: Registry::Npm,
        package: "mongoose",
        version: "6.0.0",
        sha256: "acb797414eaf09ba27e283c96c26091c020a417a715135021f26092788ea1b00",
        language: "JavaScript",
    },
    Subject {
        name: "chain-mongoose-6.5.0",
        registry: Registry::Npm,
        package: "mongoose",
        version: "6.5.0",
        sha256: "15140f93e93d774c2153a410b73268fb9ca027ebce7a207fec05be687d66fa7e",
        language: "JavaScript",
    },
    Subject {
        name: "chain-mongoose-7.0.0",
        registry: Registry::Npm,
        package: "mongoose",
        version: "7.0.0",
        sha256: "8a75bcd9e1c241184fa32d3e56f89ecef1bce8e344f1309ea2c1fb0703f20b2c",
        language: "JavaScript",
    },
    Subject {
        name: "chain-mongoose-8.0.0",
        registry: Registry::Npm,
        package: "mongoose",
        version: "8.0.0",
        sha256: "9c36a5470033134561b206a4d5e53faebea0ff5b4bd303b9bd99c3e113c7c509",
        language: "JavaScript",
    },
    Subject {
        name: "chain-express-4.0.0",
        registry: Registry::Npm,
        package: "express",
        version: "4.0.0",
        sha256: "80b564b42b7afb73a280ae867e31c4ddf3832299b69f67f8cb3e6ca9d8e02343",
        language: "JavaScript",
    },
    Subject {
        name: "chain-express-4.8.0",
        registry: Registry::Npm,
        package: "express",
        version: "4.8.0",
        sha256: "a349468d47f5cc7fbce7968ebc7f195e580312c59ff525f724fc674ef2da377e",
        language: "JavaScript",
    },
    Subject {
        name: "chain-express-4.12.0",
        registry: Registry::Npm,
        package: "express",
        version: "4.12.0",
        sha256: "5e80a4a0a30074caedd2eb1574ea1d1a658be0ca0a434552b724b40573607baf",
        language: "JavaScript",
    },
    Subject {
        name: "chain-express-4.16.0",
        registry: Registry::Npm,
        package: "express",
        version: "4.16.0",
        sha256: "806cc06a2a4a9c36dd7572c8e1decbf88576dc0696afe807df0fe73ff4011661",
        language: "JavaScript",
    },
    Subject {
        name: "chain-express-5.0.0",
        registry: Registry::Npm,
        package: "express",
        version: "5.0.0",
        sha256: "360286b2949f4ac06893fb5cb14c59219e90942bd359efa457224a5edf3d6f31",
        language: "JavaScript",
    },
];
