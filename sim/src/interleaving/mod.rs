//! Every order in which several instances may run their cycles, and every place where one may fail.
//!
//! The cycle is the one of production. Its ports lead into a [`World`] in which each call waits
//! until a [`Run`] lets it arrive, fail, or never be answered; a run is a sequence of such choices,
//! and the same choices give the same run. [`explore`] takes all of them, [`wander`] random ones,
//! and [`laws`](Law) check every step. A [`PairRun`] has the rounds of production, with two targets
//! of one app.
//!
//! Must not know: real time, real services. It explores what the code may meet; it does not decide.

mod ending;
mod gate;
mod law;
mod laws;
mod ledger;
mod pair;
mod pair_run;
mod point;
mod ports;
mod possible;
mod random;
mod reference;
mod run;
mod scenario;
mod search;
mod step;
mod world;

pub use law::{Law, Violation};
pub use pair::{Leak, Pair, PairStep, Side};
pub use pair_run::PairRun;
pub use random::{Lapse, Wandered, pair, scenario, walk, walk_pair, wander};
pub use run::Run;
pub use scenario::{Defect, Scenario};
pub use search::{Course, Explored, Finding, explore};
pub use step::{End, Step};
pub use world::World;
