//! The modules of one crate as its source states them: which file each is, what it re-exports, and which paths it names.
//!
//! Tests are left out, with everything behind `#[cfg(test)]`. Macro bodies are not looked into.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use syn::visit::{self, Visit};
use syn::{Attribute, Item, UseTree};

/// A path of names, from the crate's root: `["server", "planner", "Plan"]`.
pub(crate) type Names = Vec<String>;

/// One module.
#[derive(Debug)]
pub(crate) struct Module {
    /// The file that it stands in.
    pub(crate) file: PathBuf,
    /// Items of `mod.rs` that are neither declarations of modules nor re-exports.
    pub(crate) own_items: usize,
    exports: BTreeMap<String, Names>,
    named: BTreeSet<Names>,
}

/// All modules of a crate, by their path.
#[derive(Debug, Default)]
pub(crate) struct Modules(BTreeMap<Names, Module>);

impl Modules {
    /// Reads a crate from its root file, such as `src/lib.rs`.
    pub(crate) fn read(root: &Path) -> Self {
        let mut modules = Self::default();
        modules.read_file(root, root.parent().unwrap(), Vec::new());
        modules
    }

    fn read_file(&mut self, file: &Path, children: &Path, path: Names) {
        let source =
            std::fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let parsed = syn::parse_file(&source).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let mut module =
            Module { file: file.to_owned(), own_items: 0, exports: BTreeMap::new(), named: BTreeSet::new() };
        let items: Vec<&Item> = parsed.items.iter().filter(|item| !is_test(attributes(item))).collect();
        let mut paths = Paths { at: path.clone(), first: first_names(&items, &path), named: BTreeSet::new() };
        for item in items {
            match item {
                Item::Mod(inner) if inner.content.is_none() => {
                    let name = inner.ident.to_string();
                    let (below, folder) = file_of(children, &name, &inner.attrs);
                    let mut path = path.clone();
                    path.push(name);
                    self.read_file(&below, &folder, path);
                }
                Item::Use(item) => {
                    let is_export = !matches!(item.vis, syn::Visibility::Inherited);
                    for (name, target) in uses(&item.tree, &path) {
                        if is_export {
                            module.exports.insert(name, target);
                        } else {
                            module.named.insert(target);
                        }
                    }
                }
                other => {
                    module.own_items += 1;
                    paths.visit_item(other);
                }
            }
        }
        module.named.extend(paths.named);
        self.0.insert(path, module);
    }

    /// The module at a path that one of the other methods returned.
    pub(crate) fn get(&self, path: &Names) -> &Module {
        &self.0[path]
    }

    /// Every module with its path.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&Names, &Module)> {
        self.0.iter()
    }

    /// The modules that a module's paths lead to, re-exports followed to where the item stands.
    pub(crate) fn targets(&self, module: &Module) -> BTreeSet<&Names> {
        module.named.iter().filter_map(|named| self.resolve(named, 0)).collect()
    }

    fn resolve<'a>(&'a self, named: &[String], depth: u8) -> Option<&'a Names> {
        let length = (0..=named.len()).rev().find(|length| self.0.contains_key(&named[..*length]))?;
        let (path, module) = self.0.get_key_value(&named[..length])?;
        match named.get(length).and_then(|name| module.exports.get(name)) {
            Some(export) if depth < 8 => {
                let rest = named.get(length + 1..).unwrap_or_default();
                self.resolve(&[export.as_slice(), rest].concat(), depth + 1)
            }
            _ => Some(path),
        }
    }
}

fn file_of(children: &Path, name: &str, attributes: &[Attribute]) -> (PathBuf, PathBuf) {
    let folder = children.join(name);
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("path")) {
        if let syn::Meta::NameValue(pair) = &attribute.meta
            && let syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) = &pair.value
        {
            return (children.join(text.value()), folder);
        }
    }
    let flat = children.join(format!("{name}.rs"));
    if flat.is_file() { (flat, folder) } else { (folder.join("mod.rs"), folder) }
}

fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Mod(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        _ => &[],
    }
}

fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && attribute.parse_args::<syn::Path>().is_ok_and(|condition| condition.is_ident("test"))
    })
}

/// Names that a `use` brings in, each with the path from the crate's root; other crates' are left out.
fn uses(tree: &UseTree, at: &[String]) -> Vec<(String, Names)> {
    let mut found = Vec::new();
    collect(tree, Vec::new(), &mut found);
    found.into_iter().filter_map(|(name, path)| Some((name, absolute(&path, at)?))).collect()
}

fn collect(tree: &UseTree, mut before: Names, found: &mut Vec<(String, Names)>) {
    match tree {
        UseTree::Path(path) => {
            before.push(path.ident.to_string());
            collect(&path.tree, before, found);
        }
        UseTree::Name(name) if name.ident == "self" => {
            let last = before.last().cloned().unwrap_or_default();
            found.push((last, before));
        }
        UseTree::Name(name) => {
            before.push(name.ident.to_string());
            found.push((name.ident.to_string(), before));
        }
        UseTree::Rename(rename) => {
            before.push(rename.ident.to_string());
            found.push((rename.rename.to_string(), before));
        }
        UseTree::Glob(_) => found.push(("*".to_owned(), before)),
        UseTree::Group(group) => group.items.iter().for_each(|tree| collect(tree, before.clone(), found)),
    }
}

/// From the crate's root; a path that begins with another name is one of a module below, or another crate's.
fn absolute(path: &[String], at: &[String]) -> Option<Names> {
    let mut base = at.to_vec();
    let mut rest = path;
    match path.first()?.as_str() {
        "crate" => {
            base.clear();
            rest = &path[1..];
        }
        "self" => rest = &path[1..],
        "super" => {
            while let [first, others @ ..] = rest
                && first == "super"
            {
                base.pop();
                rest = others;
            }
        }
        _ => {}
    }
    base.extend(rest.iter().cloned());
    Some(base)
}

/// The names of a file by which a path may begin, each with the path that it stands for: imports and modules below.
fn first_names(items: &[&Item], at: &[String]) -> BTreeMap<String, Names> {
    let mut first = BTreeMap::new();
    for item in items {
        match item {
            Item::Use(item) => first.extend(uses(&item.tree, at)),
            Item::Mod(item) if item.content.is_none() => {
                let name = item.ident.to_string();
                first.insert(name.clone(), [at, &[name]].concat());
            }
            _ => {}
        }
    }
    first
}

/// Paths in expressions, types and patterns that begin with `crate`, `self` or `super`, or with one of the [`first_names`].
struct Paths {
    at: Names,
    first: BTreeMap<String, Names>,
    named: BTreeSet<Names>,
}

impl<'ast> Visit<'ast> for Paths {
    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        if !is_test(&item.attrs) {
            visit::visit_item_mod(self, item);
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let names: Names = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        if let [first, rest @ ..] = names.as_slice()
            && !rest.is_empty()
        {
            if matches!(first.as_str(), "crate" | "super" | "self") {
                self.named.extend(absolute(&names, &self.at));
            } else if let Some(stands_for) = self.first.get(first) {
                self.named.insert([stands_for, rest].concat());
            }
        }
        visit::visit_path(self, path);
    }
}
