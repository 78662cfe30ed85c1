//! Calls a user who looks at another window when a question waits: the window asks for attention, and the desktop shows
//! a notification where it can.
//!
//! The words are ours, a node's own only quoted, bounded and escaped; a notification answers nothing. A desktop without
//! a session bus is told about in the log, once. Builds that fail call nobody: whoever saves is in the editor, and would
//! be called at each save.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, TryLockError};

use notify_rust::{Notification, NotificationHandle, Urgency};
use runtime::text::{quoted, shortened};
use tauri::{UserAttentionType, WebviewWindow};
use wire::window::QuestionRow;

const SUMMARY: &str = "A node waits for your answer";
/// Characters of a node's own words: a target says enough with its beginning.
const NAME: usize = 60;
const TARGET: usize = 120;

/// Clones share everything.
#[derive(Clone, Default)]
pub struct Attention {
    inner: Arc<Inner>,
}

#[derive(Default)]
struct Inner {
    window: OnceLock<WebviewWindow>,
    /// Questions that are open.
    open: AtomicUsize,
    /// The notification that is shown. Held while the desktop is spoken to, by one thread at a time.
    shown: Mutex<Option<NotificationHandle>>,
    /// It was told that there is no notification.
    told: AtomicBool,
}

impl Attention {
    /// The window that is called to.
    pub fn window(&self, window: WebviewWindow) {
        // There is only one.
        let _ = self.inner.window.set(window);
    }

    /// A question was asked; so many are open.
    pub fn asked(&self, row: &QuestionRow, open: usize) {
        self.inner.open.store(open, Ordering::Relaxed);
        let body = body(row);
        self.apart(move |inner| inner.call(&body));
    }

    /// A question was closed; so many are still open.
    pub fn closed(&self, open: usize) {
        self.inner.open.store(open, Ordering::Relaxed);
        if open == 0 {
            self.seen();
        }
    }

    /// The user looks at the window.
    pub fn seen(&self) {
        self.apart(Inner::withdraw);
    }

    /// A desktop that does not answer holds up a thread of its own, never the program or its end.
    fn apart(&self, work: impl FnOnce(&Inner) + Send + 'static) {
        let inner = self.inner.clone();
        if inner.window.get().is_some() {
            std::thread::spawn(move || work(&inner));
        }
    }
}

impl Inner {
    fn call(&self, body: &str) {
        let Some(window) = self.window.get() else { return };
        if window.is_focused().unwrap_or(false) {
            return;
        }
        if let Err(error) = window.request_user_attention(Some(UserAttentionType::Informational)) {
            tracing::warn!(%error, "the window cannot ask for attention");
        }
        // Another thread speaks to the desktop, or waits for it in vain.
        let mut shown = match self.shown.try_lock() {
            Ok(shown) => shown,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return,
        };
        match notify(body, shown.as_ref().map(NotificationHandle::id)) {
            Ok(handle) => *shown = Some(handle),
            Err(error) if !self.told.swap(true, Ordering::Relaxed) => {
                tracing::info!(%error, "the desktop shows no notifications; questions wait in the window");
            }
            Err(_) => {}
        }
        if self.open.load(Ordering::Relaxed) == 0
            && let Some(handle) = shown.take()
        {
            handle.close();
        }
    }

    fn withdraw(&self) {
        let Ok(mut shown) = self.shown.try_lock() else { return };
        if let Some(handle) = shown.take() {
            handle.close();
        }
    }
}

/// Shows it, in the place of an earlier one.
fn notify(body: &str, earlier: Option<u32>) -> notify_rust::error::Result<NotificationHandle> {
    let has_markup = notify_rust::get_capabilities()?.iter().any(|capability| capability == "body-markup");
    let body = if has_markup { without_markup(body) } else { body.to_owned() };
    let mut notification = Notification::new();
    notification.appname("Node Workbench").summary(SUMMARY).body(&body).icon("node-workbench").urgency(Urgency::Normal);
    if let Some(earlier) = earlier {
        notification.id(earlier);
    }
    notification.show()
}

fn body(row: &QuestionRow) -> String {
    let name = quoted(&shortened(&row.friendly_name, NAME));
    format!("{name} asks for {}: {}", row.capability, shortened(&row.target, TARGET))
}

fn without_markup(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(name: &str, target: &str) -> QuestionRow {
        QuestionRow {
            run: "r".into(),
            id: 1,
            file: "/f.wasm".into(),
            node: "n".into(),
            friendly_name: name.into(),
            build: String::new(),
            capability: "tcp".into(),
            label: "network:tcp".into(),
            wish: "connect".into(),
            target: target.into(),
            host: None,
            address: None,
            port: None,
            class: None,
            declared: true,
            changed: None,
            call_site: Vec::new(),
            scopes: Vec::new(),
            asked_at: 0,
        }
    }

    #[test]
    fn a_nodes_words_are_quoted_bounded_and_escaped() {
        let body = body(&row(&"<b>x</b>\n\u{202e}".repeat(100), &"y".repeat(5000)));
        assert!(body.chars().count() < 400 && !body.contains(['\n', '\u{202e}']), "{body}");
        assert!(body.starts_with("\"<b>x</b>\\n"), "{body}");
        let shown = without_markup(&body);
        assert!(!shown.contains(['<', '>']) && shown.contains("&lt;b&gt;"), "{shown}");
    }

    #[test]
    fn without_a_window_nobody_is_called() {
        let attention = Attention::default();
        attention.asked(&row("n", "t"), 1);
        attention.closed(0);
        assert!(attention.inner.shown.lock().expect("no panic").is_none());
    }
}
