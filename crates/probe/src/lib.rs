//! What marks do to a project before anyone receives it.
//!
//! [`probe`] runs the project's own formatter, linter, build and tests on copies in which sites are turned, family by family, and
//! says which families raise no new finding. [`capacity`] says how many leaked lines name one recipient.
//!
//! INVARIANT: the project's folder is only read; all that is written is a copy in a temporary folder, gone afterwards.
//! INVARIANT: a check that could not run, fails before any mark, or gives two answers to one text is said and never counted as passed.
//!
//! The commands are the owner's own and run as the owner, as if typed into a shell of the copy: this is for the owner's code, before it
//! is given away. What vendors send is built in the closed room of `ringfence-sandbox` instead.

pub mod capacity;
pub mod check;
pub mod error;
pub mod findings;
pub mod probe;
pub mod run;
pub mod tree;

pub use error::ProbeError;
