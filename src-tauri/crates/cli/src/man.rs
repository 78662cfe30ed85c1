//! `nodewb man`: a page for each command (section 1) and each topic (section 7).

use std::io;
use std::path::Path;

use clap::CommandFactory as _;

use crate::args::Arguments;
use crate::exit::Exit;

pub fn write(folder: &Path) -> Exit {
    match pages(folder) {
        Ok(()) => Exit::Ok,
        Err(error) => Exit::Load.because(&format!("cannot write man pages to \"{}\": {error}", folder.display())),
    }
}

fn pages(folder: &Path) -> io::Result<()> {
    std::fs::create_dir_all(folder)?;
    clap_mangen::generate_to(Arguments::command(), folder)?;
    for topic in help::topics() {
        let page = help::man_page(topic, env!("CARGO_PKG_VERSION"));
        std::fs::write(folder.join(format!("nodewb-{}.7", topic.id)), page)?;
    }
    Ok(())
}
