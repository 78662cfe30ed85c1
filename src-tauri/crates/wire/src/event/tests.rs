use std::sync::Arc;
use std::time::SystemTime;

use runtime::definition::results::{Code, Finding};
use runtime::event::{Level, LogSource, RunId};
use runtime::json::Json;
use runtime::permission::{AddressClass, Capability, Identity, Lifetime, Request, Rule};
use runtime::run::{Figures, Status};

use super::*;

fn json(text: &str) -> Json {
    Json::parse(text).expect("valid JSON")
}

/// One line of JSON for each line that the event becomes, as `nodewb` prints them.
fn lines(kind: EventKind) -> String {
    let event = event::Event { run: RunId("r".into()), at: Duration::from_micros(1_250), kind };
    let lines: Vec<_> = events(&event).iter().map(|event| serde_json::to_string(event).expect("serialises")).collect();
    lines.join("\n")
}

fn request() -> Request {
    let address = "127.0.0.1:6379".parse().expect("an address");
    let target = Target::Socket { host: Some("redis.local".into()), address };
    Request { capability: Capability::TcpConnect, target, call_site: vec!["connect".into()] }
}

fn identity() -> Identity {
    Identity { file: "/n.wasm".into(), node: "n".into() }
}

fn decided(basis: Basis) -> EventKind {
    EventKind::Decided(Arc::new(Decided {
        id: 7,
        run: RunId("r".into()),
        identity: identity(),
        build: "b".into(),
        request: request(),
        class: Some(AddressClass::Loopback),
        declared: true,
        decision: Decision::Deny,
        basis,
        asked: Duration::from_millis(3),
        at: SystemTime::UNIX_EPOCH,
    }))
}

fn rule() -> Rule {
    "tcp:127.0.0.1:6379".parse().expect("a rule")
}

fn outcome() -> Outcome {
    Outcome {
        status: Status::Trap,
        outputs: vec![("b".into(), json("9007199254740993")), ("a".into(), json("{\"z\":1.50}"))],
        fired: vec!["exec_out".into()],
        error: Some("it broke".into()),
        pending: false,
        trap: Some(trap::Trap {
            reason: trap::TrapReason::Panic,
            message: "it broke".into(),
            frames: vec![trap::Frame {
                function: Some("node::run".into()),
                module: None,
                function_index: 3,
                file: Some("src/lib.rs".into()),
                line: Some(12),
                column: Some(5),
                runtime: false,
            }],
        }),
        problems: vec![Finding {
            pin: "b".into(),
            code: Code::WrongType,
            found: "1".into(),
            wanted: "a string".into(),
        }],
        figures: Figures {
            duration: Duration::from_micros(10_500),
            own: Duration::from_micros(8_500),
            stored: Some(Duration::from_millis(11)),
            asked: Duration::from_millis(2),
            memory_peak: 65_536,
            fuel: Some(12),
            denied: 1,
        },
    }
}

#[test]
fn what_a_node_says() {
    let message = "line\n\u{1b}[31m".into();
    insta::assert_snapshot!(
        lines(EventKind::Log { level: Level::Warn, source: LogSource::Stdout, message }),
        @r#"{"event":"log","ms":1.25,"level":"warn","message":"line\n\u001b[31m","source":"stdout"}"#
    );
    insta::assert_snapshot!(
        lines(EventKind::Stream { kind: "progress".into(), data: json(r#"{"progress":0.50,"n":9007199254740993}"#) }),
        @r#"{"event":"stream","ms":1.25,"type":"progress","data":{"progress":0.50,"n":9007199254740993}}"#
    );
    insta::assert_snapshot!(
        lines(EventKind::Fired { pin: "exec_out".into() }),
        @r#"{"event":"fired","ms":1.25,"pin":"exec_out"}"#
    );
    insta::assert_snapshot!(
        lines(EventKind::Output { pin: "n".into(), value: json("-9223372036854775808") }),
        @r#"{"event":"output","ms":1.25,"pin":"n","value":-9223372036854775808}"#
    );
    insta::assert_snapshot!(lines(EventKind::LeftOut { lines: 5 }), @r#"{"event":"left_out","ms":1.25,"lines":5}"#);
}

#[test]
fn questions_and_decisions() {
    let question = EventKind::Asked(Arc::new(Question {
        id: 7,
        run: RunId("r".into()),
        identity: identity(),
        friendly_name: "N".into(),
        build: "b".into(),
        request: request(),
        class: Some(AddressClass::Loopback),
        declared: true,
        changed: Some("this file was a component in Rust; it is now a core module".into()),
        scopes: vec![rule()],
    }));
    insta::assert_snapshot!(
        lines(question),
        @r#"{"event":"question","ms":1.25,"id":7,"capability":"tcp","target":"redis.local:6379","address":"127.0.0.1:6379","class":"loopback","declared":true,"changed":"this file was a component in Rust; it is now a core module","call_site":["connect"]}"#
    );
    insta::assert_snapshot!(
        lines(decided(Basis::Answer { rule: rule(), lifetime: Lifetime::Run })),
        @r#"{"event":"decision","ms":1.25,"id":7,"verdict":"deny","basis":"answer","asked_ms":3.0,"rule":"tcp:127.0.0.1:6379","lifetime":"run"}"#
    );
    insta::assert_snapshot!(
        lines(decided(Basis::Rule(rule()))),
        @r#"{"event":"decision","ms":1.25,"id":7,"verdict":"deny","basis":"rule","asked_ms":3.0,"rule":"tcp:127.0.0.1:6379","lifetime":null}"#
    );
    insta::assert_snapshot!(
        lines(decided(Basis::Default)),
        @r#"{"event":"decision","ms":1.25,"id":7,"verdict":"deny","basis":"default","asked_ms":3.0,"rule":null,"lifetime":null}"#
    );
}

#[test]
fn targets_of_every_kind() {
    let url = "https://api.example.com/v1?q=1".parse().expect("a URL");
    let address = Some("10.0.0.1".parse().expect("an address"));
    let get = Target::Url { method: "GET".into(), url, address };
    assert_eq!(target(&get), ("GET https://api.example.com/v1?q=1".into(), Some("10.0.0.1".into())));
    let address = "[::1]:80".parse().expect("an address");
    assert_eq!(target(&Target::Socket { host: None, address }), ("[::1]:80".into(), Some("[::1]:80".into())));
    assert_eq!(target(&Target::Name("example.com".into())), ("example.com".into(), None));
    assert_eq!(target(&Target::Provider("google".into())), ("google".into(), None));
}

#[test]
fn network() {
    let event = NetworkEvent {
        connection: 1,
        protocol: Protocol::Http,
        target: "https://a/".into(),
        address: Some("1.2.3.4:443".into()),
        state: NetworkState::Answered { summary: "200 OK".into() },
        bytes_up: 10,
        bytes_down: 20,
        exchange: None,
    };
    insta::assert_snapshot!(
        lines(EventKind::Network(event)),
        @r#"{"event":"network","ms":1.25,"connection":1,"protocol":"http","target":"https://a/","address":"1.2.3.4:443","state":"answered","detail":"200 OK","bytes_up":10,"bytes_down":20}"#
    );
}

#[test]
fn the_end_of_a_run() {
    insta::assert_snapshot!(lines(EventKind::Finished(Arc::new(outcome()))), @r#"
    {"event":"trap","ms":1.25,"reason":"panic","message":"it broke","frames":[{"function":"node::run","module":null,"function_index":3,"file":"src/lib.rs","line":12,"column":5,"runtime":false}]}
    {"event":"problem","ms":1.25,"pin":"b","code":"wrong-type","found":"1","wanted":"a string"}
    {"event":"finished","ms":1.25,"outcome":"trap","error":"it broke","outputs":{"b":9007199254740993,"a":{"z":1.50}},"fired":["exec_out"],"duration_ms":10.5,"own_ms":8.5,"asked_ms":2.0,"stored_ms":11.0,"memory_peak":65536,"fuel":12,"denied":1}
    "#);
    let unloadable = Event::unloadable(&LoadError::Empty, Duration::ZERO);
    insta::assert_snapshot!(
        serde_json::to_string(&unloadable).expect("serialises"),
        @r#"{"event":"finished","ms":0.0,"outcome":"unloadable","error":"the file is empty; the build may still be writing it","outputs":{},"fired":[],"duration_ms":0.0,"own_ms":0.0,"asked_ms":0.0,"stored_ms":null,"memory_peak":0,"fuel":null,"denied":0}"#
    );
}
