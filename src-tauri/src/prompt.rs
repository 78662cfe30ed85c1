//! Questions in the window: asked, answered, withdrawn.
//!
//! The window only chooses among the scopes that the gate offers; it can never widen a question. What ends unanswered
//! is denied, once.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use runtime::permission::{Answer, Decision, Lifetime, Prompter, Question, Target, Unanswered};
use runtime::text::{elided, name, one_line, shortened};
use tokio::sync::oneshot;
use wire::window::{AnswerRow, Change, QuestionRow, RuleRow};

use crate::attention::Attention;
use crate::error::{Error, Result};
use crate::events::Feed;
use crate::session::millis;
use crate::session::sentences::target_words;
use crate::session::settings::SettingsFile;

/// Frames of a call site that are shown.
const FRAMES: usize = 12;
/// Characters of a node's own words.
const NAME: usize = 80;
const TARGET: usize = 500;
const CHANGED: usize = 400;

/// All open questions.
pub struct Questions {
    open: Mutex<Open>,
    feed: Feed,
    settings: SettingsFile,
    /// Who calls the user; nobody where there is no window.
    attention: OnceLock<Attention>,
}

#[derive(Default)]
struct Open {
    /// Grows with each question, so that they stay in the order in which they were asked.
    next: u64,
    by_id: HashMap<(String, u64), Pending>,
}

struct Pending {
    number: u64,
    row: QuestionRow,
    scopes: usize,
    answer: oneshot::Sender<Answer>,
}

impl Questions {
    pub fn new(feed: Feed, settings: SettingsFile) -> Arc<Self> {
        Arc::new(Self { open: Mutex::default(), feed, settings, attention: OnceLock::new() })
    }

    /// Questions call the user from now on.
    pub fn call(&self, attention: Attention) {
        // It is set once, at the start.
        let _ = self.attention.set(attention);
    }

    /// Oldest first.
    pub fn open(&self) -> Vec<QuestionRow> {
        let open = self.lock();
        let mut pending: Vec<&Pending> = open.by_id.values().collect();
        pending.sort_by_key(|pending| pending.number);
        pending.into_iter().map(|pending| pending.row.clone()).collect()
    }

    pub fn answer(&self, run: &str, id: u64, answer: &AnswerRow) -> Result<()> {
        let gone = || Error::new("question-gone", "the question is no longer open: it was answered, or its run ended");
        let lifetime = lifetime(&answer.lifetime)?;
        let pending = self.lock().by_id.remove(&(run.to_owned(), id)).ok_or_else(gone)?;
        let answer = Answer {
            decision: if answer.allow { Decision::Allow } else { Decision::Deny },
            scope: if answer.scope < pending.scopes { answer.scope } else { 0 },
            lifetime,
            stop_run: answer.stop_run && !answer.allow,
        };
        pending.answer.send(answer).map_err(|_| gone())
    }

    fn put(&self, row: QuestionRow, scopes: usize) -> oneshot::Receiver<Answer> {
        let (answer, answered) = oneshot::channel();
        let mut open = self.lock();
        open.next += 1;
        let (number, key) = (open.next, (row.run.clone(), row.id));
        open.by_id.insert(key, Pending { number, row: row.clone(), scopes, answer });
        let count = open.by_id.len();
        drop(open);
        if let Some(attention) = self.attention.get() {
            attention.asked(&row, count);
        }
        self.feed.push(Change::Question { question: row });
        answered
    }

    fn lock(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn lifetime(name: &str) -> Result<Lifetime> {
    let known = [Lifetime::Once, Lifetime::Run, Lifetime::Session, Lifetime::Always];
    known
        .into_iter()
        .find(|lifetime| lifetime.name() == name)
        .ok_or_else(|| Error::new("answer", format!("\"{}\" is not a duration of an answer", one_line(name))))
}

/// Asks for one run, which knows the file by the catalog's path.
pub struct WindowPrompter {
    pub questions: Arc<Questions>,
    pub file: String,
}

#[async_trait]
impl Prompter for WindowPrompter {
    async fn ask(&self, question: Arc<Question>) -> std::result::Result<Answer, Unanswered> {
        let row = row(&question, &self.file);
        let closing = Closing { questions: &self.questions, run: row.run.clone(), id: row.id };
        let answered = self.questions.put(row, question.scopes.len());
        let answer = match self.questions.settings.get().question_timeout_s {
            0 => Ok(answered.await),
            seconds => tokio::time::timeout(Duration::from_secs(seconds.into()), answered).await,
        };
        drop(closing);
        match answer {
            Ok(answer) => answer.map_err(|_| Unanswered::Nobody),
            Err(_) => Err(Unanswered::TimedOut),
        }
    }
}

/// Takes the question away when it was answered, timed out or withdrawn.
struct Closing<'a> {
    questions: &'a Questions,
    run: String,
    id: u64,
}

impl Drop for Closing<'_> {
    fn drop(&mut self) {
        let open = {
            let mut open = self.questions.lock();
            open.by_id.remove(&(self.run.clone(), self.id));
            open.by_id.len()
        };
        if let Some(attention) = self.questions.attention.get() {
            attention.closed(open);
        }
        self.questions.feed.push(Change::QuestionClosed { run: self.run.clone(), id: self.id });
    }
}

fn row(question: &Question, file: &str) -> QuestionRow {
    let request = &question.request;
    let (host, address, port) = match &request.target {
        Target::Socket { host, address } => (host.clone(), Some(address.ip().to_string()), Some(address.port())),
        Target::Name(name) => (Some(name.clone()), None, None),
        Target::Url { url, address, .. } => {
            (url.host_str().map(str::to_owned), address.map(|address| address.to_string()), url.port_or_known_default())
        }
        Target::Provider(_) | Target::Own => (None, None, None),
    };
    QuestionRow {
        run: question.run.0.to_string(),
        id: question.id,
        file: file.to_owned(),
        node: question.identity.node.clone(),
        friendly_name: name(&question.friendly_name, NAME),
        build: question.build.to_string(),
        capability: request.capability.name().into(),
        label: request.capability.label().into(),
        wish: request.capability.wish().into(),
        target: elided(&target_words(&request.target), TARGET),
        host: host.map(|host| shortened(&host, TARGET)),
        address,
        port,
        class: question.class.map(|class| class.name().into()),
        declared: question.declared,
        changed: question.changed.as_ref().map(|changed| shortened(changed, CHANGED)),
        call_site: request.call_site.iter().take(FRAMES).map(|frame| shortened(frame, 200)).collect(),
        scopes: question.scopes.iter().map(RuleRow::from).collect(),
        asked_at: millis(SystemTime::now()),
    }
}

#[cfg(test)]
mod tests;
