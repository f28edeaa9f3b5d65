//! Sessions by token.
//!
//! Invariant: there are at most `capacity` sessions. Tokens sort by age, so the first is the oldest.

use std::collections::BTreeMap;

use crate::ids;

/// A user who can log in.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Who {
    /// A preset user, by name. Preset users may read and delete every account.
    Preset(String),
    /// A user who signed up, by account id.
    Account(String),
}

pub(crate) struct Sessions {
    by_token: BTreeMap<String, Who>,
    capacity: usize,
}

impl Sessions {
    pub(crate) fn new(capacity: usize) -> Self {
        Self { by_token: BTreeMap::new(), capacity: capacity.max(1) }
    }

    /// Opens a session and returns its token.
    pub(crate) fn open(&mut self, who: Who) -> String {
        while self.by_token.len() >= self.capacity {
            self.by_token.pop_first();
        }
        let token = ids::fresh("tok");
        self.by_token.insert(token.clone(), who);
        token
    }

    pub(crate) fn find(&self, token: &str) -> Option<Who> {
        self.by_token.get(token).cloned()
    }

    pub(crate) fn close(&mut self, token: &str) {
        self.by_token.remove(token);
    }
}

#[cfg(test)]
mod tests {
    use super::{Sessions, Who};

    #[test]
    fn the_oldest_session_gives_way() {
        let ana = Who::Preset("ana".into());
        let mut sessions = Sessions::new(2);
        let tokens: Vec<String> = (0..3).map(|_| sessions.open(ana.clone())).collect();
        assert_eq!(sessions.find(&tokens[0]), None);
        assert_eq!(sessions.find(&tokens[1]), Some(ana.clone()));
        assert_eq!(sessions.find(&tokens[2]), Some(ana));
    }
}
