//! Families of published pictures, read from the folder that `GANYMEDE_DATA` names.

use std::{fs::File, io::Read, path::Path, sync::OnceLock};

use anyhow::{Context, Result, ensure};
use flate2::read::GzDecoder;
use rand::RngExt;

use super::sets::{Half, Set, Source, stream};

const PIXELS: usize = 784;

/// Pictures as bytes, with the class of each.
struct Published {
    pixels: Vec<u8>,
    classes: Vec<u8>,
    /// The rows in an order of chance: real samples come from its first half and fake ones from its second. The order of
    /// the file will not do: the digits alternate between two groups of writers, and a diagnosis tells these apart.
    order: Vec<usize>,
}

static MNIST: OnceLock<Published> = OnceLock::new();
static FASHION_MNIST: OnceLock<Published> = OnceLock::new();

pub(super) fn read(folder: &Path) -> Result<()> {
    for (cell, name) in [(&MNIST, "mnist"), (&FASHION_MNIST, "fashion-mnist")] {
        if cell.get().is_none() {
            let folder = folder.join(name);
            let pixels = idx(&folder.join("train-images-idx3-ubyte.gz"), 16)?;
            let classes = idx(&folder.join("train-labels-idx1-ubyte.gz"), 8)?;
            ensure!(pixels.len() == PIXELS * classes.len(), "{}: not a label for each picture", folder.display());
            // Another caller may have read them in the meantime: the same bytes.
            let order = rand::seq::index::sample(&mut stream(0, 15), classes.len(), classes.len()).into_vec();
            let _ = cell.set(Published { pixels, classes, order });
        }
    }
    Ok(())
}

/// The bytes of a gzipped IDX file behind its header.
fn idx(path: &Path, header: usize) -> Result<Vec<u8>> {
    let cannot = || format!("cannot read {}", path.display());
    let mut bytes = Vec::new();
    GzDecoder::new(File::open(path).with_context(cannot)?).read_to_end(&mut bytes).with_context(cannot)?;
    ensure!(bytes.len() > header, "{} ends within its header", path.display());
    Ok(bytes.split_off(header))
}

/// Draws without replacement from one half of the rows (real) or the other (fake), values in [-1, 1].
fn draw(cell: &OnceLock<Published>, rows: usize, source: &mut Source<'_>) -> Set {
    let published = cell.get().expect("read before the cases that need it are made");
    let half = published.classes.len() / 2;
    let first = if source.half == Half::Fake { half } else { 0 };
    let mut chosen = rand::seq::index::sample(source.stream, half, rows.min(half)).into_iter();
    Set::of(rows, PIXELS, |values| {
        let row = published.order[first + chosen.next().unwrap_or_else(|| source.stream.random_range(0..half))];
        let picture = &published.pixels[row * PIXELS..(row + 1) * PIXELS];
        values.extend(picture.iter().map(|pixel| f32::from(*pixel) / 127.5 - 1.0));
        usize::from(published.classes[row])
    })
}

pub(super) fn mnist(rows: usize, source: &mut Source<'_>) -> Set {
    draw(&MNIST, rows, source)
}

pub(super) fn fashion_mnist(rows: usize, source: &mut Source<'_>) -> Set {
    draw(&FASHION_MNIST, rows, source)
}
