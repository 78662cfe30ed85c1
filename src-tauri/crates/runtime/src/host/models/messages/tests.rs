//! Prompts in the shapes that SDKs send.

use super::*;

fn body(prompt: &Value) -> Value {
    Prompt::parse(&prompt.to_string()).expect("a prompt").body("m", false).expect("a body")
}

#[test]
fn arrays_and_objects_are_prompts() {
    let messages = json!([{ "role": "system", "content": "s" }, { "role": "user", "content": "u" }]);
    for prompt in [messages.clone(), json!({ "messages": messages, "tools": null, "temperature": null })] {
        assert_eq!(body(&prompt), json!({ "model": "m", "messages": messages, "stream": false }));
    }
    for wrong in ["", "null", "5", "\"x\"", "{}", "{\"messages\":{}}", "[1]", "[[]]", "[null]", "{"] {
        assert!(Prompt::parse(wrong).is_err(), "{wrong:?}");
    }
    assert!(Prompt::parse(&"[".repeat(100_000)).is_err(), "deep nesting is refused, not followed");
}

#[test]
fn options_are_passed_on_and_cannot_change_the_model() {
    let body = body(&json!({
        "messages": [{ "role": "user", "content": "u" }],
        "tools": [{ "name": "t", "description": "d", "parameters": { "type": "object" } }],
        "temperature": 0.5, "max_tokens": 10, "tool_choice": "auto",
        "output_schema": { "type": "object" },
        "additional_params": { "model": "another", "stream": true, "messages": [], "top_p": 0.1 },
    }));
    assert_eq!(body["model"], "m", "the user allowed this model");
    assert_eq!(body["stream"], false);
    assert_eq!(body["messages"].as_array().map(Vec::len), Some(1));
    assert_eq!(body["top_p"], 0.1);
    assert_eq!(body["temperature"], 0.5);
    assert_eq!(body["max_tokens"], 10);
    assert_eq!(
        body["tools"][0],
        json!({ "type": "function", "function": { "name": "t", "description": "d", "parameters": { "type": "object" } } })
    );
    assert_eq!(body["response_format"]["json_schema"]["schema"]["type"], "object");
}

#[test]
fn parts_become_the_endpoints_parts() {
    let body = body(&json!([
        { "role": "user", "content": [
            { "type": "text", "text": "look" },
            { "type": "image", "image": { "url": "data:image/png;flow-like-source=raw;base64,AAAA", "detail": "low" } },
            { "type": "audio", "audio": { "url": "data:audio/mpeg;base64,BBBB" } },
            { "type": "document", "document": { "url": "https://example.com/a.pdf" } },
        ] },
        { "role": "assistant", "parts": [
            { "type": "reasoning", "reasoning": { "text": ["hm"] } },
            { "type": "tool_call", "tool_call": { "id": "1", "name": "t", "arguments": { "a": 1 } } },
        ] },
        { "role": "user", "content": [{ "type": "tool_result", "tool_result": { "id": "1", "content": "42" } }] },
        { "role": "assistant", "content": "x", "tool_calls": [{ "id": "2", "name": "t", "arguments": "{}" }] },
        { "role": "tool", "content": "y", "tool_call_id": "2" },
    ]));
    let messages = &body["messages"];
    assert_eq!(messages[0]["content"][1]["image_url"], json!({ "url": "data:image/png;base64,AAAA", "detail": "low" }));
    assert_eq!(messages[0]["content"][2]["input_audio"], json!({ "data": "BBBB", "format": "mp3" }));
    assert_eq!(messages[0]["content"][3]["file"]["file_data"], "https://example.com/a.pdf");
    assert_eq!(messages[1]["content"], Value::Null);
    assert_eq!(messages[1]["tool_calls"][0]["function"], json!({ "name": "t", "arguments": "{\"a\":1}" }));
    assert_eq!(messages[2], json!({ "role": "tool", "tool_call_id": "1", "content": "42" }));
    assert_eq!(messages[3]["tool_calls"][0]["id"], "2");
    assert_eq!(messages[4]["tool_call_id"], "2");
    assert_eq!(messages.as_array().map(Vec::len), Some(5), "a message of results alone is only the results");
}

#[test]
fn what_no_endpoint_takes_is_told() {
    for part in [
        json!({ "type": "video", "video": { "url": "x" } }),
        json!({ "type": "image", "image": { "url": "file_id:1" } }),
        json!({ "type": "image", "image": {} }),
        json!({ "type": "audio", "audio": { "url": "https://example.com/a.mp3" } }),
    ] {
        let prompt = Prompt::parse(&json!([{ "role": "user", "content": [part] }]).to_string()).expect("a prompt");
        assert!(prompt.body("m", false).is_err(), "{part}");
    }
}

#[test]
fn the_last_word_of_the_user_is_found() {
    let last = |text: &str| Prompt::parse(text).expect("a prompt").last_user_text();
    assert_eq!(last(r#"[{"role":"user","content":"a"},{"role":"assistant","content":"b"}]"#), "a");
    assert_eq!(last(r#"[{"role":"user","parts":[{"type":"text","text":"a"},{"type":"text","text":"b"}]}]"#), "a\nb");
    assert_eq!(last(r#"[{"role":"system","content":"s"}]"#), "s");
    assert_eq!(last("[]"), "");
}
