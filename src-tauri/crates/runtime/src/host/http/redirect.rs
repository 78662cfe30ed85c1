//! What a redirect does to a request. Pure; each hop is a new request to the gate.

use ::http::header::{
    AUTHORIZATION, CONTENT_ENCODING, CONTENT_LANGUAGE, CONTENT_LENGTH, CONTENT_LOCATION, CONTENT_TYPE, COOKIE, HOST,
    HeaderMap, HeaderName, LOCATION,
};
use ::http::{Method, Response, StatusCode};
use bytes::Bytes;
use url::Url;

use super::SendError;

/// What is sent, hop by hop.
#[derive(Clone, Debug)]
pub(super) struct Hop {
    pub method: Method,
    pub url: Url,
    pub headers: HeaderMap,
    pub body: Bytes,
}

/// Words in the names of headers that carry keys.
const SECRET: [&str; 9] = ["key", "token", "secret", "auth", "session", "credential", "password", "signature", "jwt"];

/// Where the response leads, as text: `None` where it is the answer itself. Bytes beyond ASCII are percent-encoded, as
/// browsers do.
pub(super) fn location<B>(response: &Response<B>) -> Result<Option<String>, SendError> {
    let redirects = matches!(
        response.status(),
        StatusCode::MOVED_PERMANENTLY
            | StatusCode::FOUND
            | StatusCode::SEE_OTHER
            | StatusCode::TEMPORARY_REDIRECT
            | StatusCode::PERMANENT_REDIRECT
    );
    let mut places = response.headers().get_all(LOCATION).iter().filter(|_| redirects);
    let Some(place) = places.next() else { return Ok(None) };
    if places.any(|other| other != place) {
        return Err(SendError::Protocol("the response leads to several locations".to_owned()));
    }
    let encode = |byte: &u8| match byte.is_ascii() {
        true => char::from(*byte).to_string(),
        false => format!("%{byte:02X}"),
    };
    Ok(Some(place.as_bytes().iter().map(encode).collect()))
}

impl Hop {
    /// The next hop. What was dropped on the way to another origin stays dropped on the way back.
    pub fn follow(&mut self, status: StatusCode, url: Url) {
        let becomes_get = match status {
            StatusCode::SEE_OTHER => self.method != Method::HEAD,
            StatusCode::MOVED_PERMANENTLY | StatusCode::FOUND => self.method == Method::POST,
            _ => false,
        };
        if becomes_get {
            self.method = Method::GET;
            self.body = Bytes::new();
            for name in [CONTENT_TYPE, CONTENT_ENCODING, CONTENT_LANGUAGE, CONTENT_LOCATION] {
                self.headers.remove(name);
            }
        }
        self.headers.remove(CONTENT_LENGTH);
        // It was right for the first hop only.
        self.headers.remove(HOST);
        if self.url.origin() != url.origin() {
            let secret: Vec<HeaderName> = self.headers.keys().filter(|name| is_secret(name)).cloned().collect();
            for name in secret {
                self.headers.remove(name);
            }
        }
        self.url = url;
    }
}

/// Whether a header carries what only its receiver may know.
pub(super) fn is_secret(name: &HeaderName) -> bool {
    *name == AUTHORIZATION
        || *name == COOKIE
        || name.as_str() == "cookie2"
        || SECRET.iter().any(|word| name.as_str().contains(word))
}

#[cfg(test)]
mod tests {
    use ::http::HeaderValue;

    use super::*;

    fn hop(method: Method, url: &str) -> Hop {
        let mut headers = HeaderMap::new();
        let secret = ["authorization", "cookie", "x-api-key", "x-goog-api-key", "private-token"];
        let secret_too = ["ocp-apim-subscription-key", "x-hub-signature-256", "cf-access-jwt-assertion"];
        for name in secret.into_iter().chain(["content-type", "accept"]).chain(secret_too) {
            headers.insert(HeaderName::from_static(name), "value".parse().expect("a value"));
        }
        Hop { method, url: url.parse().expect("a URL"), headers, body: Bytes::from_static(b"body") }
    }

    fn names(hop: &Hop) -> Vec<&str> {
        hop.headers.keys().map(HeaderName::as_str).collect()
    }

    #[test]
    fn key_headers_are_dropped_across_origins_and_not_restored() {
        for other in ["http://a.example/", "https://b.example/", "https://a.example:8443/"] {
            let mut hop = hop(Method::GET, "https://a.example/");
            hop.follow(StatusCode::FOUND, other.parse().expect("a URL"));
            assert_eq!(names(&hop), ["content-type", "accept"], "{other} is another origin");
            hop.follow(StatusCode::FOUND, "https://a.example/".parse().expect("a URL"));
            assert_eq!(names(&hop), ["content-type", "accept"], "coming back restores nothing");
        }
        let mut hop = hop(Method::GET, "https://a.example/");
        hop.follow(StatusCode::FOUND, "https://a.example/next".parse().expect("a URL"));
        assert_eq!(hop.headers.len(), 10, "the same origin keeps all");
    }

    #[test]
    fn f31_a_location_may_hold_any_byte() {
        let location = |status: u16, places: &[&[u8]]| {
            let mut response = Response::builder().status(status);
            for place in places {
                response = response.header(LOCATION, HeaderValue::from_bytes(place).expect("a value"));
            }
            location(&response.body(()).expect("a response"))
        };
        assert_eq!(
            location(302, &["/gr\u{fc}\u{df}e?\u{e9}=\u{1f40c}".as_bytes()]).expect("one").as_deref(),
            Some("/gr%C3%BC%C3%9Fe?%C3%A9=%F0%9F%90%8C")
        );
        assert_eq!(location(307, &[b"/gr\xfc\xdfe"]).expect("one").as_deref(), Some("/gr%FC%DFe"));
        assert_eq!(location(302, &[b"/a%20b"]).expect("one").as_deref(), Some("/a%20b"), "once is enough");
        assert_eq!(location(302, &[b"/a", b"/a"]).expect("one").as_deref(), Some("/a"));
        assert!(location(302, &[b"/a", b"/b"]).is_err(), "nobody knows which is meant");
        assert_eq!(location(302, &[]).expect("none"), None);
        assert_eq!(location(200, &[b"/a"]).expect("none"), None);
    }

    #[test]
    fn methods_change_as_the_standard_says() {
        let table = [
            (Method::POST, StatusCode::FOUND, Method::GET),
            (Method::POST, StatusCode::MOVED_PERMANENTLY, Method::GET),
            (Method::PUT, StatusCode::FOUND, Method::PUT),
            (Method::PUT, StatusCode::SEE_OTHER, Method::GET),
            (Method::HEAD, StatusCode::SEE_OTHER, Method::HEAD),
            (Method::POST, StatusCode::TEMPORARY_REDIRECT, Method::POST),
            (Method::POST, StatusCode::PERMANENT_REDIRECT, Method::POST),
        ];
        for (before, status, after) in table {
            let mut hop = hop(before.clone(), "https://a.example/");
            hop.follow(status, "https://a.example/".parse().expect("a URL"));
            assert_eq!(hop.method, after, "{before} after {status}");
            assert_eq!(hop.body.is_empty(), before != after, "a request that becomes a GET has no body");
        }
    }
}
