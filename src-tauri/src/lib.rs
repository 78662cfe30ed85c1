//! The desktop app: the composition root. It shows the window and answers its commands; nobody depends on it.

mod app;
mod arguments;
mod attention;
mod commands;
mod desktop;
mod dialogs;
mod error;
mod events;
mod hostlog;
mod instance;
mod login;
mod menu;
mod prompt;
mod session;
mod store;
mod window;

use std::ffi::OsString;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use tauri::{AppHandle, DragDropEvent, Manager as _, PhysicalPosition, RunEvent, WebviewWindow, WindowEvent};
use wire::window::Change;

use app::App;
use arguments::Arguments;
use hostlog::HostLog;
use instance::{First, Instance};
use runtime::place::Place;

/// Names the folder of sample nodes.
const SAMPLES: &str = "NODE_WORKBENCH_SAMPLES";
/// Runs and the window share the threads: a node that spins must not keep the page waiting.
const MIN_THREADS: usize = 4;

/// Opens the window with these files and folders, and returns when it is closed. Where the data folder's window is open
/// already, that one gets them.
pub fn run(arguments: impl Iterator<Item = OsString>) -> anyhow::Result<()> {
    let paths = match Arguments::parse(arguments) {
        Arguments::Open(paths) => paths,
        Arguments::Print(text) => return print(&text),
        Arguments::Wrong(reason) => bail!(reason),
    };
    let place = Place::find(None)?;
    let first = match Instance::claim(&place.data, &paths)? {
        Instance::First(first) => first,
        Instance::HandedOver => return Ok(()),
    };
    display()?;
    let log = HostLog::start(&place.data);
    tracing::info!(version = env!("CARGO_PKG_VERSION"), data = %place.data.display(), "started");

    let threads = std::thread::available_parallelism().map_or(MIN_THREADS, |cores| cores.get().max(MIN_THREADS));
    let tokio = tokio::runtime::Builder::new_multi_thread().worker_threads(threads).enable_all().build()?;
    tauri::async_runtime::set(tokio.handle().clone());
    let _inside = tokio.enter();

    tauri::Builder::default()
        .manage(App::new(log))
        .menu(menu::build)
        .on_menu_event(|handle, event| chosen(handle, event.id().as_ref()))
        .on_window_event(happened)
        .invoke_handler(tauri::generate_handler![
            commands::window::start,
            commands::window::seen,
            commands::window::set_title,
            commands::window::set_menu,
            commands::window::set_theme,
            commands::window::edit,
            commands::window::host_log,
            commands::help::help_index,
            commands::help::help_place,
            commands::help::help_search,
            commands::help::diagnostics,
            commands::window::pick_path,
            commands::window::pick_bytes,
            commands::window::dropped_bytes,
            commands::files::open_dropped,
            commands::files::open_files,
            commands::files::open_folder,
            commands::files::remove_path,
            commands::files::reload_path,
            commands::files::open_editor,
            commands::files::reveal_path,
            commands::runs::check_inputs,
            commands::runs::start_run,
            commands::runs::run_command,
            commands::runs::form_command,
            commands::runs::cancel_run,
            commands::runs::runs,
            commands::runs::run_view,
            commands::runs::run_lines,
            commands::runs::run_network,
            commands::runs::output_lines,
            commands::runs::output_text,
            commands::runs::compare_runs,
            commands::runs::delete_run,
            commands::runs::export_run,
            commands::runs::save_lines,
            commands::runs::save_output,
            commands::builds::answer_build,
            commands::builds::revoke_build,
            commands::builds::start_build,
            commands::builds::cancel_build,
            commands::builds::build_lines,
            commands::permissions::answer,
            commands::permissions::capabilities,
            commands::permissions::grants,
            commands::permissions::revoke,
            commands::permissions::audit,
            commands::state::node_state,
            commands::state::set_variable,
            commands::state::delete_variable,
            commands::state::set_cached,
            commands::state::delete_cached,
            commands::state::delete_stored,
            commands::state::reset_state,
            commands::cases::cases,
            commands::cases::save_case,
            commands::cases::delete_case,
            commands::cases::save_last,
            commands::create::choices,
            commands::create::check_plan,
            commands::create::create_node,
            commands::create::doctor,
            commands::create::migration,
            commands::settings::save_settings,
            commands::settings::models,
            commands::settings::save_models,
            commands::settings::save_models_key,
            commands::settings::providers,
            commands::settings::save_token,
            commands::settings::delete_token,
        ])
        .setup(move |app| Ok(set_up(app.handle(), place, first, paths)?))
        .build(tauri::generate_context!())?
        .run(|handle, event| {
            if matches!(event, RunEvent::Exit) {
                tauri::async_runtime::block_on(handle.state::<App>().close());
                handle.state::<Place>().end();
            }
        });
    Ok(())
}

/// To a reader who may have read enough.
fn print(text: &str) -> anyhow::Result<()> {
    match writeln!(std::io::stdout(), "{text}") {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error).context("cannot print"),
        _ => Ok(()),
    }
}

/// A window needs a display: tauri would panic without one.
#[cfg(target_os = "linux")]
fn display() -> anyhow::Result<()> {
    gtk::init().ok().context(
        "cannot open a window: there is no display, or it cannot be reached (DISPLAY, WAYLAND_DISPLAY); start the \
         workbench in a desktop session, or use nodewb in a terminal",
    )
}

#[cfg(not(target_os = "linux"))]
fn display() -> anyhow::Result<()> {
    Ok(())
}

fn set_up(handle: &AppHandle, place: Place, first: First, paths: Vec<PathBuf>) -> anyhow::Result<()> {
    if let Some(window) = main_window(handle) {
        if let Err(error) = window::prepare(&window) {
            tracing::warn!(%error, "the web view is as the system makes it");
        }
        if let Err(error) = window::restore(&window, &place.data) {
            tracing::warn!(%error, "the window's place is not known");
        }
    }
    handle.manage(place.clone());
    if let Some(window) = main_window(handle) {
        handle.state::<App>().attention.window(window);
    }
    handle.state::<App>().open(place, samples(handle), paths);
    let later = handle.clone();
    first.serve(move |paths| {
        let window = main_window(&later);
        if let Some(window) = &window {
            window::show(window);
            add(&later, paths);
        }
        window.is_some()
    })?;
    Ok(())
}

/// The sample nodes: those that the environment names, those of the package, or those of the repository.
fn samples(handle: &AppHandle) -> Option<PathBuf> {
    if let Some(named) = std::env::var_os(SAMPLES) {
        return Some(named.into());
    }
    let packaged = handle.path().resource_dir().ok().map(|folder| folder.join("samples"));
    if let Some(packaged) = packaged.filter(|folder| folder.is_dir()) {
        return Some(packaged);
    }
    cfg!(debug_assertions).then(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../sample-nodes"))
}

fn main_window(handle: &AppHandle) -> Option<WebviewWindow> {
    handle.get_webview_window(window::LABEL)
}

fn add(handle: &AppHandle, paths: Vec<PathBuf>) {
    let handle = handle.clone();
    tauri::async_runtime::spawn(async move { handle.state::<App>().add(paths).await });
}

fn chosen(handle: &AppHandle, item: &str) {
    if item != menu::QUIT {
        return handle.state::<App>().feed.push(Change::Menu { item: item.to_owned() });
    }
    // As a click on the window's own button: its place is remembered.
    if let Some(Err(error)) = main_window(handle).map(|window| window.close()) {
        tracing::warn!(%error, "the window cannot be closed");
    }
}

fn happened(window: &tauri::Window, event: &WindowEvent) {
    let handle = window.app_handle();
    let on_page = |position: &PhysicalPosition<f64>| {
        let point = position.to_logical::<f64>(window.scale_factor().unwrap_or(1.0));
        (point.x, point.y)
    };
    match event {
        WindowEvent::DragDrop(DragDropEvent::Enter { position, .. } | DragDropEvent::Over { position }) => {
            handle.state::<App>().feed.push(Change::Dragging { point: Some(on_page(position)) });
        }
        WindowEvent::DragDrop(DragDropEvent::Drop { paths, position }) => {
            let (x, y) = on_page(position);
            handle.state::<App>().feed.push(Change::Dragging { point: None });
            handle.state::<App>().drop(paths, x, y);
        }
        WindowEvent::DragDrop(_) => handle.state::<App>().feed.push(Change::Dragging { point: None }),
        WindowEvent::Focused(true) => handle.state::<App>().attention.seen(),
        WindowEvent::CloseRequested { .. } => {
            let place = handle.state::<Place>();
            if let Some(Err(error)) = main_window(handle).map(|window| window::remember(&window, &place.data)) {
                tracing::warn!(%error, "the window's place is not remembered");
            }
        }
        _ => {}
    }
}
