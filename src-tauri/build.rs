//! Lists the app's own commands, so that each needs a permission of its own.

fn main() {
    let manifest = tauri_build::AppManifest::new().commands(&["versions"]);
    tauri_build::try_build(tauri_build::Attributes::new().app_manifest(manifest))
        .expect("tauri.conf.json, the capabilities and the icon must fit together");
}
