//! How editors are told to open a file at a place: what the user wrote in the settings, or what a known editor takes.

use std::path::Path;

/// A line and a column, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct At {
    pub line: u32,
    pub column: u32,
}

/// What a known editor takes; `{file}`, `{line}` and `{column}` are filled in.
struct Known {
    names: &'static [&'static str],
    arguments: &'static [&'static str],
    /// It draws in a terminal, so it gets one.
    terminal: bool,
}

const fn known(names: &'static [&'static str], arguments: &'static [&'static str], terminal: bool) -> Known {
    Known { names, arguments, terminal }
}

const KNOWN: [Known; 10] = [
    known(
        &["code", "code-insiders", "codium", "vscodium", "code-oss", "cursor", "windsurf", "positron"],
        &["--goto", "{file}:{line}:{column}"],
        false,
    ),
    known(&["zed", "zeditor", "subl", "sublime_text", "lapce", "geany"], &["{file}:{line}:{column}"], false),
    known(
        &["idea", "pycharm", "clion", "rustrover", "webstorm", "goland", "studio", "fleet"],
        &["--line", "{line}", "--column", "{column}", "{file}"],
        false,
    ),
    known(&["kate", "kwrite"], &["--line", "{line}", "--column", "{column}", "{file}"], false),
    known(&["gedit", "gnome-text-editor", "pluma", "xed", "emacs"], &["+{line}:{column}", "{file}"], false),
    known(&["emacsclient"], &["--no-wait", "+{line}:{column}", "{file}"], false),
    known(&["gvim", "nvim-qt", "neovide"], &["+call cursor({line},{column})", "{file}"], false),
    known(&["nvim", "vim", "vi"], &["+call cursor({line},{column})", "{file}"], true),
    known(&["hx", "helix"], &["{file}:{line}:{column}"], true),
    known(&["nano", "micro", "kak"], &["+{line}", "{file}"], true),
];
/// What Debian calls the user's choice of a terminal.
const TERMINAL: [&str; 2] = ["x-terminal-emulator", "-e"];

/// The words of the command that opens the file; none where nothing is set. `setting` is words with quotes around those
/// that have spaces, never for a shell.
pub fn command(setting: &str, file: &Path, at: At) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for (position, part) in setting.split('"').enumerate() {
        if position % 2 == 1 {
            words.push(part.to_owned());
        } else {
            words.extend(part.split_whitespace().map(str::to_owned));
        }
    }
    let Some(program) = words.first() else { return words };
    if !words.iter().any(|word| word.contains("{file}")) {
        match editor(program) {
            Some(editor) => {
                words.extend(editor.arguments.iter().map(|argument| (*argument).to_owned()));
                if editor.terminal {
                    words.splice(0..0, TERMINAL.map(str::to_owned));
                }
            }
            None => words.push("{file}".into()),
        }
    }
    let (file, line, column) = (file.to_string_lossy(), at.line.to_string(), at.column.to_string());
    // The path last: what is in it stays as it is.
    let fill = |word: &String| word.replace("{line}", &line).replace("{column}", &column).replace("{file}", &file);
    words.iter().map(fill).collect()
}

fn editor(program: &str) -> Option<&'static Known> {
    let name = program.rsplit('/').next().unwrap_or(program);
    let name = name.strip_suffix(".sh").or_else(|| name.strip_suffix("64")).unwrap_or(name);
    KNOWN.iter().find(|known| known.names.contains(&name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(setting: &str) -> Vec<String> {
        command(setting, Path::new("/src/a b; {line} rm.rs"), At { line: 7, column: 3 })
    }

    #[test]
    fn a_command_is_words_and_no_shell() {
        assert_eq!(words("code -g {file}:{line}"), ["code", "-g", "/src/a b; {line} rm.rs:7"]);
        assert_eq!(words("e +{line}:{column} {file}"), ["e", "+7:3", "/src/a b; {line} rm.rs"]);
        assert_eq!(words("\"my editor\" --wait"), ["my editor", "--wait", "/src/a b; {line} rm.rs"]);
        assert!(words("  ").is_empty());
    }

    #[test]
    fn f36_known_editors_open_at_line_and_column() {
        for (setting, last) in [
            ("code", "/src/a b; {line} rm.rs:7:3"),
            ("/usr/bin/codium --reuse-window", "/src/a b; {line} rm.rs:7:3"),
            ("zed", "/src/a b; {line} rm.rs:7:3"),
            ("subl", "/src/a b; {line} rm.rs:7:3"),
            ("/opt/idea/bin/idea.sh", "/src/a b; {line} rm.rs"),
            ("kate", "/src/a b; {line} rm.rs"),
            ("emacsclient", "/src/a b; {line} rm.rs"),
        ] {
            let words = words(setting);
            assert_eq!(words.last().map(String::as_str), Some(last), "{setting}");
            assert!(words.iter().any(|word| word.contains('7')), "{setting} goes to the line: {words:?}");
            assert_eq!(words[0], setting.split(' ').next().expect("a word"), "{setting} is the program");
        }
        assert_eq!(words("nvim"), ["x-terminal-emulator", "-e", "nvim", "+call cursor(7,3)", "/src/a b; {line} rm.rs"]);
        assert_eq!(words("hx"), ["x-terminal-emulator", "-e", "hx", "/src/a b; {line} rm.rs:7:3"]);
        let own = words("kitty nvim +{line} {file}");
        assert_eq!(own, ["kitty", "nvim", "+7", "/src/a b; {line} rm.rs"], "what the user wrote counts");
    }
}
