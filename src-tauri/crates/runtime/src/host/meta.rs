//! Time, randomness and resource handles.

use super::Reply;

pub(super) fn time_now() -> Reply {
    todo!()
}

pub(super) fn random() -> Reply {
    todo!()
}

pub(super) fn random_bits() -> Reply {
    todo!()
}

pub(super) fn new_resource_handle() -> Reply {
    todo!()
}
