//! Every host function of the core ABI: its names, what it takes, what it gives, what it needs. The order of the
//! parameters is that of the SDKs.
//!
//! A function has its name in a `flowlike_*` module and flat names in `env`. Where the two spellings differ in more
//! than the name there are two rows; the first that fits the type of the guest's own import serves it.

use std::borrow::Cow;
use std::fmt;

use crate::host::Call;
use crate::permission::Capability;

mod rows;

pub(super) use rows::FUNCTIONS;

/// One way of calling one host function.
pub(super) struct Function {
    pub module: &'static str,
    pub name: &'static str,
    /// The same function in module `env`.
    pub flat: &'static [&'static str],
    pub takes: &'static [Take],
    pub gives: Give,
    /// The capability that the host function asks the gate for; `None`: it reaches nothing.
    pub needs: Option<Capability>,
    pub act: Act,
}

/// A parameter as a person sees it. Text and bytes are two `i32`: pointer and length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Take {
    Text,
    Bytes,
    Number,
}

/// What the guest gets back, and in which wasm types it may want it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Give {
    /// Nothing; as an `i32`: 1, or 0 if it was refused.
    Unit,
    /// An `i32`: 1 for yes, done; 0 for no, failed, denied.
    Flag,
    /// An `i32`: 0 for done, -1 for failed. Older AssemblyScript SDK only.
    Status,
    /// Text or bytes: an `i64` with pointer and length, 0 for none.
    Document,
    /// A small number: `i32` or `i64`.
    Number,
    /// A time in milliseconds: `i64` or `f64`.
    Millis,
    /// 64 random bits: `i64`.
    Bits,
    /// A fraction: `f64`.
    Fraction,
}

pub(super) enum Act {
    Host(for<'a> fn(&'a Args<'a>) -> Call<'a>),
    /// A request followed by its response: for guests that import `http_request` with a document as result.
    Fetch,
    Socket(Socket),
}

/// Core modules know WebSocket sessions by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Socket {
    Connect,
    Send,
    /// Fetches one message and says whether there was one; `Message` gives it.
    Receive,
    Message,
    Close,
}

/// A call's arguments, borrowed from the guest's memory where they lie.
#[derive(Default)]
pub(super) struct Args<'m>([Arg<'m>; Args::MOST]);

enum Arg<'m> {
    Text(Cow<'m, str>),
    Bytes(&'m [u8]),
    Number(u32),
}

impl Default for Arg<'_> {
    fn default() -> Self {
        Self::Number(0)
    }
}

impl<'m> Args<'m> {
    pub const MOST: usize = 4;

    pub fn set_text(&mut self, at: usize, text: Cow<'m, str>) {
        self.set(at, Arg::Text(text));
    }

    pub fn set_bytes(&mut self, at: usize, bytes: &'m [u8]) {
        self.set(at, Arg::Bytes(bytes));
    }

    pub fn set_number(&mut self, at: usize, number: u32) {
        self.set(at, Arg::Number(number));
    }

    fn set(&mut self, at: usize, arg: Arg<'m>) {
        if let Some(place) = self.0.get_mut(at) {
            *place = arg;
        }
    }

    pub fn text(&self, at: usize) -> &str {
        if let Some(Arg::Text(text)) = self.0.get(at) { text } else { "" }
    }

    pub fn bytes(&self, at: usize) -> &[u8] {
        if let Some(Arg::Bytes(bytes)) = self.0.get(at) { bytes } else { &[] }
    }

    pub fn number(&self, at: usize) -> u32 {
        if let Some(Arg::Number(number)) = self.0.get(at) { *number } else { 0 }
    }

    /// A level or a method: what does not fit is as far out as a byte can be.
    pub fn byte(&self, at: usize) -> u8 {
        u8::try_from(self.number(at)).unwrap_or(u8::MAX)
    }

    pub fn flag(&self, at: usize) -> bool {
        self.number(at) != 0
    }
}

/// One of a function's names.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spelling {
    module: &'static str,
    name: &'static str,
}

impl fmt::Display for Spelling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.module, self.name)
    }
}

impl Function {
    /// Whether the user may be asked about a call: sockets are asked about when they are opened, and what takes nothing
    /// only looks at what came.
    pub fn may_ask(&self) -> bool {
        let only_uses = match &self.act {
            Act::Socket(socket) => !matches!(socket, Socket::Connect),
            Act::Host(_) | Act::Fetch => self.takes.is_empty(),
        };
        self.needs.is_some_and(Capability::asks) && !only_uses
    }

    /// Whether it is known under this name.
    pub fn is(&self, module: &str, name: &str) -> bool {
        (self.module == module && self.name == name) || (module == "env" && self.flat.contains(&name))
    }

    /// All names as `(module, name)`.
    pub fn names(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        let flat = self.flat.iter().map(|name| ("env", *name));
        std::iter::once((self.module, self.name)).chain(flat)
    }

    /// `module.name` in the guest's own spelling, for messages.
    pub fn spelling(&'static self, module: &str, name: &str) -> Spelling {
        let mut names = self.names();
        let (module, name) = names.find(|known| *known == (module, name)).unwrap_or((self.module, self.name));
        Spelling { module, name }
    }

    /// How many wasm parameters it has; all are `i32`.
    pub fn arity(&self) -> usize {
        self.takes.iter().map(|take| if *take == Take::Number { 1 } else { 2 }).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_fit_the_fixed_room() {
        for function in FUNCTIONS {
            assert!(function.takes.len() <= Args::MOST, "{}.{} takes more", function.module, function.name);
        }
    }

    #[test]
    fn wrong_kinds_read_as_nothing() {
        let mut args = Args::default();
        args.set_number(0, 7);
        args.set_text(9, Cow::Borrowed("outside"));
        assert_eq!((args.text(0), args.bytes(0), args.number(9)), ("", &[][..], 0), "no access can panic");
        args.set_number(1, 4_000_000_000);
        assert_eq!(args.byte(1), 255, "a level of -1 is the highest, never a wrapped one");
    }
}
