//! One walk over the sections: validates them and picks up what they say.

use std::sync::Arc;

use wasmparser::{
    BinaryReaderError, Encoding, KnownCustom, Name, NameSectionReader, Parser, Payload, Validator, WasmFeatures,
};

use super::{Artifact, ArtifactKind, Producers, describe};
use crate::error::LoadError;

/// More imports or exports than this are no node but an attempt to fill memory with their names.
const MAX_ITEMS: usize = 100_000;
/// Entries of a producers list that are kept.
const MAX_PRODUCERS: usize = 100;

/// What the engine is built with: everything that is a standard by now, and no threads.
const FEATURES: WasmFeatures = WasmFeatures::WASM3
    .difference(WasmFeatures::THREADS)
    .union(WasmFeatures::WIDE_ARITHMETIC)
    .union(WasmFeatures::COMPONENT_MODEL);

/// What is linked into every Python node: the interpreter as a shared library.
const PYTHON: [&str; 2] = ["libpython", "libcomponentize_py"];
/// Tools that put an interpreter around a script, and the script's language.
const INTERPRETERS: [(&str, &str); 3] =
    [("componentize-py", "Python"), ("ComponentizeJS", "JavaScript"), ("componentize-js", "JavaScript")];

#[derive(Default)]
struct Found<'a> {
    /// Nested modules and components that are open now.
    depth: usize,
    producers: Producers,
    has_names: bool,
    has_debug_info: bool,
    has_component_type: bool,
    /// The language whose interpreter this is, where marks of one were seen.
    interpreted: Option<&'static str>,
    /// Names of a component's own imports and exports, in order.
    imports: Vec<&'a str>,
    exports: Vec<&'a str>,
}

pub fn read(kind: ArtifactKind, bytes: &[u8]) -> Result<Artifact, LoadError> {
    let mut validator = Validator::new_with_features(FEATURES);
    let mut found = Found::default();
    let mut types = None;
    for payload in Parser::new(0).parse_all(bytes) {
        let payload = payload.map_err(|error| refused(bytes, &error))?;
        found.note(&payload)?;
        // Validating a custom section is no more than skipping it; a function body comes back unread.
        match validator.payload(&payload).map_err(|error| refused(bytes, &error))? {
            wasmparser::ValidPayload::End(end) => types = Some(end),
            _ => continue,
        }
    }
    let Some(types) = types else {
        return Err(LoadError::Malformed { offset: bytes.len(), reason: "the end is missing".into() });
    };
    let (imports, exports) = match kind {
        ArtifactKind::Core => describe::core_items(types.as_ref()),
        ArtifactKind::Component => describe::component_items(types.as_ref(), &found.imports, &found.exports),
    };
    within("imports", imports.len())?;
    within("exports", exports.len())?;
    Ok(Artifact {
        kind,
        hash: Arc::from(blake3::hash(bytes).to_hex().as_str()),
        bytes: Arc::from(bytes),
        has_names: found.has_names,
        has_debug_info: found.has_debug_info,
        has_component_type: found.has_component_type,
        producers: found.into_producers(),
        imports,
        exports,
    })
}

pub fn check_bodies(bytes: &[u8]) -> Result<(), LoadError> {
    let mut validator = Validator::new_with_features(FEATURES);
    validator.validate_all(bytes).map(drop).map_err(|error| refused(bytes, &error))
}

/// Features that nodes cannot use, each with the name that people know it by. The first that makes the file whole is
/// the one that it needs.
const OFF: [(WasmFeatures, &str); 15] = [
    (WasmFeatures::THREADS, "threads"),
    (WasmFeatures::SHARED_EVERYTHING_THREADS, "shared-everything threads"),
    (WasmFeatures::LEGACY_EXCEPTIONS, "exceptions in their old form (with Emscripten: -sWASM_LEGACY_EXCEPTIONS=0)"),
    (WasmFeatures::STACK_SWITCHING, "stack switching"),
    (WasmFeatures::CUSTOM_PAGE_SIZES, "custom page sizes"),
    (WasmFeatures::MEMORY_CONTROL, "memory control"),
    (WasmFeatures::CUSTOM_DESCRIPTORS, "custom descriptors"),
    (WasmFeatures::COMPACT_IMPORTS, "compact imports"),
    (WasmFeatures::CM_ASYNC, "async components (WASI 0.3)"),
    (WasmFeatures::CM_VALUES, "values in components"),
    (WasmFeatures::CM_MAP, "maps in components"),
    (WasmFeatures::CM64, "64-bit components"),
    (WasmFeatures::CM_GC, "garbage collection in components"),
    (WasmFeatures::CM_FIXED_LENGTH_LISTS, "lists of a fixed length in components"),
    (WasmFeatures::CM_ERROR_CONTEXT, "error contexts in components"),
];

/// A file that other engines take is not damaged: it asks for a feature that is off.
fn refused(bytes: &[u8], error: &BinaryReaderError) -> LoadError {
    let reason = error.message().to_owned();
    let valid = |features| Validator::new_with_features(features).validate_all(bytes).is_ok();
    if let Some(feature) = needed(&valid) {
        return LoadError::Feature { feature, reason };
    }
    LoadError::Malformed { offset: error.offset(), reason }
}

fn needed(valid: &impl Fn(WasmFeatures) -> bool) -> Option<&'static str> {
    // One walk tells damage from a feature.
    if !valid(WasmFeatures::all()) {
        return OFF.iter().find(|(feature, _)| valid(FEATURES.union(*feature))).map(|(_, name)| *name);
    }
    let alone = OFF.iter().find(|(feature, _)| valid(FEATURES.union(*feature)));
    let without = || OFF.iter().find(|(feature, _)| !valid(WasmFeatures::all().difference(*feature)));
    Some(alone.or_else(without).map_or("features that are not part of the standard yet", |(_, name)| *name))
}

fn within(what: &str, count: usize) -> Result<(), LoadError> {
    if count <= MAX_ITEMS {
        return Ok(());
    }
    Err(LoadError::Compile { reason: format!("the file has {count} {what}, the limit is {MAX_ITEMS}") })
}

impl<'a> Found<'a> {
    fn note(&mut self, payload: &Payload<'a>) -> Result<(), LoadError> {
        match payload {
            Payload::Version { encoding: Encoding::Module | Encoding::Component, .. } => self.depth += 1,
            Payload::End(_) => self.depth = self.depth.saturating_sub(1),
            Payload::ImportSection(section) if self.depth == 1 => within("imports", section.count() as usize)?,
            Payload::ExportSection(section) if self.depth == 1 => within("exports", section.count() as usize)?,
            // Errors inside these two sections are reported by the validator, with their place.
            Payload::ComponentImportSection(section) if self.depth == 1 => {
                self.imports.extend(section.clone().into_iter().flatten().map(|import| import.name.name));
                within("imports", self.imports.len())?;
            }
            Payload::ImportSection(section) if self.depth > 1 && self.interpreted.is_none() => {
                let modules = section.clone().into_imports().map_while(Result::ok).map(|import| import.module);
                if modules.take(MAX_ITEMS).any(|name| PYTHON.iter().any(|library| name.starts_with(library))) {
                    self.interpreted = Some("Python");
                }
            }
            Payload::ComponentExportSection(section) if self.depth == 1 => {
                self.exports.extend(section.clone().into_iter().flatten().map(|export| export.name.name));
                within("exports", self.exports.len())?;
            }
            Payload::CustomSection(section) => match section.as_known() {
                KnownCustom::Producers(fields) => self.producers(fields),
                KnownCustom::Name(names) => self.has_names |= names_functions(names),
                _ => {
                    self.has_debug_info |= section.name() == ".debug_info";
                    self.has_component_type |= self.depth == 1 && section.name().starts_with("component-type");
                }
            },
            _ => {}
        }
        Ok(())
    }

    /// The producers, where the language is that of the script and not those of the interpreter around it.
    fn into_producers(mut self) -> Producers {
        let tool = |wanted: &str| self.producers.processed_by.iter().any(|(name, _)| name == wanted);
        let named = INTERPRETERS.iter().find(|(name, _)| tool(name)).map(|(_, language)| *language);
        // An instance of this name is what componentize-py leaves of its own.
        let left = self.exports.contains(&"exports").then_some("Python");
        let language = self.interpreted.or(named).or(left);
        if let Some(language) = language {
            let version = self.producers.language.iter().find(|(name, _)| name == language);
            self.producers.language = vec![version.cloned().unwrap_or_else(|| (language.to_owned(), String::new()))];
        }
        self.producers
    }

    /// A broken producers section is no reason to refuse a file: nothing depends on it.
    fn producers(&mut self, fields: wasmparser::ProducersSectionReader<'_>) {
        for field in fields.into_iter().map_while(Result::ok) {
            let list = match field.name {
                "language" => &mut self.producers.language,
                "processed-by" => &mut self.producers.processed_by,
                "sdk" => &mut self.producers.sdk,
                _ => continue,
            };
            for value in field.values.into_iter().map_while(Result::ok) {
                let pair = (short(value.name), short(value.version));
                if list.len() < MAX_PRODUCERS && !list.contains(&pair) {
                    list.push(pair);
                }
            }
        }
    }
}

fn short(text: &str) -> String {
    text.chars().take(200).collect()
}

fn names_functions(names: NameSectionReader<'_>) -> bool {
    names.into_iter().map_while(Result::ok).any(|name| matches!(name, Name::Function(map) if map.count() > 0))
}
