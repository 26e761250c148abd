//! A font of 5 x 7 dots for axes and legends.

/// Dots from one letter to the next.
pub(super) const ADVANCE: usize = 6;

/// Dots from the top of a letter to its bottom.
pub(super) const HEIGHT: usize = 7;

/// The rows of a character, top to bottom, the leftmost dot in the fifth bit; a box for what the font lacks.
pub(super) fn glyph(character: char) -> [u8; HEIGHT] {
    const BOX: [u8; HEIGHT] = [31, 17, 17, 17, 17, 17, 31];
    GLYPHS.iter().find(|(known, _)| *known == character).map_or(BOX, |(_, rows)| *rows)
}

const GLYPHS: &[(char, [u8; HEIGHT])] = &[
    (' ', [0, 0, 0, 0, 0, 0, 0]),
    ('-', [0, 0, 0, 14, 0, 0, 0]),
    ('.', [0, 0, 0, 0, 0, 12, 12]),
    (',', [0, 0, 0, 0, 12, 4, 8]),
    ('/', [1, 1, 2, 4, 8, 16, 16]),
    ('0', [14, 17, 19, 21, 25, 17, 14]),
    ('1', [4, 12, 4, 4, 4, 4, 14]),
    ('2', [14, 17, 1, 2, 4, 8, 31]),
    ('3', [31, 2, 4, 2, 1, 17, 14]),
    ('4', [2, 6, 10, 18, 31, 2, 2]),
    ('5', [31, 16, 30, 1, 1, 17, 14]),
    ('6', [6, 8, 16, 30, 17, 17, 14]),
    ('7', [31, 1, 2, 4, 8, 8, 8]),
    ('8', [14, 17, 17, 14, 17, 17, 14]),
    ('9', [14, 17, 17, 15, 1, 2, 12]),
    ('a', [0, 0, 14, 1, 15, 17, 15]),
    ('b', [16, 16, 22, 25, 17, 17, 30]),
    ('c', [0, 0, 14, 16, 16, 17, 14]),
    ('d', [1, 1, 13, 19, 17, 17, 15]),
    ('e', [0, 0, 14, 17, 31, 16, 14]),
    ('f', [6, 9, 8, 28, 8, 8, 8]),
    ('g', [0, 15, 17, 17, 15, 1, 14]),
    ('h', [16, 16, 22, 25, 17, 17, 17]),
    ('i', [4, 0, 12, 4, 4, 4, 14]),
    ('j', [2, 0, 6, 2, 2, 18, 12]),
    ('k', [16, 16, 18, 20, 24, 20, 18]),
    ('l', [12, 4, 4, 4, 4, 4, 14]),
    ('m', [0, 0, 26, 21, 21, 17, 17]),
    ('n', [0, 0, 22, 25, 17, 17, 17]),
    ('o', [0, 0, 14, 17, 17, 17, 14]),
    ('p', [0, 0, 30, 17, 30, 16, 16]),
    ('q', [0, 0, 13, 19, 15, 1, 1]),
    ('r', [0, 0, 22, 25, 16, 16, 16]),
    ('s', [0, 0, 14, 16, 14, 1, 30]),
    ('t', [8, 8, 28, 8, 8, 9, 6]),
    ('u', [0, 0, 17, 17, 17, 19, 13]),
    ('v', [0, 0, 17, 17, 17, 10, 4]),
    ('w', [0, 0, 17, 17, 21, 21, 10]),
    ('x', [0, 0, 17, 10, 4, 10, 17]),
    ('y', [0, 0, 17, 17, 15, 1, 14]),
    ('z', [0, 0, 31, 2, 4, 8, 31]),
];

#[cfg(test)]
mod tests {
    use super::{GLYPHS, glyph};

    #[test]
    fn every_character_that_pictures_use_is_in_the_font_once_and_unlike_the_others() {
        let lacking = glyph('\0');
        for character in " -.,/0123456789abcdefghijklmnopqrstuvwxyz".chars() {
            assert_ne!(glyph(character), lacking, "{character}");
            let alike = GLYPHS.iter().filter(|(other, rows)| *other == character || *rows == glyph(character));
            assert_eq!(alike.count(), 1, "{character}");
        }
        assert!(GLYPHS.iter().flat_map(|(_, rows)| rows).all(|row| *row < 32), "five dots a row");
    }
}
