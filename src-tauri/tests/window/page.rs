//! The page as its user meets it: things have a role and a name.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use fantoccini::Client;
use fantoccini::actions::{InputSource, KeyAction, KeyActions};
use fantoccini::elements::{Element, ElementRef};
use fantoccini::key::Key;
use serde_json::{Value, json};

use crate::clock::{eventually, pause};

/// Finds by role and name; see there.
const FIND: &str = include_str!("find.js");
const DRAW: &str = include_str!("draw.js");
/// Brings an element into the middle and says whether it stays where it is.
const SETTLE: &str = "const [element, done] = arguments;
    element.scrollIntoView({ block: 'center' });
    const before = element.getBoundingClientRect();
    requestAnimationFrame(() => requestAnimationFrame(() => {
        const after = element.getBoundingClientRect();
        done(before.top === after.top && before.left === after.left);
    }));";
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

pub struct Page {
    client: Client,
}

/// A role and a name. In the name, `*` stands for any text.
#[derive(Clone, Copy, Debug)]
pub struct Thing<'a> {
    role: &'a str,
    name: &'a str,
    /// A thing that it lies in.
    inside: Option<(&'a str, &'a str)>,
}

pub const fn thing<'a>(role: &'a str, name: &'a str) -> Thing<'a> {
    Thing { role, name, inside: None }
}

pub const fn button(name: &str) -> Thing<'_> {
    thing("button", name)
}

impl<'a> Thing<'a> {
    pub const fn inside(self, role: &'a str, name: &'a str) -> Self {
        Self { inside: Some((role, name)), ..self }
    }

    /// What `find.js` takes.
    fn arguments(self) -> Vec<Value> {
        vec![json!(self.role), json!(self.name), json!(self.inside)]
    }
}

impl Page {
    pub fn new(client: Client) -> Self {
        Self { client }
    }

    pub async fn close(self) -> Result<()> {
        Ok(self.client.close().await?)
    }

    /// What stands on the page, as text.
    pub async fn body(&self) -> Result<String> {
        let text = self.run("return document.body.innerText", vec![]).await?;
        Ok(text.as_str().context("a text")?.to_owned())
    }

    pub async fn picture(&self, path: &Path) -> Result<PathBuf> {
        let folder = path.parent().context("a picture lies in a folder")?;
        std::fs::create_dir_all(folder)?;
        self.run(DRAW, vec![]).await?;
        std::fs::write(path, self.client.screenshot().await?)?;
        self.run("clearInterval(window.drawing)", vec![]).await?;
        Ok(path.to_owned())
    }

    /// What a function body returns in the page.
    pub async fn run(&self, script: &str, args: Vec<Value>) -> Result<Value> {
        Ok(self.client.execute(script, args).await?)
    }

    /// What an asynchronous function body hands to its last argument.
    pub async fn run_async(&self, script: &str, args: Vec<Value>) -> Result<Value> {
        Ok(self.client.execute_async(script, args).await?)
    }

    /// All visible things that fit, now.
    pub async fn all(&self, wanted: Thing<'_>) -> Result<Vec<Element>> {
        let found = loop {
            match self.client.execute(FIND, wanted.arguments()).await {
                // One of them went away before the driver had a handle for it.
                Err(error) if error.is_stale_element_reference() => pause().await,
                found => break found?,
            }
        };
        let found = found.as_array().context("a list of elements")?;
        let element = |value: &Value| {
            let id = value.get(ELEMENT).and_then(Value::as_str).context("an element")?;
            Ok(Element::from_element_id(self.client.clone(), ElementRef::from(id.to_owned())))
        };
        found.iter().map(element).collect()
    }

    pub async fn find(&self, wanted: Thing<'_>) -> Result<Element> {
        eventually(&format!("{wanted:?} is there"), async || Ok(self.all(wanted).await?.into_iter().next())).await
    }

    pub async fn gone(&self, wanted: Thing<'_>) -> Result<()> {
        eventually(&format!("{wanted:?} is gone"), async || Ok(self.all(wanted).await?.is_empty().then_some(()))).await
    }

    /// What stands in a thing now, in one line; none where it is not there.
    pub async fn text_of(&self, wanted: Thing<'_>) -> Result<Option<String>> {
        let script = format!("return (function () {{ {FIND} }}).apply(null, arguments)[0]?.innerText ?? null");
        let text = self.run(&script, wanted.arguments()).await?;
        Ok(text.as_str().map(|text| text.split_whitespace().collect::<Vec<_>>().join(" ")))
    }

    /// The text of a thing, once it passes.
    pub async fn text(&self, wanted: Thing<'_>, passes: impl Fn(&str) -> bool) -> Result<String> {
        let mut last = String::from("nothing");
        let text = eventually("a text", async || {
            last = self.text_of(wanted).await?.unwrap_or_default();
            Ok(passes(&last).then(|| last.clone()))
        })
        .await;
        text.with_context(|| format!("{wanted:?} showed: {last}"))
    }

    pub async fn shows(&self, wanted: Thing<'_>, text: &str) -> Result<String> {
        self.text(wanted, |shown| shown.contains(text)).await.with_context(|| format!("it lacks \"{text}\""))
    }

    /// Clicks once the thing can take it.
    pub async fn click(&self, wanted: Thing<'_>) -> Result<()> {
        let mut refused = None;
        let clicked = eventually("it can be clicked", async || {
            let Some(element) = self.all(wanted).await?.into_iter().next() else { return Ok(None) };
            // Stale or covered: asked again.
            match self.click_if_enabled(&element).await {
                Ok(clicked) => Ok(clicked.then_some(())),
                Err(error) => {
                    refused = Some(error);
                    Ok(None)
                }
            }
        })
        .await;
        clicked.with_context(|| format!("cannot click {wanted:?}: {refused:?}"))
    }

    async fn click_if_enabled(&self, element: &Element) -> Result<bool> {
        if !element.is_enabled().await? || element.attr("aria-disabled").await?.as_deref() == Some("true") {
            return Ok(false);
        }
        // The driver scrolls no further than to an edge, where something else may lie over it.
        if self.run_async(SETTLE, vec![serde_json::to_value(element)?]).await? != json!(true) {
            return Ok(false);
        }
        element.click().await?;
        Ok(true)
    }

    /// Opens the menu at a thing, as the right button of the mouse does.
    pub async fn menu_at(&self, wanted: Thing<'_>) -> Result<()> {
        let found = self.find(wanted).await?;
        let press = "const { left, top } = arguments[0].getBoundingClientRect();
            arguments[0].dispatchEvent(new MouseEvent('contextmenu', { button: 2, clientX: left + 4, clientY: top + 4,
                bubbles: true, cancelable: true, composed: true }));";
        self.run(press, vec![serde_json::to_value(&found)?]).await?;
        self.find(thing("menu", "*")).await?;
        Ok(())
    }

    /// Replaces what stands in a field, by keys.
    pub async fn fill(&self, wanted: Thing<'_>, text: &str) -> Result<()> {
        self.click(wanted).await?;
        self.chord(&[Key::Control], 'a').await?;
        self.keys(&char::from(Key::Delete).to_string()).await?;
        self.keys(text).await
    }

    /// Types where the focus is.
    pub async fn keys(&self, text: &str) -> Result<()> {
        let presses = text.chars().fold(KeyActions::new("keys".into()), |keys, key| {
            keys.then(KeyAction::Down { value: key }).then(KeyAction::Up { value: key })
        });
        self.client.perform_actions(presses).await?;
        Ok(())
    }

    pub async fn key(&self, key: Key) -> Result<()> {
        self.keys(&char::from(key).to_string()).await
    }

    pub async fn chord(&self, held: &[Key], key: char) -> Result<()> {
        let down = held
            .iter()
            .fold(KeyActions::new("keys".into()), |keys, held| keys.then(KeyAction::Down { value: char::from(*held) }));
        let pressed = down.then(KeyAction::Down { value: key }).then(KeyAction::Up { value: key });
        let up = held.iter().fold(pressed, |keys, held| keys.then(KeyAction::Up { value: char::from(*held) }));
        self.client.perform_actions(up).await?;
        Ok(())
    }

    /// The role, the name and the text of what has the focus.
    pub async fn focused(&self) -> Result<String> {
        Ok(self.client.active_element().await?.text().await?)
    }

    /// Chooses from a list that opens.
    pub async fn choose(&self, list: Thing<'_>, option: &str) -> Result<()> {
        self.click(list).await?;
        self.click(thing("option", option)).await
    }

    /// Does what the command palette offers under this name.
    pub async fn command(&self, label: &str) -> Result<()> {
        self.chord(&[Key::Control], 'k').await?;
        let field = thing("combobox", "*").inside("dialog", "*");
        self.find(field).await?;
        self.keys(label).await?;
        self.click(thing("option", &format!("*{label}*"))).await?;
        self.gone(field).await
    }

    pub async fn with_theme(&self, theme: &str) -> Result<()> {
        self.command(&format!("Theme: {theme}")).await?;
        let applied = "return document.documentElement.dataset.theme";
        eventually("the theme changes", async || Ok((self.run(applied, vec![]).await? == theme).then_some(()))).await
    }

    /// Runs the selected node to its end; nothing may ask.
    pub async fn run_node(&self) -> Result<()> {
        let outputs = thing("region", "Outputs");
        let before = self.text_of(outputs).await?.and_then(|text| run_number(&text));
        self.click(button("Run").inside("banner", "*")).await?;
        self.text(outputs, |text| run_number(text) > before && text.contains("Run ended")).await?;
        Ok(())
    }
}

/// The number of the run whose outputs are shown, once it has ended.
fn run_number(outputs: &str) -> Option<u64> {
    outputs.split("run ").filter_map(|rest| rest.split(' ').next()?.parse().ok()).next()
}
