//! The shapes of this module as TypeScript.

use ts_rs::{Config, TS};

use super::*;
use crate::{AbiVersion, Frame, Import, Pin, Problem, Producer, Producers, ResultProblem, Scores};

const HEAD: &str = "// Written by `UPDATE_TYPES=1 cargo test -p wire typescript` from the Rust types; do not edit.\n\n";

/// All types, as the text of one module.
pub fn typescript() -> String {
    let config = Config::default();
    let mut text = String::from(HEAD);
    macro_rules! declare {
        ($($type:ty),* $(,)?) => {
            $(text.push_str(&format!("export {}\n", <$type as TS>::decl(&config)));)*
        };
    }
    declare!(
        AbiVersion,
        AnswerRow,
        AuditRow,
        Batch,
        BuildAnswer,
        BuildChange,
        BuildChanges,
        BuildConsent,
        BuildLines,
        BuildLink,
        BuildProblem,
        BuildRow,
        BuildRun,
        BuildState,
        CapabilityRow,
        Case,
        Cases,
        Change,
        Choices,
        CommandError,
        CommandLine,
        Comparison,
        DoctorRow,
        FileRow,
        FileState,
        FolderRow,
        Frame,
        GrantRow,
        HelpBlock,
        HelpEntry,
        HelpGroup,
        HelpHit,
        HelpInline,
        HelpPage,
        HelpPlace,
        Import,
        InputProblem,
        LanguageRow,
        LineKind,
        LinesPage,
        LinesQuery,
        LoadProblem,
        LogLine,
        MigrationStep,
        ModelsView,
        NetworkDetail,
        NetworkRow,
        NodeRow,
        NodeState,
        Notice,
        OutputRow,
        PickedFile,
        Pin,
        PinRow,
        PlanForm,
        PlanPin,
        PlanProblem,
        PlanView,
        Problem,
        Producer,
        Producers,
        Progress,
        ProjectRow,
        ProviderRow,
        QuestionRow,
        RuleRow,
        Renamed,
        ResultProblem,
        RunFigures,
        RunLimits,
        RunRow,
        RunView,
        Scores,
        Settings,
        Snapshot,
        StoredFile,
        StoredValue,
        ToolRow,
        TrapView,
        Versions,
        WrongItem,
    );
    text.push_str(&format!("export {}\n", help::places()));
    text
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    /// Fails where the front end's types are not those of the program; `UPDATE_TYPES=1` writes them.
    #[test]
    fn typescript_is_current() {
        // Asked for now: a build may be kept from another checkout.
        let package = std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo runs the tests");
        let file = Path::new(&package).join("../../../ui/src/lib/ipc/generated.ts");
        let wanted = super::typescript();
        if std::env::var_os("UPDATE_TYPES").is_some() {
            std::fs::write(&file, &wanted).expect("the front end's folder can be written");
        }
        let found = std::fs::read_to_string(&file).unwrap_or_default();
        assert_eq!(found, wanted, "run UPDATE_TYPES=1 cargo test -p wire typescript");
    }
}
