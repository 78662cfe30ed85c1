//! A Tauri window with nothing in it: what `npm run measure` compares the workbench with.

fn main() -> tauri::Result<()> {
    let mut context = tauri::generate_context!();
    context.config_mut().app.windows.clear();
    tauri::Builder::default()
        .setup(|app| {
            let url = tauri::WebviewUrl::App("empty.html".into());
            tauri::WebviewWindowBuilder::new(app, "empty", url).title("empty").inner_size(1440.0, 900.0).build()?;
            Ok(())
        })
        .run(context)
}
