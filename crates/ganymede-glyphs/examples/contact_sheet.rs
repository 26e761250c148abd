//! Draws a page of glyphs, a column a class: `contact_sheet FILE.png [SIDE] [ROWS] [NOISE]`.

use std::{env, error::Error};

use ganymede_glyphs::{CLASSES, GlyphOptions, Glyphs};
use image::GrayImage;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let path = arguments.first().ok_or("where shall the page go? contact_sheet FILE.png [SIDE] [ROWS] [NOISE]")?;
    let defaults = GlyphOptions::default();
    let side = arguments.get(1).map_or(Ok(defaults.side), |side| side.parse())?;
    let rows: usize = arguments.get(2).map_or(Ok(12), |rows| rows.parse())?;
    let noise = arguments.get(3).map_or(Ok(defaults.noise), |noise| noise.parse())?;
    let glyphs = Glyphs::new(0, GlyphOptions { side, noise, ..defaults })?;
    let cell = side as u32 + 2;
    let mut page = GrayImage::from_pixel(cell * CLASSES as u32, cell * rows as u32, image::Luma([96]));
    for index in 0..rows * CLASSES {
        let pixels = glyphs.draw(index as u64).pixels;
        let picture = GrayImage::from_raw(side as u32, side as u32, pixels).ok_or("a picture has one byte a pixel")?;
        let (column, row) = ((index % CLASSES) as u32, (index / CLASSES) as u32);
        image::imageops::replace(&mut page, &picture, i64::from(cell * column + 1), i64::from(cell * row + 1));
    }
    page.save(path)?;
    Ok(())
}
