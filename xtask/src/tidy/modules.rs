//! The modules of a crate, what each declares and what its paths name, read from its sources without a compiler.
//!
//! A source is taken apart into tokens, not parsed: paths inside macros count too. Code behind `#[cfg(test)]` is left out: a
//! test may look at everything.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

use crate::workspace::Workspace;

/// A module's number; 0 is the crate's root.
pub(super) type Id = usize;

#[derive(Debug, Default)]
pub(super) struct Module {
    /// The names on the way to it, without the root: `network::layer` has two.
    pub(super) path: Vec<String>,
    pub(super) file: String,
    pub(super) parent: Option<Id>,
    children: BTreeMap<String, Id>,
    /// What it brings into scope, by the name it has here.
    aliases: BTreeMap<String, Vec<String>>,
    /// What it brings everything of into scope.
    globs: Vec<Vec<String>>,
    /// What it defines itself.
    items: BTreeSet<String>,
    /// The paths that it names, each with its line.
    paths: Vec<(Vec<String>, usize)>,
}

/// A module names something of another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Import {
    pub(super) from: Id,
    pub(super) to: Id,
    pub(super) line: usize,
}

#[derive(Debug, Default)]
pub(super) struct Modules {
    modules: Vec<Module>,
}

/// The words before the name of an item.
const ITEMS: &[&str] = &["const", "enum", "fn", "macro_rules", "static", "struct", "trait", "type", "union"];

/// How far names that stand for other names are followed.
const DEPTH: usize = 16;

impl Modules {
    /// The modules below the source that is a crate's root; files that are not Rust hold none.
    pub(super) fn of(workspace: &Workspace, root: &str) -> Self {
        let mut modules = Self::default();
        let folder = root.rsplit_once('/').map_or("", |(folder, _)| folder);
        modules.read_file(workspace, None, Vec::new(), root, folder);
        modules
    }

    pub(super) fn get(&self, id: Id) -> &Module {
        &self.modules[id]
    }

    /// Every import of one module from another.
    pub(super) fn imports(&self) -> Vec<Import> {
        let mut imports = Vec::new();
        for (from, module) in self.modules.iter().enumerate() {
            for (path, line) in &module.paths {
                let to = self.resolve(from, path, DEPTH);
                imports.extend(to.filter(|to| *to != from).map(|to| Import { from, to, line: *line }));
            }
        }
        imports
    }

    /// The modules from the root to this one.
    pub(super) fn way(&self, id: Id) -> Vec<Id> {
        let mut way: Vec<Id> = std::iter::successors(Some(id), |id| self.modules[*id].parent).collect();
        way.reverse();
        way
    }

    /// The module that holds what a path names, seen from a module; `None` for what is of another crate.
    fn resolve(&self, from: Id, path: &[String], depth: usize) -> Option<Id> {
        let depth = depth.checked_sub(1)?;
        let (first, rest) = path.split_first()?;
        let module = &self.modules[from];
        match first.as_str() {
            "crate" => self.descend(0, rest, depth),
            "self" => self.descend(from, rest, depth),
            "super" => {
                let parent = module.parent?;
                match rest.first().map(String::as_str) {
                    Some("super") => self.resolve(parent, rest, depth),
                    _ => self.descend(parent, rest, depth),
                }
            }
            name if module.children.contains_key(name) => self.descend(from, path, depth),
            // A crate of the same name is meant where a module imports `a` from `a`.
            name => match module.aliases.get(name) {
                Some(target) if target.first().is_some_and(|start| start != name) => self.descend(from, path, depth),
                _ => None,
            },
        }
    }

    /// The module that holds `path`, whose first name is looked up in `module`.
    fn descend(&self, module: Id, path: &[String], depth: usize) -> Option<Id> {
        let depth = depth.checked_sub(1)?;
        let Some((name, rest)) = path.split_first() else { return Some(module) };
        let here = &self.modules[module];
        if let Some(child) = here.children.get(name) {
            return self.descend(*child, rest, depth);
        }
        if here.items.contains(name) {
            return Some(module);
        }
        if let Some(target) = here.aliases.get(name) {
            // A name that another crate gave is this module's from here on.
            let whole: Vec<String> = target.iter().chain(rest).cloned().collect();
            return self.resolve(module, &whole, depth).or(Some(module));
        }
        let through_glob = |glob: &Vec<String>| {
            let target = self.resolve(module, glob, depth).filter(|target| *target != module)?;
            self.holds(target, name).then(|| self.descend(target, path, depth)).flatten()
        };
        here.globs.iter().find_map(through_glob).or(Some(module))
    }

    fn holds(&self, module: Id, name: &str) -> bool {
        let module = &self.modules[module];
        module.items.contains(name) || module.children.contains_key(name) || module.aliases.contains_key(name)
    }

    /// Reads the module in a file; the files of its children lie in `folder`.
    fn read_file(
        &mut self,
        workspace: &Workspace,
        parent: Option<Id>,
        path: Vec<String>,
        file: &str,
        folder: &str,
    ) -> Id {
        let text = workspace.text(file).unwrap_or_default();
        // What the compiler would refuse is its business.
        let tokens: TokenStream = text.parse().unwrap_or_default();
        self.read(workspace, parent, path, file, folder, tokens)
    }

    fn read(
        &mut self,
        workspace: &Workspace,
        parent: Option<Id>,
        path: Vec<String>,
        file: &str,
        folder: &str,
        tokens: TokenStream,
    ) -> Id {
        let id = self.modules.len();
        self.modules.push(Module { path: path.clone(), file: file.to_owned(), parent, ..Module::default() });
        let mut found = ModuleContents::default();
        found.walk(tokens);
        let ModuleContents { aliases, globs, items, paths, declared } = found;
        for (name, declaration) in declared {
            let path: Vec<String> = path.iter().chain([&name]).cloned().collect();
            let below = format!("{folder}/{name}");
            let child = match declaration {
                Declaration::Inline(tokens) => self.read(workspace, Some(id), path, file, &below, tokens),
                Declaration::File => {
                    let beside = format!("{below}.rs");
                    let inside = format!("{below}/mod.rs");
                    let file = if workspace.has(&beside) { beside } else { inside };
                    self.read_file(workspace, Some(id), path, &file, &below)
                }
            };
            self.modules[id].children.insert(name, child);
        }
        let module = &mut self.modules[id];
        (module.aliases, module.globs, module.items, module.paths) = (aliases, globs, items, paths);
        id
    }
}

/// How a module is declared.
enum Declaration {
    File,
    Inline(TokenStream),
}

/// The items, imports and paths of one module.
#[derive(Default)]
struct ModuleContents {
    aliases: BTreeMap<String, Vec<String>>,
    globs: Vec<Vec<String>>,
    items: BTreeSet<String>,
    paths: Vec<(Vec<String>, usize)>,
    declared: Vec<(String, Declaration)>,
}

impl ModuleContents {
    fn walk(&mut self, tokens: TokenStream) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut at = 0;
        while at < tokens.len() {
            if let Some(group) = attribute(&tokens[at..]) {
                at += 2;
                if is_for_tests(group) {
                    at += item_length(&tokens[at..]);
                }
                continue;
            }
            at += match &tokens[at] {
                TokenTree::Group(group) => {
                    self.walk(group.stream());
                    1
                }
                TokenTree::Ident(word) => self.word(&word.to_string(), &tokens[at..]),
                TokenTree::Punct(_) | TokenTree::Literal(_) => 1,
            };
        }
    }

    /// Takes in what begins with a word, and returns how many tokens that are.
    fn word(&mut self, word: &str, tokens: &[TokenTree]) -> usize {
        match (word, tokens.get(1), tokens.get(2)) {
            ("mod", Some(TokenTree::Ident(name)), Some(TokenTree::Punct(end))) if end.as_char() == ';' => {
                self.declared.push((name.to_string(), Declaration::File));
                3
            }
            ("mod", Some(TokenTree::Ident(name)), Some(TokenTree::Group(body))) => {
                self.declared.push((name.to_string(), Declaration::Inline(body.stream())));
                3
            }
            ("use", ..) => {
                let length = item_length(tokens);
                self.import(&mut Vec::new(), &tokens[1..length]);
                length
            }
            ("macro_rules", Some(TokenTree::Punct(_)), Some(TokenTree::Ident(name))) => {
                self.items.insert(name.to_string());
                3
            }
            (word, Some(TokenTree::Ident(name)), _) if ITEMS.contains(&word) => {
                // `const fn` and the like: the name comes later.
                if ITEMS.contains(&name.to_string().as_str()) {
                    return 1;
                }
                self.items.insert(name.to_string());
                2
            }
            ("crate" | "self" | "super", ..) => {
                let (path, length) = path(tokens);
                if path.len() > 1 {
                    self.paths.push((path, tokens[0].span().start().line));
                }
                length
            }
            // The rest of another path: `ganymede_core::self` is none, nor is `std::crate`.
            _ => path(tokens).1,
        }
    }

    /// Takes in a tree of imports below a path.
    fn import(&mut self, above: &mut Vec<String>, tokens: &[TokenTree]) {
        let (length, line) = (above.len(), tokens.first().map_or(0, |token| token.span().start().line));
        let mut rest = tokens;
        loop {
            match rest {
                [TokenTree::Group(group), ..] if group.delimiter() == Delimiter::Brace => {
                    let inside: Vec<TokenTree> = group.stream().into_iter().collect();
                    for branch in inside.split(|token| matches!(token, TokenTree::Punct(mark) if mark.as_char() == ','))
                    {
                        self.import(above, branch);
                    }
                    break;
                }
                [TokenTree::Punct(star), ..] if star.as_char() == '*' => {
                    self.paths.push((above.clone(), line));
                    self.globs.push(above.clone());
                    break;
                }
                [TokenTree::Punct(_), after @ ..] => rest = after,
                [TokenTree::Ident(name), after @ ..] => {
                    above.push(name.to_string());
                    if after.iter().take(2).filter(|token| is_colon(token)).count() == 2 {
                        rest = &after[2..];
                        continue;
                    }
                    let renamed = match after {
                        [TokenTree::Ident(word), TokenTree::Ident(own), ..] if word == "as" => Some(own.to_string()),
                        _ => None,
                    };
                    // `a::b::{self}` is `a::b`.
                    if above.len() > 1 && above.last().is_some_and(|last| last == "self") {
                        above.pop();
                    }
                    if let Some(own) = renamed.or_else(|| above.last().cloned()) {
                        self.aliases.insert(own, above.clone());
                    }
                    self.paths.push((above.clone(), line));
                    break;
                }
                _ => break,
            }
        }
        above.truncate(length);
    }
}

/// The brackets of an attribute that begins here.
fn attribute(tokens: &[TokenTree]) -> Option<&Group> {
    match tokens {
        [TokenTree::Punct(mark), TokenTree::Group(group), ..]
            if mark.as_char() == '#' && group.delimiter() == Delimiter::Bracket =>
        {
            Some(group)
        }
        _ => None,
    }
}

/// Whether an attribute leaves its item out of all but tests.
fn is_for_tests(attribute: &Group) -> bool {
    let text = attribute.stream().to_string();
    let words: Vec<&str> = text.split(|letter: char| !letter.is_alphanumeric()).collect();
    words.first() == Some(&"cfg") && words.contains(&"test") && !words.contains(&"not")
}

/// The tokens of the item that begins here, further attributes included: up to its body or its semicolon.
fn item_length(tokens: &[TokenTree]) -> usize {
    let mut at = 0;
    let is_import = matches!(tokens.first(), Some(TokenTree::Ident(word)) if word == "use");
    while at < tokens.len() {
        if attribute(&tokens[at..]).is_some() {
            at += 2;
            continue;
        }
        at += 1;
        match &tokens[at - 1] {
            TokenTree::Punct(mark) if mark.as_char() == ';' => break,
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace && !is_import => break,
            _ => {}
        }
    }
    at
}

/// The names of the path that begins here, and the tokens that it takes.
fn path(tokens: &[TokenTree]) -> (Vec<String>, usize) {
    let mut names = Vec::new();
    let mut at = 0;
    while let Some(TokenTree::Ident(name)) = tokens.get(at) {
        names.push(name.to_string());
        at += 1;
        if tokens[at..].iter().take(2).filter(|token| is_colon(token)).count() < 2 {
            break;
        }
        at += 2;
    }
    (names, at.max(1))
}

fn is_colon(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Punct(mark) if mark.as_char() == ':')
}
