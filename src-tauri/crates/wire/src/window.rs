//! What the window receives and sends.
//!
//! Node data travels as JSON text in strings, never as JavaScript numbers, so that 64-bit integers stay exact. Times are
//! milliseconds; moments are milliseconds since 1970. [`typescript`] writes the same shapes for the front end.

mod create;
mod help;
mod library;
mod permission;
mod project;
mod run;
mod settings;
mod typescript;

pub use create::{Choices, DoctorRow, LanguageRow, MigrationStep, PlanForm, PlanPin, PlanProblem, PlanView, ToolRow};
pub use help::{HelpBlock, HelpEntry, HelpGroup, HelpHit, HelpInline, HelpPage, HelpPlace};
pub use library::{
    BuildChange, BuildChanges, BuildRow, FileRow, FileState, FolderRow, LoadProblem, NodeRow, PinRow, Renamed,
    WrongItem,
};
pub use permission::{AnswerRow, AuditRow, CapabilityRow, GrantRow, QuestionRow, RuleRow};
pub use project::{BuildAnswer, BuildConsent, BuildLines, BuildLink, BuildProblem, BuildRun, BuildState, ProjectRow};
pub use run::{
    CommandLine, Comparison, InputProblem, LineKind, LinesPage, LinesQuery, LogLine, NetworkDetail, NetworkRow,
    OutputRow, Progress, RunFigures, RunLimits, RunRow, RunView, TrapView,
};
pub use settings::{
    Case, Cases, ModelsView, NodeState, Notice, PickedFile, ProviderRow, Settings, StoredFile, StoredValue, Versions,
};
pub use typescript::typescript;

use serde::Serialize;
use ts_rs::TS;

/// Everything the window needs to draw itself; later changes come as [`Change`]s.
#[derive(Clone, Debug, Serialize, TS)]
pub struct Snapshot {
    pub versions: Versions,
    pub files: Vec<FileRow>,
    pub folders: Vec<FolderRow>,
    pub projects: Vec<ProjectRow>,
    /// The file or folder that the user opened last, to be shown; none where nothing was named.
    pub opened: Option<String>,
    pub runs: Vec<RunRow>,
    pub questions: Vec<QuestionRow>,
    pub settings: Settings,
    pub notices: Vec<Notice>,
}

/// What happened since the last batch. The window answers each with `seen`, which makes room for the next.
#[derive(Clone, Debug, Serialize, TS)]
pub struct Batch {
    #[ts(type = "number")]
    pub number: u64,
    pub changes: Vec<Change>,
}

/// One thing that happened.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(tag = "change", rename_all = "snake_case")]
pub enum Change {
    /// A file came, or its state changed.
    File {
        file: FileRow,
    },
    FileRemoved {
        path: String,
    },
    Folder {
        folder: FolderRow,
    },
    /// The user opened this file or folder, by dialog, drop or command line: to be shown once it is there.
    Opened {
        path: String,
    },
    FolderRemoved {
        path: String,
    },
    /// Files were dropped on this point of the page, in its own pixels: what lies there may take them, else they are
    /// to be opened.
    Dropped {
        paths: Vec<String>,
        x: f64,
        y: f64,
    },
    /// Files are dragged over this point of the page; none: no longer.
    Dragging {
        point: Option<(f64, f64)>,
    },
    /// A folder that names a build command came, or something about it changed.
    Project {
        project: ProjectRow,
    },
    ProjectRemoved {
        manifest: String,
    },
    /// A run began; its row is complete but for its outcome.
    RunStarted {
        run: RunRow,
    },
    /// Where a run stands: at most one for each run in a batch.
    Progress {
        progress: Progress,
    },
    /// A run ended: its row with the outcome.
    RunFinished {
        run: RunRow,
    },
    RunDeleted {
        run: String,
    },
    /// The node asks; the run's clock stands still.
    Question {
        question: QuestionRow,
    },
    /// A question is no longer open: answered, or withdrawn with its run.
    QuestionClosed {
        run: String,
        #[ts(type = "number")]
        id: u64,
    },
    /// The remembered answers or the audit list changed: ask for them again.
    Permissions,
    /// Variables, cache or files of a node changed: ask for them again.
    State,
    Settings {
        settings: Settings,
    },
    Notice {
        notice: Notice,
    },
    /// A menu item or key of the native window: a stable word such as `run` or `open`.
    Menu {
        item: String,
    },
}

/// Why a command failed.
#[derive(Clone, Debug, Serialize, TS)]
pub struct CommandError {
    /// A stable word; `inputs` where the values do not fit the pins.
    pub code: String,
    /// What, where, and the next step.
    pub message: String,
    /// With the code `inputs`: what is wrong with each pin.
    pub inputs: Vec<InputProblem>,
}
