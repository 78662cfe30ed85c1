//! Which processes belong to a command, to end them with it.
//!
//! Those of its process group; those that it has started, whatever group or session they moved to; and whoever still
//! writes to its output. A daemon is none of these: it was given up by its parent and writes elsewhere. Those that tools
//! share between builds, such as sccache's and Gradle's, are left alone.

use std::collections::BTreeSet;
use std::io;
use std::os::fd::AsFd;
use std::sync::{Mutex, PoisonError};

use rustix::process::{Pid, Signal, kill_process, kill_process_group};

/// The groups of all commands that run now, for when the program ends at once.
static RUNNING: Mutex<BTreeSet<Group>> = Mutex::new(BTreeSet::new());

/// How often new processes are looked for while others end: some start while they are counted.
const ROUNDS: usize = 5;

/// The processes of one command; they end at once when this is dropped.
pub(super) struct Processes(Option<Group>);

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Group {
    /// The shell, which leads the group.
    leader: i32,
    /// The inode of the output's pipe.
    output: u64,
}

impl Processes {
    /// `output` is the end of the pipe that is read here.
    pub(super) fn of(leader: Option<u32>, output: impl AsFd) -> io::Result<Self> {
        let leader = leader.and_then(|id| i32::try_from(id).ok());
        let output = rustix::fs::fstat(output)?.st_ino;
        let group = leader.map(|leader| Group { leader, output });
        lock().extend(group);
        Ok(Self(group))
    }

    pub(super) fn signal(&self, signal: Signal) {
        if let Some(group) = self.0 {
            group.signal(signal);
        }
    }
}

impl Drop for Processes {
    fn drop(&mut self) {
        if let Some(group) = self.0 {
            group.signal(Signal::KILL);
            lock().remove(&group);
        }
    }
}

/// Ends all commands of this program at once. Blocking, for a moment.
pub fn end_all() {
    let running = lock().clone();
    running.into_iter().for_each(|group| group.signal(Signal::KILL));
}

fn lock() -> std::sync::MutexGuard<'static, BTreeSet<Group>> {
    RUNNING.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Group {
    fn signal(self, signal: Signal) {
        let mut known = BTreeSet::new();
        for round in 0..ROUNDS {
            // Looked for before the group ends: after that nobody knows who started them.
            let new: Vec<i32> = system::relatives(self.leader, self.output, &known);
            if round == 0
                && let Some(leader) = Pid::from_raw(self.leader)
            {
                // An empty group is no failure.
                let _ = kill_process_group(leader, signal);
            }
            if new.is_empty() {
                return;
            }
            for process in &new {
                if let Some(process) = Pid::from_raw(*process) {
                    // It may have ended meanwhile.
                    let _ = kill_process(process, signal);
                }
            }
            known.extend(new);
        }
    }
}

#[cfg(target_os = "linux")]
mod system {
    use std::collections::{BTreeMap, BTreeSet};
    use std::path::Path;

    /// The processes that come from `leader` or write to the pipe `output`, without those that are known.
    pub(super) fn relatives(leader: i32, output: u64, known: &BTreeSet<i32>) -> Vec<i32> {
        let Ok(entries) = std::fs::read_dir("/proc") else { return Vec::new() };
        let parents: BTreeMap<i32, i32> = entries
            .flatten()
            .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
            .filter_map(|id| Some((id, parent(id)?)))
            .collect();
        let comes_from = |mut id: i32| {
            let mut is = known.contains(&id) || id == leader;
            // Processes that start and end while this is read may make a circle.
            for _ in 0..parents.len() {
                let Some(parent) = parents.get(&id) else { break };
                id = *parent;
                is |= known.contains(&id) || id == leader;
            }
            is
        };
        let own = i32::try_from(std::process::id()).unwrap_or_default();
        let others = parents.keys().copied().filter(|id| *id != own && *id != leader && !known.contains(id));
        others.filter(|id| comes_from(*id) || writes_to(*id, output)).collect()
    }

    /// `None` where it has ended, or waits for that to be noticed.
    fn parent(id: i32) -> Option<i32> {
        let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
        // The name, in parentheses, may hold anything.
        let mut fields = stat.rsplit_once(')')?.1.split_whitespace();
        let state = fields.next()?;
        let parent = fields.next()?.parse().ok()?;
        (state != "Z").then_some(parent)
    }

    fn writes_to(id: i32, pipe: u64) -> bool {
        let name = format!("pipe:[{pipe}]");
        let Ok(files) = std::fs::read_dir(format!("/proc/{id}/fd")) else { return false };
        files.flatten().any(|file| {
            let is_it = std::fs::read_link(file.path()).is_ok_and(|target| target.as_os_str() == name.as_str());
            is_it && is_for_writing(id, &file.path())
        })
    }

    /// Both ends of a pipe have one name; a process that is just being started may hold ours for reading.
    fn is_for_writing(id: i32, file: &Path) -> bool {
        let number = file.file_name().unwrap_or_default().to_string_lossy();
        let info = std::fs::read_to_string(format!("/proc/{id}/fdinfo/{number}")).unwrap_or_default();
        let flags = info.lines().find_map(|line| line.strip_prefix("flags:"));
        flags.and_then(|flags| u32::from_str_radix(flags.trim(), 8).ok()).is_some_and(|flags| flags & 0o3 != 0)
    }
}

#[cfg(not(target_os = "linux"))]
mod system {
    use std::collections::BTreeSet;

    /// Only the group is known.
    pub(super) fn relatives(_leader: i32, _output: u64, _known: &BTreeSet<i32>) -> Vec<i32> {
        Vec::new()
    }
}
