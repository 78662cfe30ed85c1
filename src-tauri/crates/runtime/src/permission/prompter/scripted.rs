//! A prompter that answers by a script: for tests and rehearsed runs.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use tokio::sync::watch;

use super::{Prompter, Unanswered};
use crate::permission::{Answer, Decision, Lifetime, Question};

type Script = dyn Fn(&Question) -> Answer + Send + Sync;

/// Answers every question by a closure and remembers what it was asked. While it is held ([`Self::hold`]), questions
/// stay open until [`Self::release`].
pub struct Scripted {
    script: Box<Script>,
    // Short sections only: questions come from several tasks.
    asked: Mutex<Vec<Arc<Question>>>,
    figures: watch::Sender<Figures>,
    held: watch::Sender<bool>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Figures {
    asked: usize,
    withdrawn: usize,
}

impl Scripted {
    pub fn by(script: impl Fn(&Question) -> Answer + Send + Sync + 'static) -> Arc<Self> {
        Arc::new(Self {
            script: Box::new(script),
            asked: Mutex::default(),
            figures: watch::Sender::new(Figures::default()),
            held: watch::Sender::new(false),
        })
    }

    /// The same answer to every question.
    pub fn always(answer: Answer) -> Arc<Self> {
        Self::by(move |_| answer)
    }

    /// Allows the narrowest scope of every question for this long.
    pub fn allowing(lifetime: Lifetime) -> Arc<Self> {
        Self::always(Answer { decision: Decision::Allow, scope: 0, lifetime, stop_run: false })
    }

    /// These answers in turn; then everything is denied.
    pub fn list(answers: impl IntoIterator<Item = Answer>) -> Arc<Self> {
        let answers: Mutex<VecDeque<Answer>> = Mutex::new(answers.into_iter().collect());
        Self::by(move |_| {
            let mut answers = answers.lock().unwrap_or_else(PoisonError::into_inner);
            answers.pop_front().unwrap_or(Answer::DENY)
        })
    }

    /// Leaves questions open from now on.
    pub fn hold(&self) {
        self.held.send_replace(true);
    }

    /// Answers the open questions and all that follow.
    pub fn release(&self) {
        self.held.send_replace(false);
    }

    /// What was asked so far, in order.
    pub fn questions(&self) -> Vec<Arc<Question>> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits until `count` questions were asked.
    pub async fn asked(&self, count: usize) {
        self.reached(|figures| figures.asked >= count).await;
    }

    /// Waits until `count` questions were withdrawn without an answer.
    pub async fn withdrawn(&self, count: usize) {
        self.reached(|figures| figures.withdrawn >= count).await;
    }

    async fn reached(&self, reached: impl Fn(&Figures) -> bool) {
        // The sender lives as long as `self`, so the channel cannot close.
        let _ = self.figures.subscribe().wait_for(|figures| reached(figures)).await;
    }
}

/// Counts the question as withdrawn where it goes away without an answer.
struct Open<'a> {
    prompter: &'a Scripted,
    answered: bool,
}

impl Drop for Open<'_> {
    fn drop(&mut self) {
        if !self.answered {
            self.prompter.figures.send_modify(|figures| figures.withdrawn += 1);
        }
    }
}

#[async_trait]
impl Prompter for Scripted {
    async fn ask(&self, question: Arc<Question>) -> Result<Answer, Unanswered> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).push(question.clone());
        let mut open = Open { prompter: self, answered: false };
        self.figures.send_modify(|figures| figures.asked += 1);
        // As above: the channel cannot close.
        let _ = self.held.subscribe().wait_for(|held| !held).await;
        open.answered = true;
        Ok((self.script)(&question))
    }
}
