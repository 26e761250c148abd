//! By how much a run's memory grew, and whether that is flat.

use serde::Serialize;

use super::{super::aggregate, watch::MemoryLook};

/// The tenth of the run, from 0, that later memory is held against. By then the allocator has settled, whatever fills up
/// (a buffer of past samples) is full, and evaluations, looks and checkpoints have come round several times.
pub(super) const EARLY: u64 = 2;

/// The last tenth. It is as long as the early one, so that both see their share of evaluations and checkpoints; looks
/// after the last step are left out, since the end draws pictures and does much else that happens once.
pub(super) const LATE: u64 = 9;

/// Growth from here on is no noise. The allocator keeps freed pages for a while, more of them at one time than at another:
/// the baseline and `replay` grew by 2.7 and 5.6 MiB in 100,000 steps and by 4.8 and 6.0 in 400,000, where a leak would have
/// made four times as much. With `MIMALLOC_PURGE_DELAY=0`, which keeps nothing, 400,000 steps made -0.8 and 0.6 MiB. Besides,
/// the kernel counts up to 64 pages a thread late. Over 100,000 steps the limit is 120 bytes a step, two floats for each
/// sample of a batch of 16.
pub(super) const LIMIT_MIB: f64 = 8.0;

/// Fewer looks than these in a tenth tell nothing.
const LEAST_LOOKS: usize = 5;

/// How a run's memory went.
#[derive(Clone, Copy, Debug, Serialize, PartialEq)]
pub(super) struct Growth {
    /// The median over the early tenth.
    pub(super) early_mib: f64,
    /// The median over the last tenth.
    pub(super) late_mib: f64,
    /// The second less the first.
    pub(super) difference_mib: f64,
    /// The same over the steps between the two.
    pub(super) bytes_per_step: f64,
}

/// What that means.
#[derive(Clone, Copy, Debug, Serialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Verdict {
    Flat,
    Grows,
    /// It shrank by what would be growth: the early tenth was still warming up, and may hide anything.
    Unsettled,
    /// The run was too short for enough looks.
    Unknown,
}

impl Growth {
    /// Of a run of `steps` steps; `None` where it was looked at too seldom.
    pub(super) fn of(looks: &[MemoryLook], steps: u64) -> Option<Self> {
        let within = |tenth: u64| looks.iter().filter(move |look| (10 * look.step).checked_div(steps) == Some(tenth));
        let mib = |tenth: u64| median(within(tenth).map(|look| look.resident_kib as f64 / 1024.0).collect());
        let (early_mib, late_mib) = (mib(EARLY)?, mib(LATE)?);
        let difference_mib = late_mib - early_mib;
        let bytes_per_step = difference_mib * f64::from(1 << 20) / steps_between(steps);
        Some(Self { early_mib, late_mib, difference_mib, bytes_per_step })
    }
}

impl Verdict {
    pub(super) fn of(growth: Option<&Growth>) -> Self {
        match growth.map(|growth| growth.difference_mib) {
            Some(difference) if difference >= LIMIT_MIB => Verdict::Grows,
            Some(difference) if difference <= -LIMIT_MIB => Verdict::Unsettled,
            Some(_) => Verdict::Flat,
            None => Verdict::Unknown,
        }
    }
}

/// The steps between the middles of the two tenths of a run of `steps` steps.
pub(super) fn steps_between(steps: u64) -> f64 {
    steps as f64 * (LATE - EARLY) as f64 / 10.0
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    aggregate::median(&values).filter(|_| values.len() >= LEAST_LOOKS)
}

#[cfg(test)]
mod tests {
    use super::{Growth, MemoryLook, Verdict, median, steps_between};

    const STEPS: u64 = 1_000;

    /// A look every five steps of a run of 1,000, from the first to after the last.
    fn looks(resident_mib: impl Fn(u64) -> f64) -> Vec<MemoryLook> {
        let look = |step| MemoryLook { step, resident_kib: (1024.0 * resident_mib(step)).round() as u64 };
        (0..=STEPS).step_by(5).map(look).collect()
    }

    fn close(value: f64, expected: f64) -> bool {
        (value - expected).abs() < 1e-9
    }

    #[test]
    fn growth_is_that_by_hand() {
        type Series = fn(u64) -> f64;
        let rows: [(&str, Series, f64, f64, Verdict); 11] = [
            ("constant", |_| 32.0, 32.0, 32.0, Verdict::Flat),
            ("warming up", |step| if step < 200 { 64.0 } else { 32.0 }, 32.0, 32.0, Verdict::Flat),
            ("filling up", |step| 32.0 + (step as f64 / 5.0).min(40.0), 72.0, 72.0, Verdict::Flat),
            ("noise", |step| 32.0 + 3.0 * (step / 5 % 2) as f64, 33.5, 33.5, Verdict::Flat),
            ("a peak now and then", |step| if step % 50 == 0 { 96.0 } else { 32.0 }, 32.0, 32.0, Verdict::Flat),
            ("the end is not the run", |step| if step == STEPS { 96.0 } else { 32.0 }, 32.0, 32.0, Verdict::Flat),
            ("shrinking", |step| if step < 500 { 38.0 } else { 32.0 }, 38.0, 32.0, Verdict::Flat),
            ("a long warm-up", |step| if step < 500 { 40.0 } else { 32.0 }, 40.0, 32.0, Verdict::Unsettled),
            ("one step up", |step| if step < 500 { 32.0 } else { 40.0 }, 32.0, 40.0, Verdict::Grows),
            ("a smaller one", |step| if step < 500 { 32.0 } else { 39.9 }, 32.0, 39.900_390_625, Verdict::Flat),
            // The tenths' middle looks are at 247.5 and 947.5.
            ("a line", |step| 32.0 + step as f64 / 64.0, 35.867_187_5, 46.804_687_5, Verdict::Grows),
        ];
        for (name, series, early, late, verdict) in rows {
            let growth = Growth::of(&looks(series), STEPS).unwrap();
            assert!(close(growth.early_mib, early) && close(growth.late_mib, late), "{name}: {growth:?}");
            assert!(close(growth.difference_mib, late - early), "{name}: {growth:?}");
            assert!(close(growth.bytes_per_step, (late - early) * 1_048_576.0 / 700.0), "{name}: {growth:?}");
            assert_eq!(Verdict::of(Some(&growth)), verdict, "{name}");
        }
    }

    #[test]
    fn a_leak_is_found_by_its_bytes_a_step() {
        for bytes in [0.0_f64, 1_000.0, 11_900.0, 12_100.0, 50_000.0] {
            let growth = Growth::of(&looks(|step| 32.0 + bytes * step as f64 / 1_048_576.0), STEPS).unwrap();
            // Looks are whole KiB.
            assert!((growth.bytes_per_step - bytes).abs() <= 1024.0 / 700.0, "{bytes}: {growth:?}");
            let grows = bytes * steps_between(STEPS) >= 8.0 * 1_048_576.0;
            assert_eq!(Verdict::of(Some(&growth)) == Verdict::Grows, grows, "{bytes}: {growth:?}");
        }
    }

    #[test]
    fn a_run_seen_too_seldom_tells_nothing() {
        let at =
            |steps: &[u64]| steps.iter().map(|step| MemoryLook { step: *step, resident_kib: 1024 }).collect::<Vec<_>>();
        let (early, late) = ([200, 220, 240, 260, 299], [900, 925, 950, 975, 999]);
        let rows = [
            ("enough of both", [early, late].concat(), STEPS, true),
            ("one less early", [&early[1..], &late].concat(), STEPS, false),
            ("one less late", [&early, &late[1..]].concat(), STEPS, false),
            (
                "just before and after the tenths",
                [[199, 300, 301, 302, 303], [899, 1_000, 1_001, 0, 5]].concat(),
                STEPS,
                false,
            ),
            ("none at all", Vec::new(), STEPS, false),
            ("no steps", [early, late].concat(), 0, false),
        ];
        for (name, steps_seen, steps, known) in rows {
            let growth = Growth::of(&at(&steps_seen), steps);
            assert_eq!(growth.is_some(), known, "{name}");
            assert_eq!(Verdict::of(growth.as_ref()) == Verdict::Unknown, !known, "{name}");
        }
    }

    #[test]
    fn medians_are_those_by_hand() {
        for (values, expected) in [
            (vec![5.0, 1.0, 4.0, 2.0, 3.0], Some(3.0)),
            (vec![6.0, 1.0, 4.0, 2.0, 3.0, 5.0], Some(3.5)),
            (vec![1.0, 1.0, 1.0, 1.0, 1e9], Some(1.0)),
            (vec![1.0, 2.0, 3.0, 4.0], None),
            (vec![], None),
        ] {
            assert_eq!(median(values.clone()), expected, "{values:?}");
        }
    }
}
