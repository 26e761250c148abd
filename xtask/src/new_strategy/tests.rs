//! A new strategy leaves a tidy workspace; one that cannot be added leaves it as it was.

use std::{collections::BTreeMap, fs, path::Path, process::Command};

use super::{add, configuration, insert_into_list};
use crate::{
    tidy::{problems, tests::miniature},
    workspace::Workspace,
};

fn snapshot(root: &Path) -> BTreeMap<String, String> {
    let workspace = Workspace::open(root).unwrap();
    workspace.files().iter().map(|file| (file.clone(), fs::read_to_string(root.join(file)).unwrap())).collect()
}

#[test]
fn the_workspace_is_tidy_afterwards() {
    for name in ["aloof", "quiet-ones", "zest2-a"] {
        let folder = miniature();
        let written = add(folder.path(), name).unwrap();
        assert_eq!(problems(folder.path()).unwrap(), [], "{name}");
        assert!(written.iter().all(|file| folder.path().join(file).is_file()), "{written:?}");
    }
}

#[test]
fn every_list_grows_in_order() {
    let folder = miniature();
    for name in ["zeal", "aloof"] {
        add(folder.path(), name).unwrap();
    }
    let read = |file: &str| fs::read_to_string(folder.path().join(file)).unwrap();
    let expected = [
        (
            "crates/ganymede-strategies/src/lib.rs",
            "    // registry:begin\n    #[cfg(feature = \"aloof\")]\n    &ganymede_aloof::FACTORY,\n    #[cfg(feature = \
             \"quiet-one\")]\n    &ganymede_quiet_one::FACTORY,\n    #[cfg(feature = \"zeal\")]\n",
        ),
        (
            "crates/ganymede-strategies/src/lib.rs",
            "    \"aloof\",\n    \"quiet-one\",\n    \"zeal\",\n    // names:end",
        ),
        (
            "crates/ganymede-strategies/Cargo.toml",
            "[features]\naloof = [\"dep:ganymede-aloof\"]\nquiet-one = [\"dep:ganymede-quiet-one\"]\nzeal = \
             [\"dep:ganymede-zeal\"]\n\n[dependencies]\nganymede-aloof = { workspace = true, optional = true }\n",
        ),
        (
            "crates/ganymede-strategies/Cargo.toml",
            "ganymede-zeal = { workspace = true, optional = true }\nthiserror.workspace = true\n",
        ),
        (
            "crates/ganymede/Cargo.toml",
            "default = [\"flex\", \"all-strategies\"]\nall-strategies = [\"aloof\", \"quiet-one\", \"zeal\"]\nflex = []\n\
             aloof = [\"ganymede-strategies/aloof\"]\nquiet-one = [\"ganymede-strategies/quiet-one\"]\nzeal = [",
        ),
        (
            "Cargo.toml",
            "[workspace.dependencies]\nganymede-aloof = { path = \"crates/ganymede-aloof\" }\nganymede-core = { path",
        ),
        ("Cargo.toml", "ganymede-zeal = { path = \"crates/ganymede-zeal\" }\n\n# Others'.\nanyhow = \"1\"\n"),
        (
            "README.md",
            "| --- | --- | --- |\n| [`aloof`](crates/ganymede-aloof/README.md) | to be written | to be written |\n| \
             [`quiet-one`]",
        ),
        ("configs/zeal.toml", "# The plain GAN of ring.toml with zeal.\nsteps = 10\n\n[[strategy]]\nname = \"zeal\"\n"),
    ];
    for (file, part) in expected {
        assert!(read(file).contains(part), "{file} does not hold\n{part}\nbut\n{}", read(file));
    }
}

#[test]
fn what_cannot_be_added_changes_nothing() {
    let folder = miniature();
    let before = snapshot(folder.path());
    for name in ["quiet-one", "ring", "Loud", "a_b", "-a", "a-", "a--b", "", "2fast", "core", "baseline", "a/b"] {
        assert!(add(folder.path(), name).is_err(), "{name}");
        assert_eq!(snapshot(folder.path()), before, "{name}");
    }
    // Something in the last place that is looked at, and a place that is not as expected.
    for (file, from, to) in [
        ("README.md", "<!-- strategies:end -->\n", "| `loud` | by hand | - |\n<!-- strategies:end -->\n"),
        ("README.md", "<!-- strategies:end -->\n", ""),
        ("crates/ganymede/Cargo.toml", "all-strategies = [", "every = ["),
        ("crates/ganymede-strategies/src/lib.rs", "    // names:end", "    by_hand(),\n    // names:end"),
    ] {
        let folder = miniature();
        let path = folder.path().join(file);
        fs::write(&path, fs::read_to_string(&path).unwrap().replace(from, to)).unwrap();
        let before = snapshot(folder.path());
        let error = format!("{:#}", add(folder.path(), "loud").unwrap_err());
        assert!(error.contains(file), "{error}");
        assert_eq!(snapshot(folder.path()), before);
    }
}

#[test]
fn its_sources_are_formatted() {
    let settings = fs::read_to_string(crate::workspace::find_root().unwrap().join("rustfmt.toml")).unwrap();
    for name in ["a", "a-name-of-forty-letters-that-is-long-yes"] {
        let folder = miniature();
        fs::write(folder.path().join("rustfmt.toml"), &settings).unwrap();
        for file in add(folder.path(), name).unwrap() {
            if file.extension().is_some_and(|extension| extension == "rs") {
                let path = folder.path().join(&file);
                let output = Command::new("rustfmt").args(["--check", "--edition", "2024"]).arg(path).output().unwrap();
                assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
            }
        }
    }
}

#[test]
fn a_list_keeps_its_lines() {
    for (list, expected) in [
        ("a = [\"a\", \"c\"]", "a = [\"a\", \"b\", \"c\"]"),
        ("a = [\"c\"]", "a = [\"b\", \"c\"]"),
        ("a = []", "a = [\"b\"]"),
        ("a = [\n    \"a\",\n    \"c\",\n]", "a = [\n    \"a\",\n    \"b\",\n    \"c\",\n]"),
        ("a = [\n  \"c\",\n]", "a = [\n  \"b\",\n  \"c\",\n]"),
        ("a = [\n    \"a\",\n]", "a = [\n    \"a\",\n    \"b\",\n]"),
    ] {
        let mut document: toml_edit::DocumentMut = list.parse().unwrap();
        insert_into_list(document["a"].as_array_mut().unwrap(), "b").unwrap();
        assert_eq!(document.to_string().trim_end(), expected);
    }
}

#[test]
fn a_configuration_keeps_all_but_its_opening() {
    let baseline = "# Plain.\n# It collapses.\nsteps = 1 # few\n\n[data]\nkind = \"ring\"\n\n";
    let expected = "# The plain GAN of ring.toml with x.\nsteps = 1 # few\n\n[data]\nkind = \"ring\"\n\n[[strategy]]\nname = \"x\"\n";
    assert_eq!(configuration(baseline, "x"), expected);
}
