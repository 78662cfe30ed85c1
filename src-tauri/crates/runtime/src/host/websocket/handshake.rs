//! What both sides of a WebSocket handshake have to say (RFC 6455, section 4). Fields that are lists are read as lists.

use ::http::header::{
    CONNECTION, HeaderMap, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_EXTENSIONS, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_PROTOCOL,
    UPGRADE,
};
use ::http::{Request, Response, StatusCode, Uri};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use url::{Position, Url};

use crate::host::http::SendError;
use crate::host::http::headers::elements;
use crate::text::quoted;

/// The request with the guest's headers; those of the protocol belong to the workbench.
pub(super) fn request(url: &Url, headers: HeaderMap) -> Result<Request<()>, SendError> {
    let bad = |error: &dyn std::fmt::Display| SendError::BadRequest(error.to_string());
    let mut request = url.as_str().into_client_request().map_err(|error| bad(&error))?;
    *request.uri_mut() = url[Position::BeforePath..Position::AfterQuery].parse::<Uri>().map_err(|error| bad(&error))?;
    for (name, value) in &headers {
        let reserved =
            matches!(name.as_str(), "host" | "connection" | "upgrade" | "content-length" | "transfer-encoding")
                || name.as_str().starts_with("sec-websocket-") && *name != SEC_WEBSOCKET_PROTOCOL;
        if reserved {
            return Err(SendError::BadRequest(format!("the header \"{name}\" belongs to the workbench; leave it out")));
        }
        request.headers_mut().append(name, value.clone());
    }
    Ok(request)
}

/// Why the answer is none to this request.
pub(super) fn check(request: &HeaderMap, response: &Response<()>) -> Result<(), String> {
    if response.status() != StatusCode::SWITCHING_PROTOCOLS {
        return Err(format!("the server answers \"{}\" instead of opening a WebSocket", response.status()));
    }
    let answer = response.headers();
    for (name, wanted) in [(UPGRADE, "websocket"), (CONNECTION, "upgrade")] {
        if !elements(answer, name.as_str()).any(|element| element.eq_ignore_ascii_case(wanted)) {
            return Err(format!("the server's header \"{name}\" does not say \"{wanted}\""));
        }
    }
    let key = request.get(SEC_WEBSOCKET_KEY).map(|key| derive_accept_key(key.as_bytes()));
    let accepted: Vec<&str> = elements(answer, SEC_WEBSOCKET_ACCEPT.as_str()).collect();
    if key.is_none_or(|key| accepted != [key.as_str()]) {
        return Err("the server's header \"sec-websocket-accept\" is no answer to this request".to_owned());
    }
    if let Some(extension) = elements(answer, SEC_WEBSOCKET_EXTENSIONS.as_str()).next() {
        return Err(format!("the server uses the extension {}, which nobody asked for", quoted(extension)));
    }
    let mut offered = elements(request, SEC_WEBSOCKET_PROTOCOL.as_str());
    match &elements(answer, SEC_WEBSOCKET_PROTOCOL.as_str()).collect::<Vec<_>>()[..] {
        // A server need not take any.
        [] => Ok(()),
        [one] if offered.any(|offer| offer == *one) => Ok(()),
        [one] => Err(format!("the server speaks the subprotocol {}, which was not offered", quoted(one))),
        _ => Err("the server speaks more than one subprotocol".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The answer to a request that offers the subprotocols "chat" and "superchat", with these headers instead.
    fn checked(status: u16, instead: &[(&str, &str)]) -> Result<(), String> {
        let mut offers = HeaderMap::new();
        offers.append(SEC_WEBSOCKET_PROTOCOL, "chat, superchat".parse().expect("a value"));
        let request = request(&"ws://127.0.0.1/a?b".parse().expect("a URL"), offers).expect("a request");
        assert_eq!(request.uri(), "/a?b");
        let key = derive_accept_key(request.headers()[SEC_WEBSOCKET_KEY].as_bytes());
        let usual = [("upgrade", "websocket"), ("connection", "Upgrade"), ("sec-websocket-accept", key.as_str())];
        let kept = usual.iter().filter(|(name, _)| instead.iter().all(|(other, _)| other != name));
        let mut response = Response::builder().status(status);
        for (name, value) in kept.chain(instead) {
            response = response.header(*name, *value);
        }
        check(request.headers(), &response.body(()).expect("a response"))
    }

    #[test]
    fn f29_lists_in_the_answer_are_lists() {
        for fields in [
            &[("connection", "Upgrade, Keep-Alive")][..],
            &[("connection", "keep-alive,upgrade")],
            &[("connection", "keep-alive"), ("connection", "UPGRADE")],
            &[("connection", " ,\tUpgrade ,")],
            &[("upgrade", "WebSocket")],
            &[("upgrade", "foo, websocket")],
            &[("upgrade", "foo"), ("upgrade", "websocket, bar")],
            &[("sec-websocket-protocol", "chat")],
            &[("sec-websocket-protocol", " superchat ")],
            &[("sec-websocket-extensions", "")],
        ] {
            assert_eq!(checked(101, fields), Ok(()), "{fields:?}");
        }
    }

    #[test]
    fn f29_what_is_no_answer_is_refused_with_the_reason() {
        for (fields, reason) in [
            (&[("connection", "close")][..], "\"connection\" does not say \"upgrade\""),
            (&[("connection", "not-upgrade, upgraded")], "\"connection\""),
            (&[("upgrade", "h2c")], "\"upgrade\" does not say \"websocket\""),
            (&[("upgrade", "websocket/13")], "\"upgrade\""),
            (&[("sec-websocket-accept", "AAAA")], "sec-websocket-accept"),
            (&[("sec-websocket-extensions", "permessage-deflate")], "\"permessage-deflate\""),
            (&[("sec-websocket-protocol", "Chat")], "subprotocol \"Chat\""),
            (&[("sec-websocket-protocol", "chat, superchat")], "more than one subprotocol"),
            (&[("sec-websocket-protocol", "chat"), ("sec-websocket-protocol", "superchat")], "more than one"),
        ] {
            let refused = checked(101, fields).expect_err("no answer");
            assert!(refused.contains(reason), "{fields:?}: {refused}");
        }
        assert!(checked(403, &[]).expect_err("no answer").contains("403 Forbidden"));
    }
}
