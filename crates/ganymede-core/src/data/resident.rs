//! The rows of a fixed set on a device: uploaded once, gathered by position for each batch.
//!
//! Pixels stay bytes there, four in a word of 32 bits, which every backend has, whether or not it has bytes. What a byte means is
//! looked up in a table, so a batch has the bits that the host would have given it.

use burn::tensor::{Bool, DType, Int, Tensor, TensorData};
use ganymede_samples::{LabelledSamples, Shape, Values, scaled};

use super::stored_batch::{Arrangement, StoredBatch};
use crate::batch::select_rows;
use crate::place::Place;

/// The most that is uploaded. A quarter of the memory of a card of 8 GiB, so that networks and activations find room beside it.
pub(super) const MOST_BYTES: usize = 2 << 30;

/// The most in one tensor: the size of a buffer that every Vulkan and WebGPU device can bind (`maxStorageBufferRange` and
/// `maxStorageBufferBindingSize`).
pub(super) const BYTES_A_PIECE: usize = 1 << 27;

const WORD: usize = 4;

/// Stored rows on a device.
#[derive(Debug)]
pub(crate) struct Resident {
    /// Of a stored row.
    shape: Shape,
    rows_per_piece: usize,
    stored: Stored,
}

#[derive(Debug)]
enum Stored {
    /// Words of four bytes, `[rows, words]` a piece, and what each byte means, `[256]`.
    Bytes { pieces: Vec<Tensor<2, Int>>, meanings: Box<Tensor<1>> },
    /// `[rows, features]` a piece.
    Floats(Vec<Tensor<2>>),
}

/// Two are equal where they are the same upload.
impl PartialEq for Resident {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self, other)
    }
}

impl Resident {
    /// Uploads what is stored of a set, in pieces of at most `bytes_a_piece`; `None` where it takes more than `most_bytes`.
    pub(super) fn new(rows: &LabelledSamples, place: &Place, most_bytes: usize, bytes_a_piece: usize) -> Option<Self> {
        let shape = rows.samples.shape;
        let features = shape.features();
        let words = match &rows.samples.values {
            Values::Bytes(_) => features.div_ceil(WORD),
            Values::Floats(_) => features,
        };
        if rows.rows().saturating_mul(words * WORD) > most_bytes {
            return None;
        }
        let rows_per_piece = (bytes_a_piece / (words * WORD)).max(1);
        let stored = match &rows.samples.values {
            Values::Bytes(bytes) => {
                let pieces = bytes.chunks(rows_per_piece * features).map(|piece| {
                    let words_of = |row: &[u8]| row.chunks(WORD).map(word).collect::<Vec<i32>>();
                    let values: Vec<i32> = piece.chunks_exact(features).flat_map(words_of).collect();
                    let data = TensorData::new(values, [piece.len() / features, words]);
                    Tensor::from_data(data, (place.device(), DType::I32))
                });
                let meanings = TensorData::new((0..=u8::MAX).map(scaled).collect::<Vec<f32>>(), [256]);
                let meanings = Box::new(Tensor::from_data(meanings, (place.device(), place.dtype())));
                Stored::Bytes { pieces: pieces.collect(), meanings }
            }
            Values::Floats(floats) => {
                let pieces = floats.chunks(rows_per_piece * features);
                Stored::Floats(
                    pieces.map(|piece| place.tensor(piece.to_vec(), [piece.len() / features, features])).collect(),
                )
            }
        };
        Some(Self { shape, rows_per_piece, stored })
    }

    /// The rows of a batch, `[rows, features]`, as the host would have made them.
    pub(crate) fn gather(&self, batch: &StoredBatch) -> Tensor<2> {
        let stored = self.stored_rows(&batch.positions);
        let Shape { channels, height, width } = self.shape;
        let [rows, features] = stored.dims();
        match &batch.arrangement {
            Arrangement::AsStored => stored,
            Arrangement::Mirrored(mirrored) => {
                let images: Tensor<4> = stored.clone().reshape([rows, height, width, channels]).flip([2]);
                let marks: Vec<i32> = mirrored.iter().map(|mirrored| i32::from(*mirrored)).collect();
                let marks = TensorData::new(marks, [rows, 1]);
                let marks = Tensor::<2, Int>::from_data(marks, (&stored.device(), DType::I32));
                let mask: Tensor<2, Bool> = marks.equal_elem(1).expand([rows, features]);
                stored.mask_where(mask, images.reshape([rows, features]))
            }
            Arrangement::Stacked(layers) => {
                let stacks: Tensor<3> = stored.reshape([rows / layers, *layers, features]);
                stacks.swap_dims(1, 2).reshape([rows / layers, features * layers])
            }
        }
    }

    /// The stored rows at these positions, `[positions, features]`.
    fn stored_rows(&self, positions: &[usize]) -> Tensor<2> {
        let (rows, features) = (positions.len(), self.shape.features());
        match &self.stored {
            Stored::Floats(pieces) => {
                self.take_from_pieces(positions, |piece, at| select_rows(pieces[piece].clone(), at))
            }
            Stored::Bytes { pieces, meanings } => {
                let look_up = |piece: usize, at: &[usize]| {
                    let words = pieces[piece].clone().select(0, indices(at, meanings));
                    let byte = |place: i32| {
                        let [rows, words_a_row] = words.dims();
                        let byte = words.clone().bitwise_right_shift_scalar(8 * place).bitwise_and_scalar(0xff);
                        byte.reshape([rows, words_a_row, 1])
                    };
                    let bytes: Tensor<3, Int> = Tensor::cat((0..WORD as i32).map(byte).collect(), 2);
                    let [rows, words_a_row, _] = bytes.dims();
                    let bytes: Tensor<2, Int> = bytes.reshape([rows, words_a_row * WORD]);
                    let bytes = bytes.slice_dim(1, 0..features).reshape([rows * features]);
                    meanings.as_ref().clone().select(0, bytes).reshape([rows, features])
                };
                self.take_from_pieces(positions, look_up)
            }
        }
        .reshape([rows, features])
    }

    /// Takes rows from each piece by their positions in it, and brings them into the order of `positions`.
    fn take_from_pieces(&self, positions: &[usize], take: impl Fn(usize, &[usize]) -> Tensor<2>) -> Tensor<2> {
        let pieces = positions.iter().map(|position| position / self.rows_per_piece);
        let mut order: Vec<(usize, usize)> = pieces.enumerate().map(|(row, piece)| (piece, row)).collect();
        if order.iter().all(|(piece, _)| *piece == order[0].0) {
            let within: Vec<usize> = positions.iter().map(|position| position % self.rows_per_piece).collect();
            return take(order.first().map_or(0, |(piece, _)| *piece), &within);
        }
        order.sort_unstable();
        let mut places = vec![0; positions.len()];
        order.iter().enumerate().for_each(|(place, (_, row))| places[*row] = place);
        let parts = order.chunk_by(|(one, _), (other, _)| one == other).map(|part| {
            let within: Vec<usize> = part.iter().map(|(_, row)| positions[*row] % self.rows_per_piece).collect();
            take(part[0].0, &within)
        });
        select_rows(Tensor::cat(parts.collect(), 0), &places)
    }
}

/// Up to four bytes as one word, the first in its lowest bits.
fn word(bytes: &[u8]) -> i32 {
    let mut word = [0; WORD];
    word[..bytes.len()].copy_from_slice(bytes);
    i32::from_le_bytes(word)
}

fn indices(positions: &[usize], like: &Tensor<1>) -> Tensor<1, Int> {
    let indices: Vec<i64> = positions.iter().map(|position| *position as i64).collect();
    Tensor::from_data(TensorData::new(indices, [positions.len()]), &like.device())
}
