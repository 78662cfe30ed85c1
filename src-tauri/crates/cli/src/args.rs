//! The command line.

use std::path::PathBuf;
use std::time::Duration;

use clap::{ArgAction, Args, Parser, Subcommand};
use clap_complete::Shell;
use runtime::limits;
use scaffold::{Language, Pin};

use crate::rules::{self, Written};
use crate::{check, predict, test};

#[derive(Parser)]
#[command(
    name = "nodewb",
    version,
    about = "Begin, inspect, run and watch Flow-Like nodes",
    max_term_width = 100,
    disable_help_subcommand = true
)]
#[command(after_help = "Examples:
  nodewb inspect node.wasm
  nodewb run node.wasm --input text=hello --input times=3
  nodewb run node.wasm --inputs case.json --allow tcp:127.0.0.1:6379 --json
  nodewb watch . --run --input text=hello
  nodewb new --language rust --name \"Word Count\" --pin text:in:string --pin words:out:integer

Exit codes: 0 ok, 1 the node reported an error, 2 usage, 3 could not load, 4 trap or limit,
5 a permission was denied and the node failed, 130 cancelled.")]
pub struct Arguments {
    /// Folder for variables, cache, storage, grants and the record [default: $NODEWB_DATA, else the user's data folder]
    #[arg(long, global = true, value_name = "FOLDER")]
    pub data: Option<PathBuf>,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Subcommand)]
pub enum Command {
    /// Show what a file is, what it defines, what it could ask for, and what is odd about it
    Inspect(Inspect),
    /// Run a node once
    Run(Run),
    /// Reload on save, show what changed in the definition, and run again
    Watch(Watch),
    /// Run a node's cases and compare what comes of them with what is expected
    Test(test::Test),
    /// Say whether Flow-Like takes a node, and what its lint finds
    Check(check::Check),
    /// Say what Flow-Like's hosts would answer to calls
    Predict(predict::Predict),
    /// Write a new node's project, build it, and look at the result
    New(New),
    /// Check what each language's build needs, and print how to install what is missing
    Doctor(Doctor),
    /// Say what permission rules mean
    Rules(rules::Rules),
    /// Explain a topic or a command; without one, list the topics
    Help(Help),
    /// Print versions, system, settings without secrets, and the newest lines of the window's log, for a report
    Diagnostics,
    /// Print a completion script for a shell
    Completions { shell: Shell },
    /// Write the man pages of all commands and topics into a folder
    #[command(hide = true)]
    Man { folder: PathBuf },
}

#[derive(Args)]
#[command(after_help = "Examples:
  nodewb help
  nodewb help rules
  nodewb help limits#memory
  nodewb help run
  nodewb help --search loopback port")]
pub struct Help {
    /// A topic, topic#section, a problem's code, or a command
    #[arg(value_name = "TOPIC")]
    pub topic: Vec<String>,
    /// Find these words in all topics
    #[arg(long, value_name = "WORDS", num_args = 1.., conflicts_with = "topic")]
    pub search: Vec<String>,
}

#[derive(Args)]
#[command(after_help = "Examples:
  nodewb inspect node.wasm
  nodewb inspect my-project/
  nodewb inspect node.wasm --json | jq '.nodes[].pins[].name'")]
pub struct Inspect {
    /// A .wasm or .wat file, or a project folder; - reads standard input
    pub file: PathBuf,
    /// Memory while the definition is read, such as 256 (MiB), 64MiB or 1GiB
    #[arg(long, value_name = "SIZE", value_parser = limits::memory)]
    pub memory: Option<u64>,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
}

#[derive(Args)]
#[command(after_help = "Inputs:
  --input text=hello        as the pin's type reads it: a String pin takes the text as it is
  --input count:=3          any JSON
  --input data=@photo.png   a file's content; a Byte pin takes any file, others text
  --inputs case.json        an object of values; --input beats it

Rules (--deny beats --allow):
  tcp:127.0.0.1:6379   tcp:*.example.com:443   tcp-listen:127.0.0.1:*   udp:*   dns:example.com
  http:https://api.example.com/   websocket:wss://example.com/   oauth:google   models   all
  nodewb rules explain RULE says what a rule covers.

Examples:
  nodewb run node.wasm --input text=hello
  nodewb run package.wasm --node math_add --input a=5 --input b=3
  nodewb run node.wasm --allow dns:example.com --allow tcp:example.com:80 --no-ask --json")]
pub struct Run {
    /// A .wasm or .wat file, or a project folder
    pub file: PathBuf,
    #[command(flatten)]
    pub call: Call,
}

#[derive(Args)]
#[command(after_help = "Examples:
  nodewb watch node.wasm
  nodewb watch . --build
  nodewb watch . --run --input text=hello --allow dns:example.com")]
pub struct Watch {
    /// Files and project folders
    #[arg(required = true)]
    pub paths: Vec<PathBuf>,
    /// Run the build command that the folder's flow-like.toml names, now and whenever a source changes
    #[arg(long)]
    pub build: bool,
    /// Run after every load
    #[arg(long)]
    pub run: bool,
    #[command(flatten)]
    pub call: Call,
}

#[derive(Args)]
#[command(
    after_help = "At a terminal you are asked for what you leave out. A node gets the pins \"exec\" and \"exec_out\" unless
execution pins are given.

Types: string, integer, float, boolean, date, path, byte, struct, generic, exec, and \"array of\", \"map of\",
\"set of\" each; integer[] is short for array of integer. A default follows an equals sign: a text as it is,
everything else as JSON.

Examples:
  nodewb new
  nodewb new --language rust --name \"Word Count\" --pin text:in:string=hello --pin words:out:integer
  nodewb new --language go --name Slug --pin text:in:string=hello --watch
  nodewb new --language python --name Rows --pin 'rows:in:array of struct' --permission streaming --no-build

The project is written, built and loaded: 0 where all of that works, 2 where an option is missing or wrong,
3 where something cannot be written, built or loaded."
)]
pub struct New {
    /// Such as rust, python or cpp; nodewb doctor lists them
    #[arg(long, value_name = "LANGUAGE", value_parser = language)]
    pub language: Option<Language>,
    /// For people, such as Word Count
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// What the node does, in one sentence
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    pub description: String,
    /// Its place in the catalog, such as Text/Analysis
    #[arg(long, value_name = "PATH", default_value = "", hide_default_value = true)]
    pub category: String,
    /// A pin; may be given more than once
    #[arg(long = "pin", value_name = "NAME:DIRECTION:TYPE[=DEFAULT]", value_parser = pin)]
    pub pins: Vec<Pin>,
    /// What the node declares, such as network:http; may be given more than once
    #[arg(long = "permission", value_name = "LABEL")]
    pub permissions: Vec<String>,
    /// A folder that is empty or does not exist yet [default: the node's name, in the current folder]
    #[arg(long, value_name = "FOLDER")]
    pub folder: Option<PathBuf>,
    /// Only write the files
    #[arg(long)]
    pub no_build: bool,
    /// Keep going: build and run at each save, as nodewb watch --build --run does
    #[arg(long, conflicts_with_all = ["no_build", "json"])]
    pub watch: bool,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
}

#[derive(Args)]
#[command(
    after_help = "Nothing is installed or fetched. Exit code 3 where a language is named and something is missing for it.

Examples:
  nodewb doctor
  nodewb doctor rust
  nodewb doctor --json | jq '.[] | select(.ready).language'"
)]
pub struct Doctor {
    /// Only this language
    #[arg(value_parser = language)]
    pub language: Option<Language>,
    /// Print a JSON array of the languages
    #[arg(long)]
    pub json: bool,
}

fn language(text: &str) -> Result<Language, String> {
    text.parse()
}

fn pin(text: &str) -> Result<Pin, String> {
    text.parse()
}

/// What to call, and with what.
#[derive(Args, Default)]
pub struct Call {
    /// Which node of a package
    #[arg(long, value_name = "NAME")]
    pub node: Option<String>,
    /// An input value: PIN=TEXT, PIN:=JSON or PIN=@FILE
    #[arg(short, long = "input", value_name = "PIN=VALUE")]
    pub input: Vec<String>,
    /// A JSON file with an object of input values; - reads standard input
    #[arg(long, value_name = "FILE")]
    pub inputs: Option<PathBuf>,
    /// Allow what the rule covers without asking
    #[arg(long, value_name = "RULE")]
    pub allow: Vec<Written>,
    /// Deny what the rule covers without asking
    #[arg(long, value_name = "RULE")]
    pub deny: Vec<Written>,
    /// Ask at the terminal even where standard error is not one
    #[arg(long, overrides_with = "no_ask")]
    pub ask: bool,
    /// Deny what no rule or remembered answer covers
    #[arg(long, action = ArgAction::SetTrue)]
    pub no_ask: bool,
    /// The node's own time, such as 30, 500ms or 2m
    #[arg(long, value_name = "TIME", value_parser = limits::time)]
    pub timeout: Option<Duration>,
    /// Memory, such as 256 (MiB), 64MiB or 1GiB
    #[arg(long, value_name = "SIZE", value_parser = limits::memory)]
    pub memory: Option<u64>,
    /// Count fuel and stop after so much of it
    #[arg(long, value_name = "UNITS")]
    pub fuel: Option<u64>,
    /// What the node is told to log: 0 debug, 1 info, 2 warn, 3 error, 4 fatal
    #[arg(long, value_name = "LEVEL", default_value_t = 0, value_parser = clap::value_parser!(u8).range(0..=4))]
    pub log_level: u8,
    /// End with exit code 1 where the result is not as the node declares it
    #[arg(long)]
    pub strict: bool,
    /// Print one JSON object a line for every event
    #[arg(long)]
    pub json: bool,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn rules_are_read_and_the_last_of_ask_and_no_ask_counts() {
        let parse = |rest: &[&str]| Arguments::try_parse_from([&["nodewb", "run", "n.wasm"], rest].concat());
        let Ok(Arguments { command: Command::Run(run), .. }) =
            parse(&["--allow", "tcp:127.0.0.1:6379", "--deny", "all", "--no-ask", "-i", "a=b=c"])
        else {
            panic!("the line is right");
        };
        assert_eq!((run.call.allow.len(), run.call.deny.len(), run.call.no_ask), (1, 1, true));
        assert_eq!(run.call.input, ["a=b=c"]);
        assert!(parse(&["--allow", "tcp:"]).is_err(), "a rule that is none is a usage error");
    }
}
