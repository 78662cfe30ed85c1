//! What Flow-Like's hosts let a node do.
//!
//! Owns the permission labels that a node declares ([`Label`]), the hosts that run nodes ([`Profile`]), and the answer
//! that a call gets in each of them ([`predict`]). It is pure: no I/O, no clock, nothing is looked up. What depends on
//! the network itself is [`Answer::Try`].
//!
//! ```
//! use policy::{Answer, Call, Label, Profile, Situation, predict};
//!
//! let call = Call::Http { method: 0, url: "http://127.0.0.1:8080/" };
//! let declared = [Label::NetworkHttp];
//! let on = |profile| predict(&Situation { profile, declared: &declared, allowed_hosts: None }, &call).answer;
//! assert_eq!(on(Profile::Desktop), Answer::Try);
//! assert_eq!(on(Profile::Server).to_string(), "none:blocked-ip");
//! ```
#![deny(missing_docs)]

mod answer;
mod call;
mod egress;
mod label;
mod predict;
mod profile;

pub use self::answer::{Answer, Prediction, Reason};
pub use self::call::{Abi, Call, Headers};
pub use self::egress::{is_blocked_address, is_blocked_name};
pub use self::label::Label;
pub use self::predict::{Situation, predict};
pub use self::profile::{Hosts, Profile};
