//! The bytes of a component: its names, before anything is compiled, and its largest function.

use wasm_encoder::{
    CodeSection, ComponentBuilder, ComponentExportKind, ComponentTypeRef, Function, FunctionSection,
    InstanceType, Instruction, Module, NameMap, NameSection, TypeSection,
};
use wayfarer_sandbox::fuzz::{largest_function, names};

use crate::Target;

/// Any bytes; most begin as WebAssembly does.
pub(crate) const COMPONENT: Target = Target {
    name: "component",
    run: component,
    seeds: || {
        vec![
            b"\0asm\x01\0\0\0".to_vec(),
            b"\0asm\x0d\0\x01\0".to_vec(),
            b"\0asm\x0d\0\x01\0\x0b\xff\x01".to_vec(),
            module().finish(),
            whole("wasi:http/outgoing-handler@0.2.4"),
            whole("evil:corp/\u{202e}steal@0.1.0"),
            whole("wayfarer:journey/http@0.9.0"),
        ]
    },
    is_slow: false,
};

fn component(data: &[u8]) {
    let behind_a_head = [b"\0asm\x0d\0\x01\0".as_slice(), data].concat();
    for wasm in [data, &behind_a_head] {
        match names(wasm) {
            Ok((imports, exports)) => {
                assert!(exports.iter().any(|name| name.starts_with("wayfarer:journey/guest")), "{exports:?}");
                let foreign =
                    |name: &&String| !name.starts_with("wayfarer:journey/") && !name.starts_with("wasi:");
                assert_eq!(imports.iter().find(foreign), None, "refused by name");
            }
            Err(error) => assert!(error.to_string().len() < 6_000, "{} bytes", error.to_string().len()),
        }
        if let Some(largest) = largest_function(wasm) {
            assert!(largest.size <= wasm.len() as u64, "{largest:?}");
            assert!(
                largest.name.chars().count() <= 120 && !largest.name.contains(char::is_control),
                "{largest:?}"
            );
        }
    }
}

fn module() -> Module {
    let mut types = TypeSection::new();
    types.ty().function([], []);
    let (mut functions, mut code) = (FunctionSection::new(), CodeSection::new());
    for length in [1, 9] {
        functions.function(0);
        let mut body = Function::new([]);
        for _ in 0..length {
            body.instruction(&Instruction::Nop);
        }
        body.instruction(&Instruction::End);
        code.function(&body);
    }
    let (mut names, mut map) = (NameSection::new(), NameMap::new());
    map.append(1, "_ZN4shop8heaviest17h0123456789abcdefE");
    names.functions(&map);
    let mut module = Module::new();
    module.section(&types).section(&functions).section(&code).section(&names);
    module
}

fn whole(import: &str) -> Vec<u8> {
    let mut component = ComponentBuilder::default();
    let nothing = component.type_instance(None, &InstanceType::new());
    component.import(import, ComponentTypeRef::Instance(nothing));
    component.core_module(None, &module());
    let none: [(&str, ComponentExportKind, u32); 0] = [];
    let guest = component.instantiate_exports(None, none);
    component.export("wayfarer:journey/guest@0.2.0", ComponentExportKind::Instance, guest, None);
    component.finish()
}
