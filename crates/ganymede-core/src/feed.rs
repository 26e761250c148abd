//! Brings every step its inputs; with [`Feed::work_ahead`] they are made while the step before is computed.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::Builder;

use crate::data::{Dataset, Resident};
use crate::step::inputs::{HostInputs, InputPlan};
use crate::step::{Inputs, Step};

/// Brings the inputs of a run's steps.
#[derive(Debug, Default)]
pub(crate) struct Feed {
    resident: Option<Arc<Resident>>,
    ahead: Option<Ahead>,
}

impl Feed {
    /// From the next step on gathers rows from `resident`, or from the host where there is none.
    pub(crate) fn gather_from(&mut self, resident: Option<Resident>) {
        self.resident = resident.map(Arc::new);
    }

    /// Whether rows are gathered on the device.
    pub(crate) fn gathers(&self) -> bool {
        self.resident.is_some()
    }

    /// From now on makes the inputs of each step on another thread, if one can be started.
    pub(crate) fn work_ahead(&mut self, data: &Arc<Dataset>) {
        self.ahead = Ahead::start(Arc::clone(data));
    }

    pub(crate) fn inputs(&mut self, step: &Step, data: &Dataset, index: u64) -> Inputs {
        let plan = step.input_plan(self.resident.clone());
        let host = match &mut self.ahead {
            None => plan.make(data, index),
            Some(ahead) => ahead.inputs(plan, data, index),
        };
        step.upload(host)
    }
}

/// A thread that makes the inputs of the next step during the current one. It ends with its owner.
#[derive(Debug)]
struct Ahead {
    orders: Sender<(InputPlan, u64)>,
    made: Receiver<HostInputs>,
    /// The step whose inputs the thread is making.
    ordered: Option<(InputPlan, u64)>,
}

impl Ahead {
    fn start(data: Arc<Dataset>) -> Option<Self> {
        let (orders, received) = channel::<(InputPlan, u64)>();
        let (sender, made) = channel();
        let work = move || {
            let mut inputs = received.into_iter().map(|(plan, step)| plan.make(&data, step));
            while inputs.next().is_some_and(|inputs| sender.send(inputs).is_ok()) {}
        };
        Builder::new().name("inputs".to_owned()).spawn(work).ok()?;
        Some(Self { orders, made, ordered: None })
    }

    /// The inputs of a step: those that were made ahead, or others where the run has jumped to another step or other streams.
    fn inputs(&mut self, plan: InputPlan, data: &Dataset, step: u64) -> HostInputs {
        let (wanted, next) = ((plan.clone(), step), (plan, step.wrapping_add(1)));
        let made = self.ordered.take().and_then(|ordered| {
            let made = self.made.recv().ok()?;
            (ordered == wanted).then_some(made)
        });
        let inputs = made.unwrap_or_else(|| wanted.0.make(data, step));
        self.ordered = self.orders.send(next.clone()).is_ok().then_some(next);
        inputs
    }
}
