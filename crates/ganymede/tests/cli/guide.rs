//! `ganymede guide`: every headline has its part, and what is to be written can be written.

use ganymede_metrics::Headline;

use crate::support::{TINY, Workplace};

/// The indented blocks of a text.
fn blocks(text: &str) -> Vec<String> {
    let mut blocks = vec![String::new()];
    for line in text.lines() {
        match line.strip_prefix("    ") {
            Some(line) => blocks.last_mut().unwrap().extend([line, "\n"]),
            None if line.is_empty() => {}
            None => blocks.push(String::new()),
        }
    }
    blocks.retain(|block| !block.is_empty());
    blocks
}

#[test]
fn the_guide_has_a_part_for_each_headline() {
    let guide = Workplace::new().succeed("guide").stdout;
    let parts: Vec<&str> = guide.lines().filter_map(|line| line.strip_prefix("## ")).collect();
    for headline in Headline::ALL {
        assert!(parts.contains(&headline.words()), "no part says \"{headline}\"");
    }
}

#[test]
fn what_the_guide_says_to_write_is_a_configuration() {
    let workplace = Workplace::new();
    let guide = workplace.succeed("guide").stdout;
    let written: Vec<String> = blocks(&guide).into_iter().filter(|block| block.starts_with('[')).collect();
    assert!(written.len() > 9, "{written:?}");
    let pictures = "steps = 20\nbatch_size = 16\n[data]\nkind = \"glyphs\"\nside = 16\nsamples = 100\n[generator]\nkind = \"dcgan\"\n\
                    channels = 4\n[discriminator]\nkind = \"dcgan\"\nchannels = 4\n";
    for block in written {
        let for_pictures = block.contains("augmentation");
        let base = if for_pictures { pictures } else { TINY };
        workplace.write("guided.toml", format!("{base}\n{block}"));
        let output = workplace.run("check guided.toml");
        let left_out = is_left_out(&block);
        assert!(output.code == Some(0) || left_out, "{block}\n{output:?}");
    }
}

/// Whether the block names a strategy that this build lacks.
fn is_left_out(block: &str) -> bool {
    let named = block.lines().find_map(|line| line.strip_prefix("name = \"")?.strip_suffix('"'));
    named.is_some_and(|name| {
        !Workplace::new().succeed("strategies").stdout.lines().any(|line| line.starts_with(&format!("{name}:")))
    })
}
