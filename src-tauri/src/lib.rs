//! The desktop app: the composition root. It shows the window and answers its commands; nobody depends on it.

mod commands;

/// Opens the window and returns when it is closed.
pub fn run() -> anyhow::Result<()> {
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::from_default_env())
        .with_writer(std::io::stderr)
        .init();
    tauri::Builder::default()
        .invoke_handler(tauri::generate_handler![commands::versions])
        .run(tauri::generate_context!())?;
    Ok(())
}
