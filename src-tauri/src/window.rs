//! The one window: where it was last time, and how it is drawn.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use tauri::{LogicalPosition, LogicalSize, WebviewWindow};

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

/// Without a graphics processor WebKit would compose the page from layers in software: slower than drawing it once, and
/// for twice the memory.
#[cfg(target_os = "linux")]
pub fn draw(window: &WebviewWindow) -> tauri::Result<()> {
    use webkit2gtk::{HardwareAccelerationPolicy, SettingsExt as _, WebViewExt as _};

    let mut devices = std::fs::read_dir("/dev/dri").into_iter().flatten().flatten();
    if devices.any(|device| device.file_name().to_string_lossy().starts_with("renderD")) {
        return Ok(());
    }
    window.with_webview(|webview| {
        if let Some(settings) = webview.inner().settings() {
            settings.set_hardware_acceleration_policy(HardwareAccelerationPolicy::Never);
        }
    })
}

#[cfg(not(target_os = "linux"))]
pub fn draw(_window: &WebviewWindow) -> tauri::Result<()> {
    Ok(())
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
