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
const FEATURES: WasmFeatures =
    WasmFeatures::WASM3.difference(WasmFeatures::THREADS).union(WasmFeatures::COMPONENT_MODEL);

#[derive(Default)]
struct Found<'a> {
    /// Nested modules and components that are open now.
    depth: usize,
    producers: Producers,
    has_names: bool,
    has_debug_info: bool,
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
        producers: found.producers,
        has_names: found.has_names,
        has_debug_info: found.has_debug_info,
        imports,
        exports,
    })
}

pub fn check_bodies(bytes: &[u8]) -> Result<(), LoadError> {
    let mut validator = Validator::new_with_features(FEATURES);
    validator.validate_all(bytes).map(drop).map_err(|error| refused(bytes, &error))
}

/// A file that other engines take is not damaged: it asks for a feature that is off.
fn refused(bytes: &[u8], error: &BinaryReaderError) -> LoadError {
    let needs_more = {
        let reason = error.message();
        (reason.contains("proposal") || reason.contains("feature") || reason.contains("shared"))
            && Validator::new_with_features(WasmFeatures::all()).validate_all(bytes).is_ok()
    };
    if needs_more {
        return LoadError::Compile {
            reason: format!("the file needs a WebAssembly feature that is off here: {}", error.message()),
        };
    }
    LoadError::Malformed { offset: error.offset(), reason: error.message().into() }
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
            Payload::ComponentExportSection(section) if self.depth == 1 => {
                self.exports.extend(section.clone().into_iter().flatten().map(|export| export.name.name));
                within("exports", self.exports.len())?;
            }
            Payload::CustomSection(section) => match section.as_known() {
                KnownCustom::Producers(fields) => self.producers(fields),
                KnownCustom::Name(names) => self.has_names |= names_functions(names),
                _ => self.has_debug_info |= section.name() == ".debug_info",
            },
            _ => {}
        }
        Ok(())
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
