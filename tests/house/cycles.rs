//! Cycles of files: groups in which each file leads, over imports, to each other one (Tarjan, 1972).

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::modules::{Modules, Names};

/// Every group of two files and more.
pub(crate) fn of(modules: &Modules) -> Vec<Vec<PathBuf>> {
    let mut search = Search { modules, order: BTreeMap::new(), stack: Vec::new(), groups: Vec::new() };
    for (path, _) in modules.iter() {
        if !search.order.contains_key(path) {
            search.visit(path);
        }
    }
    search.groups
}

struct Search<'a> {
    modules: &'a Modules,
    /// When a module was met, and the earliest module on the stack that it leads to.
    order: BTreeMap<&'a Names, (usize, usize)>,
    stack: Vec<&'a Names>,
    groups: Vec<Vec<PathBuf>>,
}

impl<'a> Search<'a> {
    fn visit(&mut self, path: &'a Names) -> usize {
        let number = self.order.len();
        self.order.insert(path, (number, number));
        self.stack.push(path);
        let mut low = number;
        for target in self.modules.targets(self.modules.get(path)) {
            match self.order.get(target) {
                None => low = low.min(self.visit(target)),
                Some((met, _)) if self.stack.contains(&target) => low = low.min(*met),
                Some(_) => {}
            }
        }
        self.order.insert(path, (number, low));
        if low == number {
            let place = self.stack.iter().position(|on| *on == path).unwrap();
            let group = self.stack.split_off(place);
            if group.len() > 1 {
                self.groups.push(group.iter().map(|path| self.modules.get(path).file.clone()).collect());
            }
        }
        low
    }
}
