//! The one window: where it was last time, and how it is drawn.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use serde::{Deserialize, Serialize};
use tauri::{LogicalPosition, LogicalSize, Theme, WebviewWindow};

use crate::error::{Error, Result};
use crate::store;

pub const LABEL: &str = "main";
/// The smallest part of a window that must be on a screen for it to be put there.
const VISIBLE: f64 = 80.0;

/// Where the window was, in logical pixels, as it is when it is not maximised.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Placement {
    x: f64,
    y: f64,
    width: f64,
    height: f64,
    maximized: bool,
}

/// Takes the web view's own menu away, and draws without layers where there is no graphics processor: WebKit would
/// compose the page from them in software, which is slower than drawing it once, and takes twice the memory.
#[cfg(target_os = "linux")]
pub fn prepare(window: &WebviewWindow) -> tauri::Result<()> {
    use webkit2gtk::{HardwareAccelerationPolicy, SettingsExt as _, WebViewExt as _};

    let mut devices = std::fs::read_dir("/dev/dri").into_iter().flatten().flatten();
    let software = !devices.any(|device| device.file_name().to_string_lossy().starts_with("renderD"));
    window.with_webview(move |webview| {
        let view = webview.inner();
        view.connect_context_menu(|_, _, _, _| true);
        if let Some(settings) = view.settings().filter(|_| software) {
            settings.set_hardware_acceleration_policy(HardwareAccelerationPolicy::Never);
        }
    })
}

#[cfg(not(target_os = "linux"))]
pub fn prepare(_window: &WebviewWindow) -> tauri::Result<()> {
    Ok(())
}

/// The system's theme at the start: once the program's own was set, the system's can't be asked for.
static SYSTEM: OnceLock<Theme> = OnceLock::new();

/// The window's frame and its menu in the theme of the page: `light`, `dark`, or the system's.
pub fn set_theme(window: &WebviewWindow, theme: &str) -> tauri::Result<()> {
    let now = window.theme()?;
    let system = *SYSTEM.get_or_init(|| now);
    window.set_theme(Some(match theme {
        "light" => Theme::Light,
        "dark" => Theme::Dark,
        _ => system,
    }))
}

/// Does to the focused text field what its key does. The page may not read the clipboard by itself.
#[cfg(target_os = "linux")]
pub fn edit(window: &WebviewWindow, verb: &str) -> Result<()> {
    use webkit2gtk::WebViewExt as _;

    let command = match verb {
        "cut" => "Cut",
        "copy" => "Copy",
        "paste" => "Paste",
        "select_all" => "SelectAll",
        _ => return Err(Error::new("edit", format!("\"{verb}\" is no way to edit a text"))),
    };
    Ok(window.with_webview(move |webview| webview.inner().execute_editing_command(command))?)
}

#[cfg(not(target_os = "linux"))]
pub fn edit(_window: &WebviewWindow, verb: &str) -> Result<()> {
    Err(Error::new("edit", format!("\"{verb}\" works by its key only on this system")))
}

fn file(data: &Path) -> PathBuf {
    data.join("window.json")
}

/// Puts the window where it was, as far as there is a screen.
pub fn restore(window: &WebviewWindow, data: &Path) -> tauri::Result<()> {
    let (placement, problem) = store::read::<Placement>(&file(data));
    if let Some(problem) = problem {
        tracing::warn!("{problem}");
    }
    if placement.width < 1.0 || placement.height < 1.0 {
        return Ok(());
    }
    window.set_size(LogicalSize::new(placement.width, placement.height))?;
    let screens: Vec<Screen> = window.available_monitors()?.iter().map(Screen::of).collect();
    if screens.iter().any(|screen| screen.shows(&placement)) {
        window.set_position(LogicalPosition::new(placement.x, placement.y))?;
    }
    if placement.maximized {
        window.maximize()?;
    }
    Ok(())
}

/// Remembers where the window is. A maximised one keeps its former place.
pub fn remember(window: &WebviewWindow, data: &Path) -> tauri::Result<()> {
    let (mut placement, _) = store::read::<Placement>(&file(data));
    placement.maximized = window.is_maximized()?;
    if !placement.maximized {
        let factor = window.scale_factor()?;
        let size = window.inner_size()?.to_logical::<f64>(factor);
        let position = window.outer_position()?.to_logical::<f64>(factor);
        placement =
            Placement { x: position.x, y: position.y, width: size.width, height: size.height, maximized: false };
    }
    if let Err(error) = store::write(&file(data), &placement) {
        tracing::warn!(%error, "the window's place is not remembered");
    }
    Ok(())
}

/// Shows the window in front of others.
pub fn show(window: &WebviewWindow) {
    let shown = window.unminimize().and_then(|()| window.set_focus());
    if let Err(error) = shown {
        tracing::warn!(%error, "the window cannot be brought to the front");
    }
}

/// A screen in logical pixels.
struct Screen {
    x: f64,
    y: f64,
    width: f64,
    height: f64,
}

impl Screen {
    fn of(monitor: &tauri::Monitor) -> Self {
        let factor = monitor.scale_factor();
        let (position, size) = (monitor.position().to_logical::<f64>(factor), monitor.size().to_logical::<f64>(factor));
        Self { x: position.x, y: position.y, width: size.width, height: size.height }
    }

    /// Whether enough of the window's upper edge is on it to be taken hold of.
    fn shows(&self, placement: &Placement) -> bool {
        let across = (placement.x + placement.width).min(self.x + self.width) - placement.x.max(self.x);
        across >= VISIBLE && placement.y >= self.y && placement.y + VISIBLE <= self.y + self.height
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_off_the_screen_is_not_put_there() {
        let screen = Screen { x: 0.0, y: 0.0, width: 1920.0, height: 1080.0 };
        let at = |x, y| Placement { x, y, width: 1440.0, height: 900.0, maximized: false };
        assert!(screen.shows(&at(100.0, 50.0)) && screen.shows(&at(-1300.0, 0.0)));
        assert!(!screen.shows(&at(2000.0, 50.0)), "its screen was taken away");
        assert!(!screen.shows(&at(0.0, 1070.0)) && !screen.shows(&at(0.0, -40.0)), "its edge cannot be reached");
    }
}
