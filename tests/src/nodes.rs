//! Real nodes, built from the sources in `tests/nodes` and `sample-nodes` by their languages' own toolchains.
//!
//! Every function returns the path of a built `.wasm`. What was built is kept under the target folder by the hash of
//! its sources and built again when they change; a lock keeps test processes from building the same thing twice. A
//! toolchain that fails ends the test with its whole output.

mod cache;
mod pins;
mod rust;
mod sample;
mod tools;

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context;

use self::cache::Build;
use self::tools::checked;

/// One package of `tests/nodes/rust`: `minimal`, `package`, `net`, `hostile` or `host`.
pub fn rust(name: &str) -> PathBuf {
    let sources = sources().join("rust");
    built("rust", &[&sources], |out| rust::build(&sources, out)).join(format!("{name}.wasm"))
}

/// One folder of `tests/nodes/python`: `text` or `sockets`.
pub fn python(name: &str) -> PathBuf {
    let folder = sources().join("python");
    let (app, wit, requirements) = (folder.join(name), folder.join("wit"), folder.join("requirements.txt"));
    built(&format!("python-{name}"), &[&app, &wit, &requirements], |out| {
        let tools = tools::python(&requirements)?;
        let packages = tools::site_packages(&tools)?;
        // Python leaves its byte code beside the sources.
        let work = out.join("source");
        cache::copy(&app, &work)?;
        let mut command = Command::new(tools.join("bin/componentize-py"));
        command.current_dir(&work).arg("-d").arg(&wit).args(["-w", "flow-like-node", "componentize", "app", "-p", "."]);
        checked(command.arg("-p").arg(packages).arg("-o").arg(out.join("node.wasm")))
    })
    .join("node.wasm")
}

/// One of `tests/nodes/assemblyscript/source`: `template` (stub runtime) or `examples` (incremental runtime).
pub fn assemblyscript(name: &str) -> PathBuf {
    let folder = sources().join("assemblyscript");
    built(&format!("assemblyscript-{name}"), &[&folder], |out| {
        let runtime = if name == "template" { "stub" } else { "incremental" };
        let modules = tools::npm(&folder)?;
        let mut command = Command::new("node");
        command.current_dir(&folder).arg(modules.join("assemblyscript/bin/asc.js")).arg(format!("source/{name}.ts"));
        command.args(["--runtime", runtime, "--exportRuntime", "-O2", "--debug", "-o"]).arg(out.join("node.wasm"));
        checked(&mut command)
    })
    .join("node.wasm")
}

/// The core module of `tests/nodes/cpp`.
pub fn cpp() -> PathBuf {
    let folder = sources().join("cpp");
    built("cpp", &[&folder], |out| {
        let tools = tools::zig()?;
        let mut command = Command::new(tools.join("bin/python3"));
        command
            .current_dir(&folder)
            .args(["-m", "ziglang", "c++", "@flags", "-o"])
            .arg(out.join("node.wasm"))
            .arg("node.cpp");
        command.env("ZIG_GLOBAL_CACHE_DIR", tools.join("cache")).env("ZIG_LOCAL_CACHE_DIR", tools.join("cache"));
        checked(&mut command)
    })
    .join("node.wasm")
}

/// A folder of `sample-nodes`, built with the command that its manifest and its README give.
pub fn sample(name: &str) -> PathBuf {
    let folder = samples().join(name);
    let language = name.split('-').next().unwrap_or(name);
    built(&format!("sample-{name}"), &[&folder], |out| {
        let work = out.join("source");
        cache::copy(&folder, &work)?;
        let node = sample::build(&work, language)?;
        std::fs::copy(&node, out.join("node.wasm")).with_context(|| format!("copy \"{}\"", node.display()))?;
        // Its limits and permissions hold in tests too.
        std::fs::copy(folder.join("flow-like.toml"), out.join("flow-like.toml"))?;
        Ok(())
    })
    .join("node.wasm")
}

/// A new project, written and built with the command that its manifest names.
pub fn project(plan: &scaffold::Plan) -> PathBuf {
    let language = plan.language.id();
    let fresh = tempfile::tempdir().expect("a temporary folder can be made");
    let written = |folder: PathBuf| scaffold::Plan { folder, ..plan.clone() }.write();
    let source = fresh.path().join("source");
    written(source.clone()).unwrap_or_else(|error| panic!("write a project in {language}: {error}"));
    built(&format!("new-{language}-{}", plan.slug()), &[&source], |out| {
        let work = out.join("source");
        written(work.clone())?;
        sample::build(&work, language)?;
        Ok(())
    })
    .join("source/build/node.wasm")
}

/// The command that builds a folder of `sample-nodes`, as its manifest names it.
pub fn sample_command(name: &str) -> anyhow::Result<String> {
    sample::command(&samples().join(name))
}

/// The pins that a sample's README tells of, and those that a file of its sources declares: direction and name.
pub fn sample_pins(name: &str, file: &str) -> [Vec<(String, String)>; 2] {
    let folder = samples().join(name);
    [pins::told(&folder), pins::declared(&folder, file)]
}

fn samples() -> PathBuf {
    crate::repository().join("sample-nodes")
}

fn sources() -> PathBuf {
    crate::repository().join("tests/nodes")
}

/// The folder that holds what `build` made of these sources.
fn built(group: &str, sources: &[&Path], build: impl FnOnce(&Path) -> anyhow::Result<()>) -> PathBuf {
    Build { group, sources }.get(build).unwrap_or_else(|error| panic!("cannot build \"{group}\": {error:?}"))
}
