//! Pins of samples whose toolchain is in no package registry, as their READMEs and their sources have them.

use std::path::Path;

/// Direction, `in` or `out`, and name.
type Pin = (String, String);

/// The rows of the table of pins in a sample's README.
pub fn told(sample: &Path) -> Vec<Pin> {
    read(&sample.join("README.md")).lines().filter_map(row).collect()
}

/// ``| `name` | in | …``
fn row(line: &str) -> Option<Pin> {
    let mut cells = line.strip_prefix("| `")?.split('|').map(str::trim);
    let name = cells.next()?.strip_suffix('`')?;
    Some((cells.next()?.to_owned(), name.to_owned()))
}

/// The pins that a sample's sources declare with `input("name", …` and `output("name", …`, in any letters.
pub fn declared(sample: &Path, file: &str) -> Vec<Pin> {
    let text = read(&sample.join(file));
    let mut pins = Vec::new();
    let mut rest = text.as_str();
    while let Some(at) = rest.find('(') {
        let called = rest[..at].rsplit(|letter: char| !letter.is_alphanumeric()).next().unwrap_or_default();
        let direction = match called.to_lowercase().as_str() {
            "input" => Some("in"),
            "output" => Some("out"),
            _ => None,
        };
        rest = &rest[at + 1..];
        let name = rest.trim_start().strip_prefix('"').and_then(|text| text.split('"').next());
        if let (Some(direction), Some(name)) = (direction, name) {
            pins.push((direction.to_owned(), name.to_owned()));
        }
    }
    pins
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("read \"{}\": {error}", path.display()))
}
