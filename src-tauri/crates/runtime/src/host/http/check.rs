//! What a request may look like before anybody is asked about it.

use ::http::header::{
    CONNECTION, CONTENT_LENGTH, HOST, HeaderMap, HeaderName, HeaderValue, PROXY_AUTHORIZATION, TE, TRAILER,
    TRANSFER_ENCODING, UPGRADE,
};
use ::http::{Method, Request, Uri};
use hyper::body::Body as _;
use url::{Position, Url};

use super::{Body, SendError};

const MOST_HEADERS: usize = 256;
const MOST_HEADER_BYTES: usize = 64 * 1024;
const LONGEST_URL: usize = 16 * 1024;

/// A request as it goes on the wire, and the URL that the gate is asked about.
pub(super) struct Outgoing {
    pub url: Url,
    pub request: Request<Body>,
}

fn bad<T>(reason: impl Into<String>) -> Result<T, SendError> {
    Err(SendError::BadRequest(reason.into()))
}

/// Checks and normalises a request with an absolute URI.
pub(super) fn outgoing(request: Request<Body>) -> Result<Outgoing, SendError> {
    let (mut parts, body) = request.into_parts();
    let url = parse_url(&parts.uri.to_string(), &["http", "https"])?;
    check_method(&parts.method)?;
    check_headers(&mut parts.headers, &url)?;
    check_length(&mut parts.headers, body.size_hint().exact())?;

    let path = &url[Position::BeforePath..Position::AfterQuery];
    parts.uri = path.parse::<Uri>().map_err(|error| SendError::BadRequest(format!("\"{path}\": {error}")))?;
    parts.version = ::http::Version::HTTP_11;
    parts.extensions.clear();
    parts.headers.insert(HOST, host_header(&url)?);
    Ok(Outgoing { url, request: Request::from_parts(parts, body) })
}

/// A URL without its fragment, with one of these schemes and no user information.
pub(in crate::host) fn parse_url(text: &str, schemes: &[&str]) -> Result<Url, SendError> {
    if text.len() > LONGEST_URL {
        return bad(format!("the URL is longer than {LONGEST_URL} bytes"));
    }
    // Browsers drop line breaks and tabs in silence; in a node they are a mistake or an attempt to smuggle.
    if text.chars().any(|letter| letter.is_control()) {
        return bad("the URL holds control characters");
    }
    let mut url =
        Url::parse(text).map_err(|error| SendError::BadRequest(format!("the URL cannot be read: {error}")))?;
    if !schemes.contains(&url.scheme()) {
        return bad(format!("the scheme \"{}\" is not supported; use {}", url.scheme(), schemes.join(" or ")));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return bad("the URL holds user information; send it in an \"authorization\" header");
    }
    if url.host().is_none() {
        return bad("the URL has no host");
    }
    url.set_fragment(None);
    Ok(url)
}

pub(super) fn host_header(url: &Url) -> Result<HeaderValue, SendError> {
    HeaderValue::from_str(&url[Position::BeforeHost..Position::AfterPort])
        .map_err(|_| SendError::BadRequest("the URL's host cannot be sent".to_owned()))
}

fn check_method(method: &Method) -> Result<(), SendError> {
    let name = method.as_str();
    let plain = name.len() <= 32 && name.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'-');
    if !plain || *method == Method::CONNECT || *method == Method::TRACE {
        return bad(format!("the method \"{}\" is not supported", name.chars().take(32).collect::<String>()));
    }
    Ok(())
}

fn check_headers(headers: &mut HeaderMap, url: &Url) -> Result<(), SendError> {
    let bytes: usize = headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
    if headers.len() > MOST_HEADERS || bytes > MOST_HEADER_BYTES {
        return Err(SendError::TooLarge);
    }
    for name in
        [TRANSFER_ENCODING, UPGRADE, TE, TRAILER, PROXY_AUTHORIZATION, HeaderName::from_static("http2-settings")]
    {
        if headers.contains_key(&name) {
            return bad(format!("the header \"{name}\" belongs to the workbench; leave it out"));
        }
    }
    let expected = host_header(url)?;
    if headers.get_all(HOST).iter().any(|host| !same_host(host, &expected, url)) {
        return bad("the header \"host\" differs from the URL's host; leave it out");
    }
    // About a connection that is not the guest's.
    for name in [CONNECTION, HeaderName::from_static("keep-alive"), HeaderName::from_static("proxy-connection")] {
        headers.remove(name);
    }
    Ok(())
}

fn same_host(host: &HeaderValue, expected: &HeaderValue, url: &Url) -> bool {
    let with_port = url.port_or_known_default().map(|port| format!("{}:{port}", url.host_str().unwrap_or_default()));
    let is = |text: &[u8]| host.as_bytes().eq_ignore_ascii_case(text);
    is(expected.as_bytes()) || with_port.is_some_and(|text| is(text.as_bytes()))
}

/// One length, and the body's own where that is known.
fn check_length(headers: &mut HeaderMap, body: Option<u64>) -> Result<(), SendError> {
    let mut said = None;
    for value in headers.get_all(CONTENT_LENGTH) {
        let digits = value.to_str().ok().filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
        let Some(length) = digits.and_then(|text| text.parse::<u64>().ok()) else {
            return bad("the header \"content-length\" is not a number");
        };
        if said.replace(length).is_some() {
            return bad("the header \"content-length\" is there more than once");
        }
    }
    match (said, body) {
        (Some(said), Some(body)) if said != body => {
            bad(format!("the header \"content-length\" says {said}, the body has {body} bytes"))
        }
        (Some(_), Some(_)) => {
            headers.remove(CONTENT_LENGTH);
            Ok(())
        }
        _ => Ok(()),
    }
}
