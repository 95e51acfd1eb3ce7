//! The names in a table of services.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

/// The name of a service or method in a table.
///
/// That of a service of our own is borrowed, since a table of them is made for each connection. Those that a peer has told lie
/// in one piece of memory for the whole table: a table names every method of every service.
#[derive(Clone)]
pub(crate) struct Name(Place);

#[derive(Clone)]
enum Place {
    Own(&'static str),
    Told { all: Arc<str>, at: u32, len: u32 },
}

/// The names that a table tells, gathered while it is read.
#[derive(Default)]
pub(super) struct Names(String);

impl Names {
    /// Adds a name. What is returned is it once it is [settled](Name::settle).
    pub(super) fn add(&mut self, name: &str) -> Name {
        // A table is far shorter than a u32 counts.
        let (at, len) = (self.0.len() as u32, name.len() as u32);
        self.0.push_str(name);
        let all = Arc::default();
        Name(Place::Told { all, at, len })
    }

    /// All of them, in one piece.
    pub(super) fn gathered(self) -> Arc<str> {
        self.0.into()
    }
}

impl Name {
    /// Lies in `told`, to which it was added, from now on.
    pub(super) fn settle(&mut self, told: &Arc<str>) {
        if let Place::Told { all, .. } = &mut self.0 {
            *all = Arc::clone(told);
        }
    }
}

impl Deref for Name {
    type Target = str;

    fn deref(&self) -> &str {
        match &self.0 {
            Place::Own(name) => name,
            Place::Told { all, at, len } => {
                let at = *at as usize;
                all.get(at..at + *len as usize).unwrap_or_default()
            }
        }
    }
}

impl From<&'static str> for Name {
    fn from(name: &'static str) -> Self {
        Self(Place::Own(name))
    }
}

impl PartialEq for Name {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for Name {}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

#[cfg(test)]
impl From<String> for Name {
    fn from(name: String) -> Self {
        let mut names = Names::default();
        let mut name = names.add(&name);
        name.settle(&names.gathered());
        name
    }
}
