//! The modules of a crate: which file each lies in, and which names it defines or imports.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use proc_macro2::Span;
use syn::visit::{self, Visit};
use syn::{Attribute, Item, ItemMod, ItemUse, UseName, UseRename, UseTree, Visibility};

/// Text of source files, by path from the workspace's root.
pub(crate) type Files = BTreeMap<String, String>;

/// What a name in a module stands for.
pub(crate) enum Name {
    Module(usize),
    Item,
    Import(Vec<String>),
}

/// A path that the code of a module contains, in a `use` or elsewhere.
pub(crate) struct Mention {
    pub(crate) path: Vec<String>,
    pub(crate) line: usize,
}

#[derive(Default)]
pub(crate) struct Module {
    pub(crate) file: String,
    pub(crate) parent: Option<usize>,
    pub(crate) names: BTreeMap<String, Vec<Name>>,
    pub(crate) globs: Vec<Vec<String>>,
    pub(crate) mentions: Vec<Mention>,
}

/// The modules of one compilation target; the first is its root.
pub(crate) struct Tree {
    pub(crate) modules: Vec<Module>,
}

impl Tree {
    /// Follows the `mod` lines from `root`, except those of tests.
    pub(crate) fn load(files: &Files, root: &str) -> Self {
        let mut tree = Self { modules: Vec::new() };
        let folder = Path::new(root).parent().unwrap_or(Path::new("")).to_owned();
        tree.add_file(files, root, &folder, None);
        tree
    }

    /// `folder` is where the files of child modules lie.
    fn add_file(
        &mut self,
        files: &Files,
        file: &str,
        folder: &Path,
        parent: Option<usize>,
    ) -> usize {
        let text = files.get(file).unwrap_or_else(|| panic!("{file} does not exist"));
        let parsed = syn::parse_file(text).unwrap_or_else(|error| panic!("{file}: {error}"));
        self.add_module(files, file, folder, parent, &parsed.items)
    }

    fn add_module(
        &mut self,
        files: &Files,
        file: &str,
        folder: &Path,
        parent: Option<usize>,
        items: &[Item],
    ) -> usize {
        let this = self.modules.len();
        self.modules.push(Module { file: file.to_owned(), parent, ..Module::default() });
        for item in items.iter().filter(|item| !is_test(attributes(item))) {
            match item {
                Item::Mod(module) => {
                    let child = match &module.content {
                        Some((_, items)) => {
                            let inner = folder.join(module.ident.to_string());
                            self.add_module(files, file, &inner, Some(this), items)
                        }
                        None => self.add_child(files, file, folder, this, module),
                    };
                    self.modules[this].define(&module.ident.to_string(), Name::Module(child));
                }
                Item::Use(item) => self.modules[this].import(item),
                other => {
                    if let Some(name) = defined(other) {
                        self.modules[this].define(&name, Name::Item);
                    }
                    Mentions(&mut self.modules[this]).visit_item(other);
                }
            }
        }
        this
    }

    fn add_child(
        &mut self,
        files: &Files,
        file: &str,
        folder: &Path,
        parent: usize,
        module: &ItemMod,
    ) -> usize {
        let name = module.ident.to_string();
        if let Some(path) = path_attribute(&module.attrs) {
            let beside = Path::new(file).parent().unwrap_or(Path::new(""));
            let file = normal(&beside.join(path));
            let folder = Path::new(&file).parent().unwrap_or(Path::new("")).to_owned();
            return self.add_file(files, &file, &folder, Some(parent));
        }
        let inner = folder.join(&name);
        let nested = normal(&inner.join("mod.rs"));
        let file =
            if files.contains_key(&nested) { nested } else { normal(&inner.with_extension("rs")) };
        self.add_file(files, &file, &inner, Some(parent))
    }
}

impl Module {
    fn define(&mut self, name: &str, what: Name) {
        self.names.entry(name.to_owned()).or_default().push(what);
    }

    /// Records each leaf of a `use`. A re-export is a name of this module and no import of its own.
    fn import(&mut self, item: &ItemUse) {
        if item.leading_colon.is_some() {
            return;
        }
        let reexport = !matches!(item.vis, Visibility::Inherited);
        let mut leaves = Vec::new();
        flatten(&item.tree, &mut Vec::new(), &mut leaves);
        for Leaf { path, name, line } in leaves {
            match name {
                Some(name) => self.define(&name, Name::Import(path.clone())),
                None => self.globs.push(path.clone()),
            }
            if !reexport {
                self.mentions.push(Mention { path, line });
            }
        }
    }
}

struct Leaf {
    path: Vec<String>,
    /// Under which name; a glob has none.
    name: Option<String>,
    line: usize,
}

fn flatten(tree: &UseTree, path: &mut Vec<String>, leaves: &mut Vec<Leaf>) {
    let mut leaf = |span: Span, last: Option<String>, name: Option<String>| {
        // `a::{self}` is `a`.
        let (last, name) = match last {
            Some(last) if last == "self" && !path.is_empty() => {
                (None, name.filter(|name| name != "self").or(path.last().cloned()))
            }
            last => (last, name),
        };
        let path = path.iter().cloned().chain(last).collect();
        leaves.push(Leaf { path, name, line: span.start().line });
    };
    match tree {
        UseTree::Name(UseName { ident }) => {
            leaf(ident.span(), Some(ident.to_string()), Some(ident.to_string()));
        }
        UseTree::Rename(UseRename { ident, rename, .. }) => {
            leaf(ident.span(), Some(ident.to_string()), Some(rename.to_string()));
        }
        UseTree::Glob(glob) => leaf(glob.star_token.spans[0], None, None),
        UseTree::Path(step) => {
            path.push(step.ident.to_string());
            flatten(&step.tree, path, leaves);
            path.pop();
        }
        UseTree::Group(group) => group.items.iter().for_each(|item| flatten(item, path, leaves)),
    }
}

/// Collects the paths in the code of a module: those that a `use` could have shortened.
struct Mentions<'m>(&'m mut Module);

impl<'ast> Visit<'ast> for Mentions<'_> {
    fn visit_item(&mut self, item: &'ast Item) {
        if !is_test(attributes(item)) {
            visit::visit_item(self, item);
        }
    }

    fn visit_impl_item_fn(&mut self, function: &'ast syn::ImplItemFn) {
        if !is_test(&function.attrs) {
            visit::visit_impl_item_fn(self, function);
        }
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        let mut leaves = Vec::new();
        flatten(&item.tree, &mut Vec::new(), &mut leaves);
        let mentions = leaves.into_iter().map(|leaf| Mention { path: leaf.path, line: leaf.line });
        self.0.mentions.extend(mentions);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let names: Vec<String> = path.segments.iter().map(|step| step.ident.to_string()).collect();
        // One name in lower case may be a variable. One in upper case may be a re-export of this file.
        let may_be_local = names.len() == 1 && !names[0].starts_with(char::is_uppercase);
        let line = path.segments[0].ident.span().start().line;
        if path.leading_colon.is_none() && !may_be_local {
            self.0.mentions.push(Mention { path: names, line });
        }
        visit::visit_path(self, path);
    }

    fn visit_attribute(&mut self, _: &'ast Attribute) {}
}

/// Whether an item exists in tests only.
fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let path = attribute.path();
        let syn::Meta::List(list) = &attribute.meta else { return path.is_ident("test") };
        let condition = list.tokens.to_string();
        path.is_ident("cfg")
            && (condition == "test"
                || (condition.starts_with("all")
                    && condition.split(|c: char| !c.is_alphanumeric()).any(|word| word == "test")))
    })
}

fn path_attribute(attributes: &[Attribute]) -> Option<String> {
    attributes.iter().find_map(|attribute| match &attribute.meta {
        syn::Meta::NameValue(pair) if pair.path.is_ident("path") => match &pair.value {
            syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(path), .. }) => Some(path.value()),
            _ => None,
        },
        _ => None,
    })
}

fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::ExternCrate(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::ForeignMod(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::TraitAlias(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Union(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

fn defined(item: &Item) -> Option<String> {
    Some(match item {
        Item::Const(item) => item.ident.to_string(),
        Item::Enum(item) => item.ident.to_string(),
        Item::Fn(item) => item.sig.ident.to_string(),
        Item::Macro(item) => item.ident.as_ref()?.to_string(),
        Item::Static(item) => item.ident.to_string(),
        Item::Struct(item) => item.ident.to_string(),
        Item::Trait(item) => item.ident.to_string(),
        Item::TraitAlias(item) => item.ident.to_string(),
        Item::Type(item) => item.ident.to_string(),
        Item::Union(item) => item.ident.to_string(),
        _ => return None,
    })
}

/// A path with `/` between its parts and no `..`.
fn normal(path: &Path) -> String {
    let mut parts = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => drop(parts.pop()),
            Component::CurDir => {}
            part => parts.push(part),
        }
    }
    parts.to_str().expect("paths are UTF-8").replace('\\', "/")
}
