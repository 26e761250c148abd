//! The README in Chinese says what the README says: the same commands, the same tables.

use std::collections::BTreeMap;

use super::Problem;
use crate::workspace::Workspace;

const ORIGINAL: &str = "README.md";
const TRANSLATION: &str = "README.zh.md";

/// Code blocks, pictures and tables of the translation are those of the README. In tables the cells in words are translated; the
/// numbers in them, and all other cells, are the same.
pub(super) fn translation_keeps_step(workspace: &Workspace) -> Vec<Problem> {
    let read = |file: &str| workspace.text(file).unwrap_or_default();
    let (original, translation) = (Parts::of(&read(ORIGINAL)), Parts::of(&read(TRANSLATION)));
    let problem = |rule: String| Problem::new(TRANSLATION, rule, format!("bring it in step with {ORIGINAL}"));
    let mut problems = Vec::new();
    for (what, theirs, ours, same) in [
        ("code blocks", &original.blocks, &translation.blocks, (|left, right| left == right) as fn(&str, &str) -> bool),
        ("pictures", &original.pictures, &translation.pictures, |left, right| left == right),
        ("table rows", &original.rows, &translation.rows, same_row),
    ] {
        if theirs.len() != ours.len() {
            problems.push(problem(format!("has {} {what} in place of {}", ours.len(), theirs.len())));
        }
        // One message: what follows a missing part is out of step as well.
        if let Some((theirs, _)) = theirs.iter().zip(ours).find(|(theirs, ours)| !same(theirs, ours)) {
            problems.push(problem(format!("differs in {what} from `{}`", first_line(theirs))));
        }
    }
    problems
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}

/// What a page has beside its prose.
#[derive(Default)]
struct Parts {
    blocks: Vec<String>,
    pictures: Vec<String>,
    rows: Vec<String>,
}

impl Parts {
    fn of(text: &str) -> Self {
        let mut parts = Self::default();
        let mut block: Option<String> = None;
        for line in text.lines() {
            match &mut block {
                Some(open) if line.trim() == "```" => {
                    parts.blocks.push(std::mem::take(open));
                    block = None;
                }
                Some(open) => {
                    open.push_str(line);
                    open.push('\n');
                }
                None if line.starts_with("```") => block = Some(format!("{line}\n")),
                None if line.starts_with('|') => parts.rows.push(line.to_owned()),
                None if line.starts_with("![") => {
                    parts.pictures.extend(line.split_once("](").map(|(_, path)| path.to_owned()));
                }
                None => {}
            }
        }
        parts
    }
}

/// Whether one row translates the other.
fn same_row(original: &str, translation: &str) -> bool {
    let cells = |row: &str| row.split('|').map(|cell| cell.trim().to_owned()).collect::<Vec<_>>();
    let (original, translation) = (cells(original), cells(translation));
    original.len() == translation.len()
        && original.iter().zip(&translation).all(|(original, translation)| {
            original == translation || (is_chinese(translation) && numbers(original) == numbers(translation))
        })
}

fn is_chinese(text: &str) -> bool {
    text.chars().any(|character| ('\u{4e00}'..='\u{9fff}').contains(&character))
}

/// How often each number stands in a text.
fn numbers(text: &str) -> BTreeMap<&str, usize> {
    let pieces = text.split(|character: char| !character.is_ascii_digit() && character != '.');
    let mut numbers = BTreeMap::new();
    for number in pieces.map(|piece| piece.trim_matches('.')).filter(|piece| !piece.is_empty()) {
        *numbers.entry(number).or_default() += 1;
    }
    numbers
}

#[cfg(test)]
mod tests {
    use super::{Parts, same_row};

    #[test]
    fn rows_are_translated_with_their_numbers() {
        let original = "| baseline | 0.8 ± 0.4 of 8 | 5 collapsed |";
        for (translation, expected) in [
            ("| 基线 | 0.8 ± 0.4 / 共 8 | 5 次坍缩 |", true),
            ("| 基线 | 0.8 ± 0.4 of 8 | 5 collapsed |", true),
            ("| plain | 0.8 ± 0.4 of 8 | 5 collapsed |", false),
            ("| 基线 | 0.8 ± 0.5 / 共 8 | 5 次坍缩 |", false),
            ("| 基线 | 0.8 ± 0.4 / 共 8 | 坍缩 |", false),
            ("| 基线 | 0.8 ± 0.4 / 共 8 |", false),
        ] {
            assert_eq!(same_row(original, translation), expected, "{translation}");
        }
    }

    #[test]
    fn a_page_has_blocks_pictures_and_rows() {
        let parts =
            Parts::of("# It\n\n```sh\nls\n| no row |\n```\n\n![a](b.png)\n\n| a |\n| --- |\n\n```toml\nx = 1\n```\n");
        assert_eq!(parts.blocks, ["```sh\nls\n| no row |\n", "```toml\nx = 1\n"]);
        assert_eq!(
            (parts.pictures, parts.rows),
            (vec!["b.png)".to_owned()], vec!["| a |".to_owned(), "| --- |".to_owned()])
        );
    }
}
