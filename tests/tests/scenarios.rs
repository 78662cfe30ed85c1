//! What users see happen: permissions with real peers on loopback, traps, floods, hostile nodes.

mod scenarios {
    mod denied;
    mod floods;
    mod hostile;
    mod permissions;
    mod results;
    mod revoked;
    mod rules;
    mod sandbox;
    mod sockets;
    mod web;
}
