//! Installs the Debian packages that the tests need, or says exactly what to install.

use crate::process::{find, output, program, status};
use anyhow::{Result, bail};

/// A package and how to see that it is there.
pub struct Package {
    /// Its name in Debian.
    pub name: &'static str,
    /// True when it is installed.
    pub present: fn() -> bool,
}

const PYTHON: Package = Package {
    name: "python3",
    present: || find("python3").is_some(),
};
const NODE: Package = Package {
    name: "nodejs",
    present: || find("node").is_some(),
};
const JAVA: Package = Package {
    name: "default-jdk-headless",
    present: || find("javac").is_some(),
};
const GO: Package = Package {
    name: "golang-go",
    present: || find("go").is_some(),
};
const CC: Package = Package {
    name: "gcc",
    present: || find("cc").is_some(),
};
const CXX: Package = Package {
    name: "g++",
    present: || find("g++").is_some(),
};
const NPM: Package = Package {
    name: "npm",
    present: || find("npm").is_some(),
};

/// Mono's C# compiler, and the parts of its library that a larger project refers to.
const MONO: Package = Package {
    name: "mono-mcs",
    present: || find("mcs").is_some(),
};
const MONO_XML: Package = Package {
    name: "libmono-system-xml-linq4.0-cil",
    present: || mono_has("System.Xml.Linq.dll"),
};
const MONO_DATA: Package = Package {
    name: "libmono-system-data4.0-cil",
    present: || mono_has("System.Data.dll"),
};
const MONO_SERIALIZATION: Package = Package {
    name: "libmono-system-runtime-serialization4.0-cil",
    present: || mono_has("System.Runtime.Serialization.dll"),
};
const MONO_NUMERICS: Package = Package {
    name: "libmono-system-numerics4.0-cil",
    present: || mono_has("System.Numerics.dll"),
};

fn mono_has(library: &str) -> bool {
    std::path::Path::new("/usr/lib/mono/4.5").join(library).is_file()
}

/// What `cargo xtask test` needs besides Rust and git.
pub const FOR_TESTS: &[Package] = &[
    Package {
        name: "postgresql",
        present: || crate::postgres::binaries().is_some(),
    },
    PYTHON,
    Package {
        name: "strace",
        present: || find("strace").is_some(),
    },
    NODE,
    JAVA,
    GO,
    Package {
        name: "bubblewrap",
        present: || find("bwrap").is_some(),
    },
    Package {
        name: "openssh-client",
        present: || find("ssh-keygen").is_some(),
    },
    CC,
    CXX,
    MONO,
    MONO_XML,
    MONO_DATA,
    MONO_SERIALIZATION,
    MONO_NUMERICS,
];

/// What `cargo xtask bench interface` runs besides cargo; the rest of its tools is pinned in the corpus.
pub const FOR_INTERFACE: &[Package] = &[PYTHON, NODE, NPM, JAVA, GO, CC];

/// What `cargo xtask bench replay` runs besides cargo: formatters, and the clients that fetch releases and the pinned formatters.
pub const FOR_REPLAY: &[Package] = &[
    PYTHON,
    NODE,
    NPM,
    Package {
        name: "golang-go",
        present: || find("gofmt").is_some(),
    },
];

/// What `cargo xtask bench marks-safe` runs besides cargo; the rest of its tools is pinned in the corpus.
pub const FOR_SUITES: &[Package] = &[
    PYTHON,
    NODE,
    NPM,
    JAVA,
    Package {
        name: "junit4",
        present: || std::path::Path::new("/usr/share/java/junit4.jar").is_file(),
    },
    GO,
    CC,
    Package {
        name: "make",
        present: || find("make").is_some(),
    },
];

/// Makes sure that every package is there.
pub fn ensure(packages: &[Package]) -> Result<()> {
    let missing: Vec<&str> = packages
        .iter()
        .filter(|package| !(package.present)())
        .map(|package| package.name)
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let root = output(program("id").arg("-u")).is_ok_and(|id| id.trim() == "0");
    let by_hand = format!("apt-get install --no-install-recommends {}", missing.join(" "));
    if !root || find("apt-get").is_none() {
        bail!("missing: {}. Install with: sudo {by_hand}", missing.join(", "));
    }
    eprintln!("xtask: installing {}", missing.join(", "));
    let _ = status(program("apt-get").args(["update", "-qq"]))?;
    let installed = status(
        program("apt-get")
            .env("DEBIAN_FRONTEND", "noninteractive")
            .args(["install", "-y", "-qq", "--no-install-recommends"])
            .args(&missing),
    )?;
    if !installed {
        bail!("{by_hand} failed; run it by hand and start again");
    }
    match packages.iter().find(|package| !(package.present)()) {
        None => Ok(()),
        Some(package) => bail!("{} was installed but is still not found on PATH", package.name),
    }
}
