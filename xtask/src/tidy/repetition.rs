//! A rule about strategies' sources: no six lines stand in two of them. What two strategies need belongs into core.

use std::collections::BTreeMap;

use super::{Problem, dependencies::is_strategy};
use crate::{registry::type_name, workspace::Workspace};

/// How many lines make a repetition.
const LINES: usize = 6;

/// A line that says something: where it stands, and its text with the strategy's own type names taken out.
struct Line {
    number: usize,
    text: String,
}

/// No [`LINES`] consecutive lines of code stand in two strategies, the entry in the registry aside.
pub(super) fn strategies_repeat_nothing(workspace: &Workspace) -> Vec<Problem> {
    let mut known: BTreeMap<Vec<String>, (String, usize)> = BTreeMap::new();
    let mut problems = Vec::new();
    for member in workspace.members().iter().filter(|member| is_strategy(member)) {
        let mut own = Vec::new();
        for file in workspace.files_in(&format!("{}/src/", member.folder), ".rs") {
            let lines = telling_lines(
                &workspace.text(file).unwrap_or_default(),
                &type_name(member.name.trim_start_matches("ganymede-")),
            );
            let mut reported_until = 0;
            for (at, window) in lines.windows(LINES).enumerate() {
                let texts: Vec<String> = window.iter().map(|line| line.text.clone()).collect();
                if let Some((other, number)) = known.get(&texts).filter(|_| at >= reported_until) {
                    let rule = format!("{LINES} lines stand in {other}:{number} too");
                    problems.push(Problem::new(format!("{file}:{}", window[0].number), rule, "move them into core"));
                    reported_until = at + LINES;
                }
                own.push((texts, (file.to_owned(), window[0].number)));
            }
        }
        // A strategy may repeat itself: that is its own affair.
        for (texts, place) in own {
            known.entry(texts).or_insert(place);
        }
    }
    problems
}

/// The lines of a source that say something: no imports, comments, lone brackets, unit tests or entry in the registry.
fn telling_lines(text: &str, type_name: &str) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut skipping_until = None;
    for (index, line) in text.lines().enumerate() {
        if let Some(end) = skipping_until {
            if line == end {
                skipping_until = None;
            }
            continue;
        }
        if line == "#[cfg(test)]" {
            break;
        }
        let opens_factory = line.contains("static FACTORY: Factory") && !line.ends_with("};");
        if opens_factory || line.starts_with("use ") && !line.ends_with(';') {
            skipping_until = Some("};");
        } else if says_something(line.trim()) {
            lines.push(Line { number: index + 1, text: line.trim().replace(type_name, "Strategy") });
        }
    }
    lines
}

fn says_something(line: &str) -> bool {
    let words = line.chars().any(char::is_alphanumeric);
    let aside = ["//", "use ", "pub use ", "mod ", "pub mod ", "#![", "#[allow"];
    words && !aside.iter().any(|start| line.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::strategies_repeat_nothing;
    use crate::{
        tidy::tests::miniature,
        workspace::{Workspace, write},
    };

    const SIX: &str = "a();\nb();\nc();\nd();\ne();\nlet x = QuietOne;\n";

    /// What is found once the second strategy, `loud`, has these lines besides its entry in the registry.
    fn found(in_quiet: &str, in_loud: &str) -> Vec<String> {
        let folder = miniature();
        crate::new_strategy::add(folder.path(), "loud").unwrap();
        for (file, text) in [("quiet-one", in_quiet), ("loud", in_loud)] {
            write(&folder.path().join(format!("crates/ganymede-{file}/src/more.rs")), text).unwrap();
        }
        let problems = strategies_repeat_nothing(&Workspace::open(folder.path()).unwrap());
        problems.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn six_lines_of_two_strategies_are_found_whatever_stands_between_them() {
        let spread = SIX.replace("QuietOne", "Loud").replace("c();", "\n// why\n    c();\n}");
        for loud in [SIX.replace("QuietOne", "Loud"), spread, format!("first();\n{}", SIX.replace("QuietOne", "Loud"))]
        {
            let found = found(SIX, &loud);
            assert_eq!(found.len(), 1, "{loud}\n{found:#?}");
            assert!(found[0].contains("6 lines stand in crates/ganymede-loud/src/more.rs:"), "{found:#?}");
            assert!(found[0].starts_with("crates/ganymede-quiet-one/src/more.rs:1: "), "{found:#?}");
        }
    }

    #[test]
    fn what_is_no_repetition_is_left_alone() {
        let rows = [
            (SIX.to_owned(), SIX.replace("QuietOne", "Loud").replace("c();", "other();")),
            (SIX.repeat(2), "x();\n".to_owned()),
            (format!("use a::{{\n{}}};\n", "    b,\n".repeat(9)), format!("use a::{{\n{}}};\n", "    b,\n".repeat(9))),
            (format!("#[cfg(test)]\n{SIX}"), format!("#[cfg(test)]\n{}", SIX.replace("QuietOne", "Loud"))),
        ];
        for (quiet, loud) in rows {
            assert_eq!(found(&quiet, &loud), Vec::<String>::new(), "{quiet}\n{loud}");
        }
    }
}
