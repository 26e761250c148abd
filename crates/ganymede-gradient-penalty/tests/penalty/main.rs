//! The gradient penalties: their values and weight gradients against central differences, closed forms and `PyTorch`;
//! where they look; and what is refused.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[cfg(test)]
mod closed_forms;
#[cfg(test)]
mod configuration;
#[cfg(test)]
mod differences;
#[cfg(test)]
mod points;
#[cfg(test)]
mod pytorch;
#[cfg(test)]
mod support;
