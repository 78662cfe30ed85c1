use runtime::event::RunId;
use runtime::permission::{Capability, Identity, Request};

use super::*;

fn question(id: u64) -> Arc<Question> {
    Arc::new(Question {
        id,
        run: RunId("r".into()),
        identity: Identity { file: "/n.wasm".into(), node: "n".into() },
        friendly_name: "Nice\u{202e} name".into(),
        build: "b".into(),
        request: Request {
            capability: Capability::TcpConnect,
            target: Target::Socket { host: Some("cache".into()), address: ([10, 1, 7, 20], 6379).into() },
            call_site: vec!["connect\u{1b}".into()],
        },
        class: None,
        declared: false,
        changed: Some("this file was a component; it is now \u{7}".into()),
        scopes: vec!["tcp:cache:6379".parse().expect("a rule"), "tcp:cache:*".parse().expect("a rule")],
    })
}

fn questions() -> (Arc<Questions>, WindowPrompter, tempfile::TempDir) {
    let folder = tempfile::tempdir().expect("a folder");
    let feed = Feed::default();
    let questions = Questions::new(feed.clone(), SettingsFile::open(folder.path(), &feed));
    let prompter = WindowPrompter { questions: questions.clone(), file: "/n.wasm".into() };
    (questions, prompter, folder)
}

fn answer(scope: usize, lifetime: &str) -> AnswerRow {
    AnswerRow { allow: true, scope, lifetime: lifetime.into(), stop_run: false }
}

/// Lets the question be put.
async fn asked(questions: &Questions) {
    while questions.open().is_empty() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn an_answer_reaches_the_node_and_closes_the_question() {
    let (questions, prompter, _folder) = questions();
    let asking = tokio::spawn(async move { prompter.ask(question(7)).await });
    asked(&questions).await;
    let row = questions.open().remove(0);
    assert_eq!((row.host.as_deref(), row.port, row.scopes.len()), (Some("cache"), Some(6379), 2));
    assert_eq!(row.changed.as_deref(), Some("this file was a component; it is now \\u{7}"), "what changed is told");
    assert!(row.friendly_name.contains("\\u{202e}") && row.call_site[0].contains("\\u{1b}"), "escaped: {row:?}");
    questions.answer("r", 7, &answer(1, "session")).expect("it is open");
    let given = asking.await.expect("no panic").expect("an answer");
    assert_eq!((given.decision, given.scope, given.lifetime), (Decision::Allow, 1, Lifetime::Session));
    assert!(questions.open().is_empty());
    assert_eq!(questions.answer("r", 7, &answer(0, "once")).expect_err("closed").code, "question-gone");
}

#[tokio::test]
async fn a_scope_that_was_not_offered_is_the_narrowest() {
    let (questions, prompter, _folder) = questions();
    let asking = tokio::spawn(async move { prompter.ask(question(1)).await });
    asked(&questions).await;
    assert!(questions.answer("r", 1, &answer(0, "forever")).is_err(), "and an unknown duration is not an answer");
    questions.answer("r", 1, &answer(99, "always")).expect("it is open");
    assert_eq!(asking.await.expect("no panic").expect("an answer").scope, 0);
}

#[tokio::test]
async fn a_withdrawn_question_is_taken_away() {
    let (questions, prompter, _folder) = questions();
    let asking = tokio::spawn(async move { prompter.ask(question(1)).await });
    asked(&questions).await;
    asking.abort();
    assert!(asking.await.is_err());
    assert!(questions.open().is_empty(), "its run has ended");
}

#[tokio::test]
async fn a_question_that_nobody_answers_is_denied_once() {
    let (questions, prompter, _folder) = questions();
    let settings = wire::window::Settings { question_timeout_s: 1, ..Default::default() };
    questions.settings.save(settings).await.expect("writable");
    assert_eq!(prompter.ask(question(1)).await, Err(Unanswered::TimedOut), "nobody answered");
    assert!(questions.open().is_empty());
}
