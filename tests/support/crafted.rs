//! Components that no honest compiler would make.

use wasm_encoder::{
    BlockType, CodeSection, ComponentBuilder, ComponentExportKind, ComponentTypeRef, CustomSection,
    Encode as _, Function, FunctionSection, InstanceType, Instruction, Module, NameMap, NameSection,
    Section as _, TypeSection, ValType,
};

/// A core module with nothing in it.
pub fn core_module() -> Vec<u8> {
    Module::new().finish()
}

/// A component with nothing in it.
pub fn no_journey() -> Vec<u8> {
    ComponentBuilder::default().finish()
}

/// An honest component, as it would be had it been built against another version of the interface.
///
/// The version is part of names only, so a version as long as ours changes no byte beside it.
pub fn of_version(component: &[u8], version: &str) -> Vec<u8> {
    const OURS: &[u8] = b"@0.2.0";
    let theirs = format!("@{version}").into_bytes();
    assert_eq!(theirs.len(), OURS.len(), "a version as long as ours");
    let mut edited = component.to_vec();
    let found: Vec<usize> =
        (0..edited.len() - OURS.len()).filter(|at| edited[*at..].starts_with(OURS)).collect();
    assert!(!found.is_empty(), "names with our version");
    for at in found {
        edited[at..at + theirs.len()].copy_from_slice(&theirs);
    }
    edited
}

/// A component that asks for an interface by this name.
pub fn importing(interface: &str) -> Vec<u8> {
    let mut component = ComponentBuilder::default();
    let nothing = component.type_instance(None, &InstanceType::new());
    component.import(interface, ComponentTypeRef::Instance(nothing));
    with_guest(component)
}

/// A component whose `guest` has nothing in it.
pub fn hollow_guest() -> Vec<u8> {
    with_guest(ComponentBuilder::default())
}

/// Adds an export by the right name with nothing in it: enough for the names to be in order.
fn with_guest(mut component: ComponentBuilder) -> Vec<u8> {
    let nothing: [(&str, ComponentExportKind, u32); 0] = [];
    let guest = component.instantiate_exports(None, nothing);
    component.export("wayfarer:journey/guest@0.2.0", ComponentExportKind::Instance, guest, None);
    component.finish()
}

/// A component of some hundred kilobytes that asks the compiler for tens of gigabytes: jump tables of
/// thousands of distinct targets, a thousand values carried to each.
pub fn compile_bomb() -> Vec<u8> {
    const VALUES: u32 = 1_000;
    const TARGETS: u32 = 7_000;
    const FUNCTIONS: u32 = 20;

    let mut types = TypeSection::new();
    types.ty().function([ValType::I32], []);
    types.ty().function([], vec![ValType::I32; VALUES as usize]);
    let (mut functions, mut code) = (FunctionSection::new(), CodeSection::new());
    for _ in 0..FUNCTIONS {
        functions.function(0);
        let mut body = Function::new([]);
        let mut repeat = |instruction: Instruction<'_>, times: u32| {
            for _ in 0..times {
                body.instruction(&instruction);
            }
        };
        repeat(Instruction::Block(BlockType::FunctionType(1)), TARGETS);
        repeat(Instruction::LocalGet(0), VALUES + 1);
        repeat(Instruction::BrTable((0..TARGETS).collect(), 0), 1);
        repeat(Instruction::End, TARGETS);
        repeat(Instruction::Drop, VALUES);
        repeat(Instruction::End, 1);
        code.function(&body);
    }
    let mut module = Module::new();
    module.section(&types).section(&functions).section(&code);

    let mut component = ComponentBuilder::default();
    component.core_module(None, &module);
    with_guest(component)
}

/// A component that takes the compiler minutes of processor time, one function after the other. The largest is named.
pub fn slow_to_compile() -> Vec<u8> {
    const FUNCTIONS: u32 = 400;
    const TARGETS: u32 = 700;
    const VALUES: u32 = 60;

    let mut types = TypeSection::new();
    types.ty().function([ValType::I32], []);
    types.ty().function([], vec![ValType::I32; VALUES as usize]);
    let (mut functions, mut code) = (FunctionSection::new(), CodeSection::new());
    for function in 0..FUNCTIONS {
        functions.function(0);
        let mut body = Function::new([]);
        let mut repeat = |instruction: Instruction<'_>, times: u32| {
            for _ in 0..times {
                body.instruction(&instruction);
            }
        };
        let targets = TARGETS + u32::from(function == 7);
        repeat(Instruction::Block(BlockType::FunctionType(1)), targets);
        repeat(Instruction::LocalGet(0), VALUES + 1);
        repeat(Instruction::BrTable((0..targets).collect(), 0), 1);
        repeat(Instruction::End, targets);
        repeat(Instruction::Drop, VALUES);
        repeat(Instruction::End, 1);
        code.function(&body);
    }
    let mut names = NameSection::new();
    let mut map = NameMap::new();
    map.append(7, "shop::heaviest");
    names.functions(&map);
    let mut module = Module::new();
    module.section(&types).section(&functions).section(&code).section(&names);

    let mut component = ComponentBuilder::default();
    component.core_module(None, &module);
    with_guest(component)
}

/// The same component under another digest: it has a section more, which says nothing.
pub fn variant(component: &[u8], number: u32) -> Vec<u8> {
    let mut bytes = component.to_vec();
    let data = number.to_le_bytes();
    let section = CustomSection { name: "variant".into(), data: data.as_slice().into() };
    bytes.push(section.id());
    section.encode(&mut bytes);
    bytes
}
