//! The form: a field for every type, and the exact values that a run gets.

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use crate::desktop::scenario;
use crate::nodes::{Does, Node};
use crate::page::{Page, button, thing};

/// Each data type with what is put into its field, and two values as JSON.
const TYPES: [(&str, [&str; 2], [&str; 2]); 9] = [
    ("String", ["grüße \\ \"x\"", "second"], [r#""grüße \\ \"x\"""#, r#""second""#]),
    ("Integer", ["9007199254740993", "-7"], ["9007199254740993", "-7"]),
    ("Float", ["0.1", "-2.5"], ["0.1", "-2.5"]),
    ("Boolean", ["true", "false"], ["true", "false"]),
    (
        "Date",
        ["2026-02-28T13:05:00Z", "2026-03-01T00:00:00Z"],
        [r#""2026-02-28T13:05:00Z""#, r#""2026-03-01T00:00:00Z""#],
    ),
    ("PathBuf", ["folder/a.csv", "b.csv"], [r#""folder/a.csv""#, r#""b.csv""#]),
    ("Byte", ["aGVsbG8=", "AA=="], [r#""aGVsbG8=""#, r#""AA==""#]),
    ("Struct", [r#"{"id":9007199254740993}"#, "{}"], [r#"{"id":9007199254740993}"#, "{}"]),
    ("Generic", ["[1,null]", "2"], ["[1,null]", "2"]),
];
const CONTAINERS: [&str; 4] = ["Normal", "Array", "HashMap", "HashSet"];
const INPUTS: (&str, &str) = ("region", "Inputs");

/// What a pin's field is to hold: what is typed, and the JSON that stands for it.
struct Field {
    name: String,
    data_type: &'static str,
    container: &'static str,
    typed: [&'static str; 2],
    json: String,
}

fn fields() -> Vec<Field> {
    let mut fields = Vec::new();
    for (data_type, typed, [first, second]) in TYPES {
        for container in CONTAINERS {
            // A byte in a list is a number.
            let bytes = data_type == "Byte" && ["Array", "HashSet"].contains(&container);
            let (typed, [first, second]) = if bytes { (["104", "0"], ["104", "0"]) } else { (typed, [first, second]) };
            let json = match container {
                "Normal" => first.to_owned(),
                "HashMap" => format!(r#"{{"a":{first},"b":{second}}}"#),
                _ => format!("[{first},{second}]"),
            };
            let name = format!("{data_type} {container}");
            fields.push(Field { name, data_type, container, typed, json });
        }
    }
    fields
}

#[tokio::test]
async fn every_kind_of_field_sends_exactly_what_it_holds() -> Result<()> {
    scenario("fields", async |desktop| {
        let fields = fields();
        let node = fields.iter().fold(Node::new("types", "Every Type", Does::Echo), |node, field| {
            node.with(&field.name, field.data_type, json!({ "value_type": field.container }))
        });
        let file = node.write(&desktop.nodes())?;
        desktop
            .window(&[&file], async |page| {
                page.find(thing("heading", "Every Type*")).await?;
                for field in &fields {
                    fill(page, field).await.with_context(|| format!("the field \"{}\"", field.name))?;
                }
                page.run_node().await?;
                page.shows(thing("listitem", "Integer Normal*").inside("region", "Outputs"), "9007199254740993")
                    .await?;
                let outputs = outputs(page, &file.display().to_string(), "types").await?;
                for field in &fields {
                    ensure!(
                        outputs.get(&field.name) == Some(&field.json),
                        "\"{}\" sends {:?}, not {}",
                        field.name,
                        outputs.get(&field.name),
                        field.json
                    );
                }
                Ok(())
            })
            .await
    })
    .await
}

async fn fill(page: &Page, field: &Field) -> Result<()> {
    if field.container == "Normal" {
        return value(page, field.data_type, &field.name, field.typed[0]).await;
    }
    for (index, typed) in field.typed.iter().enumerate() {
        let row = index + 1;
        page.click(button(&format!("Add to {}", field.name)).inside(INPUTS.0, INPUTS.1)).await?;
        let label = if field.container == "HashMap" {
            let key = format!("{}, key {row}", field.name);
            page.fill(thing("textbox", &key).inside(INPUTS.0, INPUTS.1), ["a", "b"][index]).await?;
            format!("{}, value {row}", field.name)
        } else {
            format!("{}, row {row}", field.name)
        };
        value(page, field.data_type, &label, typed).await?;
        // A message that goes moves what is below it.
        page.gone(button("*problem*").inside(INPUTS.0, INPUTS.1)).await?;
    }
    Ok(())
}

/// One editor: all but that of booleans take text.
async fn value(page: &Page, data_type: &str, label: &str, typed: &str) -> Result<()> {
    if data_type == "Boolean" {
        return page.click(thing("radio", typed).inside("radiogroup", label)).await;
    }
    page.fill(thing("textbox", label).inside(INPUTS.0, INPUTS.1), typed).await
}

/// The exact JSON of what the newest run gave, as the program has it.
async fn outputs(page: &Page, file: &str, node: &str) -> Result<BTreeMap<String, String>> {
    let script = "const [file, node, done] = arguments;
        const call = window.__TAURI_INTERNALS__.invoke;
        call('runs', { file, node, before: null, limit: 1 })
            .then(([row]) => call('run_view', { run: row.run }))
            .then((view) => done(view.outputs.map(({ pin, text }) => [pin, text])), (error) => done(String(error.message)));";
    let found = page.run_async(script, vec![json!(file), json!(node)]).await?;
    let found = found.as_array().with_context(|| format!("a list of outputs, not {found}"))?;
    let pair = |row: &Value| Some((row.get(0)?.as_str()?.to_owned(), row.get(1)?.as_str()?.to_owned()));
    Ok(found.iter().filter_map(pair).collect())
}

#[tokio::test]
async fn a_wrong_value_is_marked_and_sent_only_when_wanted() -> Result<()> {
    scenario("wrong", async |desktop| {
        let node = Node::new("ranged", "Ranged", Does::Echo).with("port", "Integer", json!({ "range": [1, 65535] }));
        let file = node.write(&desktop.nodes())?;
        desktop
            .window(&[&file], async |page| {
                let port = thing("textbox", "port").inside(INPUTS.0, INPUTS.1);
                page.fill(port, "70000").await?;
                page.shows(thing("region", "Inputs"), "65535").await?;
                page.find(button("Run anyway").inside(INPUTS.0, INPUTS.1)).await?;
                page.click(button("Run").inside("banner", "*")).await?;
                let invalid = page.find(port).await?.attr("aria-invalid").await?;
                ensure!(invalid.as_deref() == Some("true"), "the field is marked");
                ensure!(page.body().await?.contains("No runs of"), "nothing ran");
                page.click(button("Run anyway").inside(INPUTS.0, INPUTS.1)).await?;
                page.shows(thing("listitem", "port*").inside("region", "Outputs"), "70000").await?;
                Ok(())
            })
            .await
    })
    .await
}
