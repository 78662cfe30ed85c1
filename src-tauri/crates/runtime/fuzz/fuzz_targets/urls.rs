//! Requests to any URL: what a question offers covers it, what allows it would deny it, and a deny of all TCP denies it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use runtime::permission::policy::{never_allowed, scopes};
use runtime::permission::{Capability, Request, Rule, Target};
use url::Url;

fuzz_target!(|texts: (&str, &str)| {
    let (text, rule) = texts;
    let Ok(url) = Url::parse(text) else { return };
    let capability = if url.scheme().starts_with("ws") { Capability::WebSocket } else { Capability::Http };
    let target = Target::Url { method: "GET".to_owned(), url, address: None };
    let request = Request { capability, target, call_site: Vec::new() };
    if never_allowed(&request).is_some() {
        return;
    }
    for scope in scopes(&request) {
        assert!(scope.covers(&request), "{scope} is offered for {request:?}");
        assert_eq!(scope.to_string().parse::<Rule>(), Ok(scope), "an answer can be stored");
    }
    assert!("tcp:*".parse::<Rule>().is_ok_and(|tcp| tcp.forbids(&request)), "no URL goes around TCP");
    if let Ok(rule) = rule.parse::<Rule>() {
        let has_address = !rule.to_string().contains('@');
        assert!(!(has_address && rule.covers(&request)) || rule.forbids(&request), "{rule} and {request:?}");
    }
});
