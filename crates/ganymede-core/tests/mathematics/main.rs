//! The mathematics of the core, in double precision: every derivative written by hand against burn's autodiff and
//! against central differences, every loss and update rule against a plain reimplementation.

#[cfg(test)]
mod architectures;
mod cases;
#[cfg(test)]
mod checks;
#[cfg(test)]
mod first_order;
#[cfg(test)]
mod lists;
#[cfg(test)]
mod objectives;
#[cfg(test)]
mod optimizer_derivatives;
#[cfg(test)]
mod optimizers;
#[cfg(test)]
mod pictures;
mod plans;
#[cfg(test)]
mod random_streams;
#[cfg(test)]
mod second_order;
