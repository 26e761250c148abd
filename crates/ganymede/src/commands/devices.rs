//! `ganymede devices`.

use crate::failure::{Outcome, print};
use crate::system::device::DeviceKind;

/// Prints every kind of device: whether this build has it, whether it works here, and the adapters it reaches.
pub(crate) fn devices() -> Outcome<()> {
    let lines = DeviceKind::ALL.map(|kind| format!("{:<9}{:<36}{}\n", kind.name(), kind.summary(), state(kind)));
    print(&lines.concat())
}

fn state(kind: DeviceKind) -> String {
    if !kind.is_in_build() {
        return format!("not in this build; add --features {}{}", kind.name(), kind.remark());
    }
    if let Err(reason) = kind.probe() {
        return format!("in this build, cannot be used here: {reason}");
    }
    match kind.adapters() {
        Ok(adapters) if !adapters.is_empty() => format!("ready: {}", adapters.join(", ")),
        _ => "ready".to_owned(),
    }
}
