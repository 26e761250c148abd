//! Tables of results as text.

use std::collections::BTreeMap;

/// A Markdown table whose columns line up; the first row is its head, and every row has as many cells as that.
pub fn aligned(rows: &[Vec<String>]) -> String {
    let columns = rows.first().map_or(0, Vec::len);
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    let padded =
        |row: &Vec<String>| line(row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}")).collect());
    let rule = line(widths.iter().map(|width| "-".repeat(*width)).collect());
    let mut lines = rows.iter().map(padded);
    lines.next().into_iter().chain([rule]).chain(lines).collect()
}

/// How often each word was given, such as the verdicts of runs.
pub fn count_words<'a>(words: impl IntoIterator<Item = &'a str>) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for word in words {
        *counts.entry(word.to_owned()).or_default() += 1;
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::{aligned, count_words};

    #[test]
    fn columns_line_up_by_letters_not_bytes() {
        let rows = [["name", "±"], ["a", "1.0 ± 0.5"]].map(|row| row.map(str::to_owned).to_vec());
        let expected = "| name | ±         |\n| ---- | --------- |\n| a    | 1.0 ± 0.5 |\n";
        assert_eq!(aligned(&rows), expected);
    }

    #[test]
    fn words_are_counted() {
        let counts = count_words(["healthy", "collapsed", "healthy"]);
        assert_eq!(counts.into_iter().collect::<Vec<_>>(), [("collapsed".to_owned(), 1), ("healthy".to_owned(), 2)]);
    }
}
