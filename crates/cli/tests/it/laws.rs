//! The five laws of a push, through the whole product: a real `git` client, the server, `submission accept`, the owner's own merge, a pull.

mod history;
mod moves;
mod random;
mod team;
mod ways;
