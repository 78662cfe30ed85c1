use runtime::event::Level;
use runtime::host::models::ModelSettings;
use runtime::permission::Capability;
use runtime::run::Status;
use serde_json::{Value, json};
use support::{bench, nodes, servers};

#[tokio::test(flavor = "multi_thread")]
async fn talks_over_a_websocket_when_it_may() {
    let Some(server) = servers::websocket().await else { return };
    let bench = bench();
    let node = bench.load(nodes::sample("rust-talk")).await;
    let url = format!("ws://{}/", server.address);
    let talk = |messages: Value, most: u32, wait: f64| {
        let inputs = json!({ "url": url, "messages": messages, "most": most, "wait": wait });
        bench.run(&node).node("websocket_talk").inputs(inputs)
    };
    let denied = talk(json!(["hello"]), 1, 5.0).await.ended(Status::Error);
    assert_eq!(denied.denied(), [Capability::WebSocket]);

    let rule = format!("websocket:{url}");
    let enough = talk(json!(["grüße", "世界"]), 3, 30.0).allow(&rule).await.ok();
    let texts = ["welcome", "grüße", "世界"].map(|text| json!({ "type": "text", "data": text }));
    assert_eq!((enough.output("received"), enough.fired()), (json!(texts), vec!["exec_out"]));
    assert_eq!(enough.streamed().last(), Some(&("text", json!("世界\n"))));

    let silence = talk(json!(["hush"]), 2, 0.2).allow(&rule).await.ok();
    assert_eq!((silence.output("received"), silence.fired()), (json!([texts[0]]), vec!["silence"]));
    let warning = (Level::Warn, "nothing more came after 1 messages");
    assert!(silence.node_logs().contains(&warning), "{:?}", silence.lines());

    let closed = talk(json!(["bye"]), 5, 30.0).allow(&rule).await.ok();
    assert_eq!((closed.output("reason"), closed.fired()), (json!("goodbye"), vec!["closed"]));
    assert_eq!(closed.output("received"), json!([texts[0]]));
}

#[tokio::test(flavor = "multi_thread")]
async fn asks_a_model_when_it_may() {
    let (bench, server) = (bench(), servers::chat().await);
    let node = bench.load(nodes::sample("rust-talk")).await;
    let endpoint = Some(format!("http://{}/v1", server.address));
    let settings = ModelSettings { endpoint, ..ModelSettings::default() };
    bench.workbench.services().models.set(settings).await.expect("the endpoint is an address");
    let ask = |model: &str, question: &str| {
        let inputs = json!({ "model": model, "question": question });
        bench.run(&node).node("ask_model").inputs(inputs)
    };
    let denied = ask("small", "why?").await.ended(Status::Error);
    assert_eq!((denied.denied(), denied.fired()), (vec![Capability::Models], vec!["failed"]));
    assert_eq!(denied.error(), "the model may not be asked");
    let other = ask("small", "why?").allow("models:large").await.ended(Status::Error);
    assert_eq!(other.denied(), [Capability::Models], "a rule for one model is none for another");
    assert_eq!(server.reached().came, 0, "nothing leaves before the decision");

    for streaming in [true, false] {
        let answered = ask("small", "grüße, 世界?").allow("models:small").streaming(streaming).await.ok();
        assert_eq!(answered.output("answer"), "You ask: grüße, 世界?");
        assert_eq!(answered.output("usage")["total_tokens"], 11);
        let pieces: Vec<_> = answered.streamed().into_iter().filter(|(kind, _)| *kind == "llm_chunk").collect();
        assert_eq!(pieces.len(), if streaming { 4 } else { 0 }, "{pieces:?}");
    }
    let missing = ask("missing", "why?").allow("models").await.ended(Status::Error);
    assert!(missing.error().contains("there is no model \"missing\""), "{}", missing.error());
    assert_eq!(missing.fired(), ["failed"]);
    let broken = ask("broken", "why?").allow("models").await.ended(Status::Error);
    assert!(broken.error().contains("does not fit"), "{}", broken.error());
    let nothing = ask("small", " ").allow("models").await.ended(Status::Error);
    assert_eq!(nothing.error(), "there is no question");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_an_endpoint_the_echo_answers() {
    let bench = bench();
    let node = bench.load(nodes::sample("rust-talk")).await;
    let echoed = bench.run(&node).node("ask_model").inputs(json!({ "question": "anyone?" })).allow("models:echo").await;
    let echoed = echoed.ok();
    assert!(echoed.output("answer").as_str().is_some_and(|answer| answer.contains("anyone?")), "{}", echoed.report());
}
