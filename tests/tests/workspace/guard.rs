//! The guard of a run: it sees and does not touch, it stops a run, and it takes one back whole.

use std::error::Error;
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex};

use burn::tensor::{Device, Tensor};
use ganymede_core::chain::Entry;
use ganymede_core::guard::{Guard, Rollback};
use ganymede_core::network::plan::LayerPlan;
use ganymede_core::network::{Facts, Layer, Mode, Network, Pass, SavedTensors, Tape, Values};
use ganymede_core::plan::{Plan, PlanError};
use ganymede_core::role::Role;
use ganymede_core::run::Run;
use ganymede_core::strategy::{StepContext, Strategy};
use ganymede_core::trainer::{Observer, RunEnd, Snapshot};
use ganymede_core::{config::Document, config::Experiment};
use ganymede_tests::{SMALL, bits, run};

const STEPS: u64 = 60;

/// Looks every 5 steps that find nothing but a generator of a single point, and that at the second look.
const WATCHED: &str = "
[detector]
every = 5
[detector.rule]
warm_up = 0
progress_window = 0
[detector.rule.thresholds]
std_ratio = { suspect = 1e-3, collapsed = 1e-4 }
distance_ratio = { suspect = 1e-3, collapsed = 1e-4 }
vendi_ratio = { suspect = 1e-3, collapsed = 1e-4 }
kept_share = { suspect = 1e-3, collapsed = 1e-4 }
coverage = { suspect = 1e-3, collapsed = 0.0 }
inside_spread = { suspect = 1e-3, collapsed = 1e-4 }
spread_excess = 1e9
discriminator_accuracy = 1.0
real_called_real = 1.0
";

fn text(on_collapse: &str, strategies: &str) -> String {
    let watched = WATCHED.replace("[detector]", &format!("[detector]\non_collapse = \"{on_collapse}\""));
    let steps =
        SMALL.lines().map(|line| if line.starts_with("steps") { format!("steps = {STEPS}") } else { line.into() });
    format!("{}\n{watched}\n{strategies}", steps.collect::<Vec<String>>().join("\n"))
}

fn guarded(text: &str, strategies: Vec<Entry>) -> (Run, Guard) {
    let document = Document::parse(text, "test", std::path::Path::new(".")).unwrap();
    let (experiment, _) = Experiment::read(&document).unwrap();
    let mut run = run(text, Device::flex()).unwrap();
    if !strategies.is_empty() {
        run = Run::parse(text, strategies, run.step.place.clone()).unwrap();
    }
    let guard = Guard::new(&experiment.detector, &run).unwrap().unwrap();
    (run, guard)
}

/// Makes the generator draw a single point from a step on, in the first attempts of the run.
struct Saboteur {
    from: u64,
    attempts: Vec<u64>,
}

impl Saboteur {
    /// In the first attempts of a run of this seed.
    fn new(from: u64, seed: u64, attempts: u32) -> Self {
        let original = ganymede_core::random::Streams::new(seed);
        let later = (1..attempts).map(|attempt| original.derive(&format!("attempt/{attempt}")).seed());
        Self { from, attempts: std::iter::once(seed).chain(later).collect() }
    }
}

impl Strategy for Saboteur {
    fn after_update(&mut self, role: Role, network: &mut Network, context: &StepContext<'_>) {
        let due = context.step >= self.from && self.attempts.contains(&context.streams.seed());
        if due && role == Role::Generator {
            let zeros = network.parameters().iter().map(|parameter| parameter.clone().mul_scalar(0.0));
            *network = network.with_parameters(zeros.collect());
        }
    }
}

/// Notes rollbacks, and the state's bits after every step.
#[derive(Default)]
struct Diary {
    states: Vec<(u64, Vec<u64>)>,
    rollbacks: Vec<Rollback>,
    alarms: Vec<u64>,
}

impl Observer for Diary {
    fn observe(&mut self, snapshot: Snapshot<'_>) -> Result<ControlFlow<()>, Box<dyn Error + Send + Sync>> {
        let state = &snapshot.run.state;
        self.states.push((state.step, bits(state)));
        self.rollbacks.extend(snapshot.rollback);
        let alarm = snapshot.report.filter(|report| report.observation.verdict.word() == "collapsed");
        self.alarms.extend(alarm.map(|report| report.step));
        Ok(ControlFlow::Continue(()))
    }
}

#[test]
fn a_guard_that_only_watches_changes_nothing() {
    let (mut watched, mut guard) = guarded(&text("warn", ""), Vec::new());
    assert_eq!(watched.train_guarded(Some(&mut guard), &mut []).unwrap(), RunEnd::Finished);
    let mut alone = run(&text("warn", ""), Device::flex()).unwrap();
    alone.train(&mut []).unwrap();
    assert_eq!(bits(&watched.state), bits(&alone.state));
}

#[test]
fn a_collapse_is_told_or_ends_the_run() {
    for (on_collapse, ending, steps) in [("stop", RunEnd::Collapsed, 35), ("warn", RunEnd::Finished, STEPS)] {
        let text = text(on_collapse, "");
        let (mut run, mut guard) = guarded(&text, vec![Entry::new("saboteur", Saboteur::new(25, 5, 1))]);
        let mut diary = Diary::default();
        assert_eq!(run.train_guarded(Some(&mut guard), &mut [&mut diary]).unwrap(), ending, "{on_collapse}");
        assert_eq!(run.state.step, steps, "{on_collapse}");
        assert_eq!(diary.alarms[0], 35, "{on_collapse}: the second look after step 25");
    }
}

#[test]
fn a_rollback_goes_back_to_the_last_healthy_look_and_the_run_ends_with_its_counters_right() {
    let text = text("rollback", "");
    let (mut run, mut guard) = guarded(&text, vec![Entry::new("saboteur", Saboteur::new(25, 5, 2))]);
    let rates =
        |run: &Run| [run.step.generator_optimizer.learning_rate(0), run.step.discriminator_optimizer.learning_rate(0)];
    let configured = rates(&run);
    let mut diary = Diary::default();
    assert_eq!(run.train_guarded(Some(&mut guard), &mut [&mut diary]).unwrap(), RunEnd::Finished);

    let told: Vec<_> = diary.rollbacks.iter().map(|one| (one.from, one.to, one.number)).collect();
    assert_eq!(told, [(35, 25, 1), (35, 25, 2)], "twice, since the second attempt fails as well");
    let at_25: Vec<&Vec<u64>> = diary.states.iter().filter(|(step, _)| *step == 25).map(|(_, bits)| bits).collect();
    assert_eq!(at_25.len(), 3, "once by training and twice by going back");
    assert!(at_25.iter().all(|bits| *bits == at_25[0]), "everything is as it was");
    let at_26: Vec<&Vec<u64>> = diary.states.iter().filter(|(step, _)| *step == 26).map(|(_, bits)| bits).collect();
    assert!(at_26[0] != at_26[1] && at_26[1] != at_26[2], "other noise each time");

    assert_eq!(run.state.step, STEPS);
    assert_eq!(
        run.state.generator.optimizer.updates, STEPS,
        "one update a step, those that were taken back not counted"
    );
    for (rate, configured) in rates(&run).into_iter().zip(configured) {
        assert!((rate - 0.25 * configured).abs() < 1e-12, "{rate}");
    }
    assert_eq!((guard.rollbacks(), guard.verdict().word()), (2, "healthy"));
}

#[test]
fn looks_and_rollbacks_are_the_same_whether_losses_are_read_at_once_or_later() {
    let [at_once, later] = [1, 4].map(|read_every| {
        let (mut run, mut guard) =
            guarded(&text("rollback", ""), vec![Entry::new("saboteur", Saboteur::new(25, 5, 2))]);
        run.read_every = read_every;
        assert_eq!(run.train_guarded(Some(&mut guard), &mut []).unwrap(), RunEnd::Finished);
        (bits(&run.state), guard.rollbacks(), guard.verdict())
    });
    assert_eq!(at_once.1, 2);
    assert_eq!(at_once, later);
}

#[test]
fn a_run_that_was_never_healthy_goes_back_to_its_start_and_is_given_up_in_the_end() {
    let text = text("rollback", "").replace("[detector]", "[detector]\nmax_rollbacks = 2");
    let (mut run, mut guard) = guarded(&text, vec![Entry::new("saboteur", Saboteur::new(0, 5, 9))]);
    let mut diary = Diary::default();
    assert_eq!(run.train_guarded(Some(&mut guard), &mut [&mut diary]).unwrap(), RunEnd::Collapsed);
    let told: Vec<_> = diary.rollbacks.iter().map(|one| (one.from, one.to, one.number)).collect();
    assert_eq!(told, [(10, 0, 1), (10, 0, 2)]);
    let starts: Vec<&Vec<u64>> = diary.states.iter().filter(|(step, _)| *step == 0).map(|(_, bits)| bits).collect();
    assert!(starts.len() == 3 && starts.iter().all(|bits| *bits == starts[0]));
}

#[test]
fn a_strategys_buffer_goes_back_too() {
    let strategy = "[[strategy]]\nname = \"replay\"\ncapacity = 4\n";
    let mut run = run(&format!("{SMALL}\n{strategy}"), Device::flex()).unwrap();
    let record = |run: &Run| {
        let record = run.checkpoint().strategies;
        record.map(|record| record.tensors.into_iter().map(|(_, tensor)| tensor.into_data()).collect::<Vec<_>>())
    };
    let start = run.checkpoint();
    for _ in 0..3 {
        run.advance().unwrap();
    }
    let (third, kept) = (record(&run), run.checkpoint());
    let states = [bits(&run.state), {
        run.advance().unwrap();
        bits(&run.state)
    }];
    assert_ne!(record(&run), third, "the buffer has moved on");
    run.restore(&kept).unwrap();
    assert_eq!((record(&run), bits(&run.state)), (third, states[0].clone()));
    run.advance().unwrap();
    assert_eq!(bits(&run.state), states[1], "the same step again");
    run.restore(&start).unwrap();
    assert!(record(&run).is_none(), "the buffer is empty again");
}

/// The rows of a pass and their classes.
type Batch = (usize, Vec<usize>);

/// A layer that notes the batches that the discriminator sees outside of training.
#[derive(Clone, Debug)]
struct Witness {
    facts: Facts,
    seen: Arc<Mutex<Vec<Batch>>>,
}

impl Layer for Witness {
    fn facts(&self) -> Facts {
        self.facts.clone()
    }

    fn forward(&self, _: Values<'_>, input: Tensor<2>, pass: &Pass, _: &mut Tape) -> Tensor<2> {
        if pass.mode == Mode::Evaluate {
            self.seen.lock().unwrap().push((input.dims()[0], pass.labels.clone().unwrap_or_default()));
        }
        input
    }

    fn vjp(&self, _: Values<'_>, _: &SavedTensors, cotangent: Tensor<2>) -> (Tensor<2>, Vec<Tensor<2>>) {
        (cotangent, Vec::new())
    }
}

/// Puts a [`Witness`] into a discriminator that is told the classes.
#[derive(Clone, Default)]
struct Witnessed(Arc<Mutex<Vec<Batch>>>);

impl Strategy for Witnessed {
    fn configure(&self, plan: &mut Plan) -> Result<(), PlanError> {
        let seen = Arc::clone(&self.0);
        plan.labelled = true;
        let make = move |input, _| Witness { facts: Facts::new("witness", input), seen: Arc::clone(&seen) };
        plan.discriminator.before_output(LayerPlan::new("witness", make));
        Ok(())
    }
}

#[test]
fn the_guard_shows_the_discriminator_batches_like_those_of_training() {
    let witnessed = Witnessed::default();
    let (mut run, mut guard) = guarded(&text("warn", ""), vec![Entry::new("witnessed", witnessed.clone())]);
    run.train_guarded(Some(&mut guard), &mut []).unwrap();
    let seen = witnessed.0.lock().unwrap();
    let size = run.step.plan.batch_size;
    assert!(seen.len() > 20, "{}", seen.len());
    for (rows, classes) in seen.iter() {
        assert!(*rows <= size, "{rows} rows at once, where training shows {size}");
        assert_eq!(classes.len(), *rows);
    }
    // Four classes in order of their names have three changes in a batch at most; as they come there are nearly as many as rows.
    let changes = |classes: &[usize]| classes.windows(2).filter(|pair| pair[0] != pair[1]).count();
    let whole: Vec<usize> = seen.iter().filter(|(rows, _)| *rows == size).map(|(_, one)| changes(one)).collect();
    let ordered = whole.iter().filter(|changes| **changes <= 3).count();
    assert!(ordered * 10 <= whole.len(), "{ordered} of {} batches are in the order of their classes", whole.len());
}
