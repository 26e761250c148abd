//! Passes through a network of several members: who takes which rows, and whether all go through the layers together.

use std::borrow::Cow;
use std::ops::Range;

use burn::tensor::Tensor;

use crate::batch::select_rows;
use crate::network::layer::{Layer, Values};
use crate::network::pass::Pass;
use crate::network::tape::{SavedTensors, Tape};
use crate::network::{Network, Statistics};

/// Padding may at most quadruple the rows of a pass; beyond that the members go one after another. A choice: the result is
/// the same either way, and padding costs at most three times the arithmetic of the rows themselves.
const PADDED: usize = 4;

/// What the layers saved for the backward pass.
#[derive(Debug)]
pub(super) enum SavedPass {
    /// The usual case: a network of one member.
    OneMember(SavedTensors),
    /// Several members, each with its share of the rows.
    Members(Vec<(RowShare, SavedTensors)>),
}

/// Who goes through the layers, with which rows.
#[derive(Clone, Debug)]
pub(super) enum RowShare {
    /// Every member, with all rows.
    All(MemberBatching),
    /// One of several members, with its own.
    One { member: usize, rows: Range<usize> },
}

impl RowShare {
    /// Its rows of all rows.
    fn take(&self, rows: Tensor<2>) -> Tensor<2> {
        match self {
            Self::All(batching) => batching.spread(rows),
            Self::One { rows: range, .. } => rows.slice_dim(0, range.clone()),
        }
    }

    /// The pass that it makes, of the pass of all rows.
    fn pass<'a>(&self, pass: &'a Pass) -> Cow<'a, Pass> {
        let labels = pass.labels.as_ref();
        match self {
            Self::All(MemberBatching::Equal) => Cow::Borrowed(pass),
            Self::All(batching) => {
                Cow::Owned(pass.clone().with_labels(labels.map(|labels| batching.spread_labels(labels))))
            }
            Self::One { member, rows } => Cow::Owned(Pass {
                labels: labels.map(|labels| labels[rows.clone()].to_vec()),
                groups: Vec::new(),
                purpose: format!("{}/{member}", pass.purpose),
                ..pass.clone()
            }),
        }
    }

    /// Output rows, back in the order of the pass.
    fn give_back(&self, rows: Tensor<2>) -> Tensor<2> {
        match self {
            Self::All(batching) => batching.gather(rows),
            Self::One { .. } => rows,
        }
    }
}

/// One share's parameters, those of one member being parts of all, and buffers.
type ShareValues<'a> = (Cow<'a, [Tensor<2>]>, &'a [Tensor<2>]);

impl Network {
    pub(super) fn run_members(
        &self,
        input: &Tensor<2>,
        pass: &Pass,
        recording: bool,
    ) -> (Tensor<2>, SavedPass, Statistics) {
        let (mut outputs, mut kept, mut statistics) = (Vec::new(), Vec::new(), Vec::new());
        for share in self.shares(&pass.groups, input.dims()[0]) {
            let mut tape = Tape::new(recording);
            let (parameters, buffers) = self.values_of(&share);
            let values = Values { parameters: &parameters, buffers };
            let output = self.stack.forward(values, share.take(input.clone()), &share.pass(pass), &mut tape);
            let (saved, observed) = tape.finish();
            outputs.push(share.give_back(output));
            statistics.push((if let RowShare::One { member, .. } = share { member } else { 0 }, observed));
            kept.push((share, saved));
        }
        (join(outputs), SavedPass::Members(kept), Statistics(statistics))
    }

    pub(super) fn features_of_members(&self, input: &Tensor<2>, pass: &Pass) -> Tensor<2> {
        let features = |share: RowShare| {
            let (parameters, buffers) = self.values_of(&share);
            let values = Values { parameters: &parameters, buffers };
            share.give_back(self.stack.features(values, share.take(input.clone()), &share.pass(pass)))
        };
        join(self.shares(&pass.groups, input.dims()[0]).into_iter().map(features).collect())
    }

    pub(super) fn vjp_of_members(
        &self,
        shares: &[(RowShare, SavedTensors)],
        cotangent: &Tensor<2>,
    ) -> (Tensor<2>, Vec<Tensor<2>>) {
        let backward = |(share, saved): &(RowShare, SavedTensors)| {
            let (parameters, buffers) = self.values_of(share);
            let values = Values { parameters: &parameters, buffers };
            let (input, gradients) = self.stack.vjp(values, saved, share.take(cotangent.clone()));
            (share.give_back(input), gradients)
        };
        let (inputs, mut found): (Vec<_>, Vec<_>) = shares.iter().map(backward).unzip();
        if let [(RowShare::All(_), _)] = shares {
            return (join(inputs), found.remove(0));
        }
        let like = self.split_members(&self.parameters);
        let mut gradients: Vec<Tensor<2>> =
            like.iter().map(|like| like.clone().without_autodiff().zeros_like()).collect();
        let count = like.len() / self.members;
        for ((share, _), found) in shares.iter().zip(found) {
            let RowShare::One { member, .. } = share else { continue };
            gradients.splice(member * count..(member + 1) * count, found);
        }
        (join(inputs), self.join_members(gradients))
    }

    pub(super) fn input_cotangent_of_members(
        &self,
        shares: &[(RowShare, SavedTensors)],
        cotangent: &Tensor<2>,
    ) -> Tensor<2> {
        let backward = |(share, saved): &(RowShare, SavedTensors)| {
            let (parameters, buffers) = self.values_of(share);
            let values = Values { parameters: &parameters, buffers };
            share.give_back(self.stack.input_cotangent(values, saved, share.take(cotangent.clone())))
        };
        join(shares.iter().map(backward).collect())
    }

    /// How the members share out the rows.
    fn shares(&self, groups: &[usize], rows: usize) -> Vec<RowShare> {
        assert_eq!(groups.iter().sum::<usize>(), rows, "the groups share out every row");
        let several = groups.iter().filter(|count| **count > 0).count() > 1;
        if let Some(batching) = MemberBatching::of(groups).filter(|_| self.members_are_stacked && several) {
            return vec![RowShare::All(batching)];
        }
        let mut end = 0;
        let share = |(member, count): (usize, &usize)| {
            let start = end;
            end += count;
            (*count > 0).then_some(RowShare::One { member, rows: start..end })
        };
        groups.iter().enumerate().filter_map(share).collect()
    }

    fn values_of(&self, share: &RowShare) -> ShareValues<'_> {
        match share {
            RowShare::All(_) => (Cow::Borrowed(&self.parameters), &self.buffers),
            RowShare::One { member, .. } if self.members_are_stacked => {
                let part = |tensor: &Tensor<2>| self.of_member(tensor, *member);
                (Cow::Owned(self.parameters.iter().map(part).collect()), &[])
            }
            RowShare::One { member, .. } => {
                let own = |all| {
                    let all: &[Tensor<2>] = all;
                    let count = all.len() / self.members;
                    &all[member * count..(member + 1) * count]
                };
                (Cow::Borrowed(own(&self.parameters)), own(&self.buffers))
            }
        }
    }
}

fn join(mut parts: Vec<Tensor<2>>) -> Tensor<2> {
    if parts.len() == 1 { parts.remove(0) } else { Tensor::cat(parts, 0) }
}

/// Unequal shares of the rows brought to equal ones by rows of zeros.
#[derive(Clone, Debug)]
pub(super) struct Padding {
    /// The row that comes to each place; one past the last for zeros.
    taken: Vec<usize>,
    /// The place of each row.
    places: Vec<usize>,
}

/// How members with these shares of the rows can go together.
#[derive(Clone, Debug)]
pub(super) enum MemberBatching {
    /// As the rows are.
    Equal,
    /// With padding.
    Padded(Padding),
}

impl MemberBatching {
    /// `None` where padding would be most of the work, as when one member of many takes all rows.
    pub(super) fn of(groups: &[usize]) -> Option<Self> {
        let (rows, largest) = (groups.iter().sum::<usize>(), groups.iter().copied().max().unwrap_or(0));
        if largest * groups.len() == rows {
            return Some(Self::Equal);
        }
        if largest * groups.len() > PADDED * rows {
            return None;
        }
        let (mut taken, mut places) = (Vec::with_capacity(largest * groups.len()), Vec::with_capacity(rows));
        for count in groups {
            let start = places.len();
            places.extend((0..*count).map(|row| taken.len() + row));
            taken.extend((0..largest).map(|row| if row < *count { start + row } else { rows }));
        }
        Some(Self::Padded(Padding { taken, places }))
    }

    /// The rows as the members take them.
    pub(super) fn spread(&self, rows: Tensor<2>) -> Tensor<2> {
        let Self::Padded(padding) = self else { return rows };
        let zeros = rows.clone().without_autodiff().slice_dim(0, 0..1).zeros_like();
        select_rows(Tensor::cat(vec![rows, zeros], 0), &padding.taken)
    }

    /// The labels of the rows as the members take them; padding is of class 0.
    pub(super) fn spread_labels(&self, labels: &[usize]) -> Vec<usize> {
        match self {
            Self::Equal => labels.to_vec(),
            Self::Padded(padding) => padding.taken.iter().map(|row| labels.get(*row).copied().unwrap_or(0)).collect(),
        }
    }

    /// The rows in their own places again, without padding.
    pub(super) fn gather(&self, rows: Tensor<2>) -> Tensor<2> {
        match self {
            Self::Equal => rows,
            Self::Padded(padding) => select_rows(rows, &padding.places),
        }
    }
}
