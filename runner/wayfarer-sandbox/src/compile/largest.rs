//! The largest function of a component. Compiling takes more than proportionally long for a large function, so this is where
//! an author has to look when a component is refused for its size.

use std::fmt;

use wasmparser::{KnownCustom, Name, NameSectionReader, Parser, Payload, TypeRef};
use wayfarer_model::units::Bytes;

/// The longest name that a message shows, in characters.
const LONGEST_NAME: usize = 120;

/// A function and the size of its code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LargestFunction {
    /// Its name, if the component has its names; its index otherwise.
    pub name: String,
    /// The size of its code, in bytes.
    pub size: u64,
}

impl fmt::Display for LargestFunction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`, {} of WebAssembly", self.name, Bytes(self.size))
    }
}

impl LargestFunction {
    /// The end of an error's sentence.
    pub(super) fn clause(largest: Option<&Self>) -> String {
        largest.map_or_else(String::new, |largest| format!("; its largest function is {largest}"))
    }

    /// Reads sizes and names without validating anything. None if the component has no code that can be read.
    pub(crate) fn of(wasm: &[u8]) -> Option<Self> {
        let mut found: Option<Self> = None;
        // Modules within components: each begins with its version and ends with its end.
        let mut modules: Vec<Module> = Vec::new();
        for payload in Parser::new(0).parse_all(wasm) {
            let Ok(payload) = payload else { break };
            match payload {
                Payload::Version { .. } => modules.push(Module::default()),
                Payload::End(_) => {
                    let of_module = modules.pop().and_then(Module::largest);
                    found = larger(found, of_module);
                }
                other => {
                    if let Some(module) = modules.last_mut() {
                        module.read(other);
                    }
                }
            }
        }
        modules.into_iter().filter_map(Module::largest).fold(found, |found, next| larger(found, Some(next)))
    }
}

fn larger(one: Option<LargestFunction>, other: Option<LargestFunction>) -> Option<LargestFunction> {
    match (one, other) {
        (Some(one), Some(other)) if other.size > one.size => Some(other),
        (one, other) => one.or(other),
    }
}

#[derive(Default)]
struct Module {
    imported: u32,
    read: u32,
    /// Index and size.
    largest: Option<(u32, u64)>,
    name: Option<String>,
}

impl Module {
    fn read(&mut self, payload: Payload<'_>) {
        match payload {
            Payload::ImportSection(section) => {
                let functions = section.into_imports().flatten();
                self.imported += functions
                    .filter(|import| matches!(import.ty, TypeRef::Func(_) | TypeRef::FuncExact(_)))
                    .count() as u32;
            }
            Payload::CodeSectionEntry(body) => {
                let (index, size) = (self.imported + self.read, body.range().len() as u64);
                self.read += 1;
                if self.largest.is_none_or(|(_, before)| size > before) {
                    self.largest = Some((index, size));
                }
            }
            // Names come after the code, so the largest function is known by now.
            Payload::CustomSection(section) => {
                if let KnownCustom::Name(names) = section.as_known() {
                    self.name = self.largest.and_then(|(index, _)| name_of(names, index));
                }
            }
            _ => {}
        }
    }

    fn largest(self) -> Option<LargestFunction> {
        let (index, size) = self.largest?;
        Some(LargestFunction { name: self.name.unwrap_or_else(|| format!("function {index}")), size })
    }
}

fn name_of(names: NameSectionReader<'_>, wanted: u32) -> Option<String> {
    for name in names.flatten() {
        let Name::Function(functions) = name else { continue };
        let found = functions.into_iter().flatten().find(|naming| naming.index == wanted)?;
        let name = format!("{:#}", rustc_demangle::demangle(found.name));
        let shown: String = name.chars().filter(|letter| !letter.is_control()).take(LONGEST_NAME).collect();
        return Some(shown);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A module with functions of these sizes, in nops; the second one is named.
    fn module(sizes: &[usize]) -> Vec<u8> {
        let mut code = vec![sizes.len() as u8];
        for size in sizes {
            leb(&mut code, size + 2);
            code.push(0);
            code.extend(vec![0x01; *size]);
            code.push(0x0b);
        }
        let mut module = b"\0asm\x01\0\0\0".to_vec();
        section(&mut module, 1, &[1, 0x60, 0, 0]);
        let mut functions = vec![sizes.len() as u8];
        functions.extend(vec![0; sizes.len()]);
        section(&mut module, 3, &functions);
        section(&mut module, 10, &code);
        section(&mut module, 0, b"\x04name\x01\x08\x01\x01\x05heavy");
        module
    }

    fn section(module: &mut Vec<u8>, id: u8, content: &[u8]) {
        module.push(id);
        leb(module, content.len());
        module.extend(content);
    }

    fn leb(bytes: &mut Vec<u8>, mut value: usize) {
        while value >= 128 {
            bytes.push(value as u8 | 0x80);
            value >>= 7;
        }
        bytes.push(value as u8);
    }

    #[test]
    fn the_largest_function_is_found_and_named() {
        let largest = LargestFunction::of(&module(&[3, 4_000, 10])).unwrap();
        assert_eq!(largest, LargestFunction { name: "heavy".into(), size: 4_002 });
        assert_eq!(
            LargestFunction::clause(Some(&largest)),
            "; its largest function is `heavy`, 3.9 KiB of WebAssembly"
        );
        let unnamed = LargestFunction::of(&module(&[300, 4, 10])).unwrap();
        assert_eq!(unnamed.name, "function 0");
    }

    #[test]
    fn what_cannot_be_read_has_none() {
        assert_eq!(LargestFunction::of(b"no"), None);
        assert_eq!(LargestFunction::of(b"\0asm\x0d\0\x01\0"), None);
        let whole = module(&[300, 4]);
        assert!(LargestFunction::of(&whole[..whole.len() / 2]).is_none());
    }
}
