//! The rule that modules import each other one way.
//!
//! Modules side by side are compared, each together with everything below it: a parent and its own submodules count as one, and
//! may use each other. So the folders of a crate have an order in which they can be read, and so have the files of a folder.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::{
    Problem,
    modules::{Id, Import, Modules},
};
use crate::workspace::Workspace;

/// No modules side by side import each other in a circle.
pub(super) fn modules_form_no_circle(workspace: &Workspace) -> Vec<Problem> {
    let roots = workspace.members().iter().flat_map(|member| {
        let sources = ["lib", "main"].map(|name| format!("{}/src/{name}.rs", member.folder));
        let tests = format!("{}/tests/", member.folder);
        let tests = workspace.files_in(&tests, "/main.rs").map(str::to_owned);
        sources.into_iter().chain(tests).filter(|file| workspace.has(file)).collect::<Vec<_>>()
    });
    roots.flat_map(|root| of_crate(&Modules::of(workspace, &root))).collect()
}

/// Who of the modules side by side imports whom, by the import that shows it.
type Edges<'a> = BTreeMap<Id, BTreeMap<Id, &'a Import>>;

fn of_crate(modules: &Modules) -> Vec<Problem> {
    let imports = modules.imports();
    let mut levels: BTreeMap<Id, Edges<'_>> = BTreeMap::new();
    for import in &imports {
        let (from, to) = (modules.way(import.from), modules.way(import.to));
        let common = from.iter().zip(&to).take_while(|(from, to)| from == to).count();
        // Where one lies below the other they count as one.
        if let (Some(from_child), Some(to_child)) = (from.get(common), to.get(common)) {
            levels
                .entry(from[common - 1])
                .or_default()
                .entry(*from_child)
                .or_default()
                .entry(*to_child)
                .or_insert(import);
        }
    }
    levels.values().flat_map(circles).map(|circle| problem(modules, &circle)).collect()
}

/// A shortest circle for each group of modules that all lead to each other.
fn circles<'a>(edges: &Edges<'a>) -> Vec<Vec<(Id, &'a Import)>> {
    let mut reported = BTreeSet::new();
    let mut found = Vec::new();
    for start in edges.keys() {
        if reported.contains(start) {
            continue;
        }
        if let Some(circle) = shortest(edges, *start) {
            reported.extend(circle.iter().map(|(module, _)| *module));
            found.push(circle);
        }
    }
    found
}

/// The shortest way from a module back to itself, each module with the import that leads to the next.
fn shortest<'a>(edges: &Edges<'a>, start: Id) -> Option<Vec<(Id, &'a Import)>> {
    let mut before: BTreeMap<Id, (Id, &Import)> = BTreeMap::new();
    let mut queue = VecDeque::from([start]);
    while let Some(module) = queue.pop_front() {
        for (next, import) in edges.get(&module).into_iter().flatten() {
            if before.contains_key(next) {
                continue;
            }
            before.insert(*next, (module, import));
            if *next == start {
                let mut circle = Vec::new();
                let mut at = start;
                loop {
                    let (module, import) = before[&at];
                    circle.push((module, import));
                    at = module;
                    if at == start {
                        break;
                    }
                }
                circle.reverse();
                return Some(circle);
            }
            queue.push_back(*next);
        }
    }
    None
}

fn problem(modules: &Modules, circle: &[(Id, &Import)]) -> Problem {
    let name = |id: Id| modules.get(id).path.join("::");
    let place = |import: &Import| format!("{}:{}", modules.get(import.from).file, import.line);
    let (first, import) = circle[0];
    let mut steps = vec![name(first)];
    for (index, (_, import)) in circle.iter().enumerate() {
        let next = circle[(index + 1) % circle.len()].0;
        let at = if index == 0 { String::new() } else { format!(" ({})", place(import)) };
        steps.push(format!("{}{at}", name(next)));
    }
    let rule = format!("imports run in a circle: {}", steps.join(" -> "));
    Problem::new(place(import), rule, "move what they share into a module that imports none of them")
}

#[cfg(test)]
mod tests {
    use super::{Modules, of_crate};
    use crate::{
        tidy::tests::miniature,
        workspace::{Workspace, write},
    };

    /// What the rule says of a core of these files.
    fn report_of(files: &[(&str, &str)]) -> Vec<String> {
        let folder = miniature();
        for (file, text) in files {
            write(&folder.path().join("crates/ganymede-core/src").join(file), text).unwrap();
        }
        let workspace = Workspace::open(folder.path()).unwrap();
        let problems = of_crate(&Modules::of(&workspace, "crates/ganymede-core/src/lib.rs"));
        problems.iter().map(|problem| format!("{}: {}", problem.file, problem.rule)).collect()
    }

    const TWO: &str = "//! x\nmod a;\nmod b;\n";

    #[test]
    fn circles_are_found_however_they_are_written() {
        let rows: &[(&str, &str)] = &[
            ("use crate::b::B;", "use crate::a::A;"),
            ("use super::b::B;", "use super::a::{self, A as Other};"),
            ("use crate::{b::{B, C}};", "fn f() -> crate::a::A { todo!() }"),
            ("fn f() { println!(\"{}\", super::b::g()); }", "use crate::a::*;"),
            // By the root's own name for it.
            ("use crate::B;", "use crate::A;"),
            ("use crate::{Renamed};", "mod inner { use super::super::a::A; }"),
            ("use crate::Everything;", "pub struct Everything; use crate::a;"),
        ];
        for (a, b) in rows {
            let lib = format!("{TWO}use a::A; pub use self::b::{{B, B as Renamed}};\npub use b::*;");
            let found = report_of(&[
                ("lib.rs", &lib),
                ("a.rs", &format!("//! x\n{a}\npub struct A;")),
                ("b.rs", &format!("//! x\n{b}\npub struct B;")),
            ]);
            let expected = "crates/ganymede-core/src/a.rs:2: imports run in a circle: a -> b -> a (crates/ganymede-core/src/b.rs:2)";
            assert_eq!(found, [expected], "{a} | {b}");
        }
    }

    #[test]
    fn what_is_no_circle_is_left_alone() {
        let rows: &[(&str, &str)] = &[
            ("use crate::b::B;", ""),
            ("use crate::b::B;", "// use crate::a::A;\nconst TEXT: &str = \"crate::a::A\";"),
            ("use crate::b::B;", "#[cfg(test)]\nmod tests { use crate::a::A; }"),
            ("use crate::b::B;", "#[cfg(test)]\n#[expect(x)]\nuse crate::a::A;"),
            // Of the parent, and of another crate.
            ("use crate::{Root, b::B};", "use super::Root; use other::a::A; use crate::Root as Own;"),
        ];
        for (a, b) in rows {
            let lib = format!("{TWO}pub struct Root;\npub use a::A;");
            let found = report_of(&[
                ("lib.rs", &lib),
                ("a.rs", &format!("//! x\n{a}\npub struct A;")),
                ("b.rs", &format!("//! x\n{b}\npub struct B;")),
            ]);
            assert!(found.is_empty(), "{a} | {b}: {found:?}");
        }
        let parent = report_of(&[
            ("lib.rs", "//! x\nmod a;\n"),
            ("a/mod.rs", "//! x\nmod below;\nuse self::below::Below;\npub struct Above;"),
            ("a/below.rs", "//! x\nuse super::Above;\npub struct Below;"),
        ]);
        assert!(parent.is_empty(), "a parent and its submodules count as one: {parent:?}");
    }

    #[test]
    fn folders_form_no_circle_either() {
        // No two files import each other, but their folders do.
        let found = report_of(&[
            ("lib.rs", "//! x\nmod a;\nmod b;\nmod c;\n"),
            ("a/mod.rs", "//! x\nmod one;\nmod two;"),
            ("a/one.rs", "//! x\nuse crate::b::B;"),
            ("a/two.rs", "//! x\npub struct Two;"),
            ("b.rs", "//! x\n\nuse crate::c::C;\npub struct B;"),
            ("c.rs", "//! x\npub struct C(crate::a::two::Two);"),
        ]);
        let files = "crates/ganymede-core/src";
        let expected =
            format!("{files}/a/one.rs:2: imports run in a circle: a -> b -> c ({files}/b.rs:3) -> a ({files}/c.rs:2)");
        assert_eq!(found, [expected]);
    }
}
