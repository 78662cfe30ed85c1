//! What users see happen: permissions with real peers on loopback, traps, floods, hostile nodes.

mod scenarios {
    mod call_sites;
    mod denied;
    mod ended_sockets;
    mod floods;
    mod hostile;
    mod identity;
    mod loading;
    mod permissions;
    mod results;
    mod revoked;
    mod rules;
    mod sandbox;
    mod sockets;
    mod web;
}
