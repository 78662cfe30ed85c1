//! Which of the system's events count.

use notify::EventKind;
use notify::event::{AccessKind, AccessMode, ModifyKind, RenameMode};

/// What an event means for the quiet timer of its path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    /// Something that ends a change: a file closed after writing, created, moved here.
    Start,
    /// The name no longer stands for what it stood for.
    Gone,
    /// A write in progress: a timer that runs starts anew, else the close that follows starts it.
    Extend,
    /// Reading, or attributes only: our own reads make these.
    Ignore,
}

impl Effect {
    pub(super) fn of(kind: EventKind) -> Self {
        match kind {
            EventKind::Access(AccessKind::Close(AccessMode::Write)) | EventKind::Create(_) => Self::Start,
            EventKind::Access(_) | EventKind::Modify(ModifyKind::Metadata(_)) => Self::Ignore,
            EventKind::Modify(ModifyKind::Name(RenameMode::From)) | EventKind::Remove(_) => Self::Gone,
            // Follows a From and a To where those exist.
            EventKind::Modify(ModifyKind::Name(RenameMode::Both)) if cfg!(target_os = "linux") => Self::Ignore,
            EventKind::Modify(ModifyKind::Name(_)) => Self::Start,
            // Only Linux tells when a writer closes the file.
            EventKind::Modify(_) if cfg!(target_os = "linux") => Self::Extend,
            EventKind::Modify(_) | EventKind::Any | EventKind::Other => Self::Start,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use notify::event::{CreateKind, DataChange, MetadataKind, RemoveKind};

    #[test]
    fn only_what_ends_a_change_starts_the_timer() {
        let closed = |mode| EventKind::Access(AccessKind::Close(mode));
        let named = |mode| EventKind::Modify(ModifyKind::Name(mode));
        for (kind, effect) in [
            (closed(AccessMode::Write), Effect::Start),
            (closed(AccessMode::Read), Effect::Ignore),
            (EventKind::Access(AccessKind::Open(AccessMode::Any)), Effect::Ignore),
            (EventKind::Create(CreateKind::File), Effect::Start),
            (named(RenameMode::To), Effect::Start),
            (named(RenameMode::From), Effect::Gone),
            (EventKind::Remove(RemoveKind::File), Effect::Gone),
            (EventKind::Modify(ModifyKind::Metadata(MetadataKind::Any)), Effect::Ignore),
        ] {
            assert_eq!(Effect::of(kind), effect, "{kind:?}");
        }
        if cfg!(target_os = "linux") {
            let data = EventKind::Modify(ModifyKind::Data(DataChange::Any));
            assert_eq!(Effect::of(data), Effect::Extend, "a close follows every write on Linux");
        }
    }
}
