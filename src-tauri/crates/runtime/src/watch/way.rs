//! The way from the root to a path: every name on it whose change can make the path stand for something else.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::path::{Component, Path, PathBuf};

/// More links than this on one way are taken for a circle, as the kernel does.
const MAX_LINKS: usize = 40;

/// The names to look out for. Folders are real paths, without links: the system reports one folder under one name,
/// whichever of its names it was asked to watch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Way {
    /// Paths `folder/name` whose folder is to be watched: the links, and the end.
    pub(super) names: Vec<PathBuf>,
    /// The real path of the end; `None` where a name on the way does not exist.
    pub(super) end: Option<PathBuf>,
}

impl Way {
    /// Follows `path`, which is absolute. Blocking.
    pub(super) fn to(path: &Path) -> Self {
        let mut way = Self::default();
        let mut here = PathBuf::new();
        let mut links = 0;
        let mut rest: VecDeque<OsString> = parts(path);
        while let Some(part) = rest.pop_front() {
            match Path::new(&part).components().next() {
                Some(Component::Prefix(_) | Component::RootDir) => here.push(&part),
                Some(Component::ParentDir) => {
                    here.pop();
                }
                Some(Component::Normal(_)) => {
                    let name = here.join(&part);
                    match std::fs::symlink_metadata(&name) {
                        Ok(metadata) if metadata.is_symlink() => {
                            links += 1;
                            way.names.push(name.clone());
                            let Some(target) = std::fs::read_link(&name).ok().filter(|_| links <= MAX_LINKS) else {
                                return way;
                            };
                            for part in parts(&target).into_iter().rev() {
                                rest.push_front(part);
                            }
                            if target.is_absolute() {
                                here = PathBuf::new();
                            }
                        }
                        Ok(_) => here = name,
                        Err(_) => {
                            way.names.push(name);
                            return way;
                        }
                    }
                }
                Some(Component::CurDir) | None => {}
            }
        }
        if here.parent().is_some() {
            way.names.push(here.clone());
        }
        way.end = Some(here);
        way
    }

    /// The folders to watch.
    pub(super) fn folders(&self) -> impl Iterator<Item = &Path> {
        self.names.iter().filter_map(|name| name.parent())
    }
}

fn parts(path: &Path) -> VecDeque<OsString> {
    path.components().map(|component| component.as_os_str().to_owned()).collect()
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn lists_links_and_the_end() {
        let root = tempfile::tempdir().expect("a folder");
        let root = root.path().canonicalize().expect("it exists");
        std::fs::create_dir_all(root.join("real/out")).expect("folders");
        std::fs::write(root.join("real/out/node.wasm"), "x").expect("a file");
        symlink("real", root.join("linked")).expect("a link");
        symlink("../linked/out/node.wasm", root.join("real/current.wasm")).expect("a link");

        let way = Way::to(&root.join("real/current.wasm"));
        let expected = ["real/current.wasm", "linked", "real/out/node.wasm"].map(|name| root.join(name));
        assert_eq!(way.names, expected, "each link and the file itself");
        assert_eq!(way.end, Some(root.join("real/out/node.wasm")), "the end is a real path");
    }

    #[test]
    fn stops_at_the_first_missing_name() {
        let root = tempfile::tempdir().expect("a folder");
        let root = root.path().canonicalize().expect("it exists");
        let way = Way::to(&root.join("target/release/node.wasm"));
        assert_eq!(way.names, [root.join("target")], "only the missing name can change anything");
        assert_eq!(way.end, None, "nothing is there");
    }

    #[test]
    fn gives_up_on_a_circle_of_links() {
        let root = tempfile::tempdir().expect("a folder");
        symlink("b", root.path().join("a")).expect("a link");
        symlink("a", root.path().join("b")).expect("a link");
        assert_eq!(Way::to(&root.path().join("a")).end, None, "a circle leads nowhere");
    }
}
